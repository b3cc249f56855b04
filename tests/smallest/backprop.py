"""The smallest inputs that show a mistake, in numbers for the head: the simplest first.

They are shown with what came and what was expected where a mistake has no name. Only calls that the page allows.
"""

import numpy as np

from course.kit.values import Probe

BATCH, DY = np.array([[1.0], [2.0], [6.0]]), np.array([[1.0], [0.0], [2.0]])
X_HAT, GAMMA = np.array([[-1.0], [1.0]]), np.array([2.0])
IMAGES = np.array([[[[-1.0, 1.0]]]])
SMALLEST = {
    "numerical_gradient": [
        {"f": Probe("cubic", 1.0), "x": np.array([[1.0], [2.0]]), "dy": np.array([[1.0], [3.0]])},
        {"f": Probe("cubic", 1.0), "x": np.array([[1.0]]), "dy": np.array([[1.0]]), "h": 0.5},
    ],
    "gradient_error": [
        {
            "f": Probe("cubic", 1.0),
            "x": np.array([[1.0], [2.0]]),
            "dy": np.ones((2, 1)),
            "dx": np.array([[3.0], [13.0]]),
        },
        *(
            {"f": Probe("cubic", 1.0), "x": np.array([[1.0], [2.0]]), "dy": np.ones((2, 1)), "dx": dx}
            for dx in (np.array([[3.0], [20.0]]), np.array([[-3.0], [12.0]]))
        ),
    ],
    "parameter_gradients": [
        {"dy": np.array([[1.0], [2.0]]), "x_hat": X_HAT},
        {"dy": np.array([[1.0, 0.0], [2.0, 5.0]]), "x_hat": np.array([[-1.0, 1.0], [1.0, -1.0]])},
    ],
    "statistics_gradients": [
        {
            "dx_hat": np.array([[1.0], [0.0]]),
            "x": np.array([[1.0], [3.0]]),
            "mean": np.array([2.0]),
            "var": np.array([1.0]),
        },
        {"dx_hat": DY, "x": BATCH, "mean": np.array([3.0]), "var": np.array([14 / 3])},
        {"dx_hat": X_HAT, "x": np.array([[1.0], [4.0]]), "mean": np.array([2.0]), "var": np.array([1.0])},
        {"dx_hat": DY, "x": BATCH, "mean": np.array([3.0]), "var": np.array([3.0]), "eps": 1.0},
    ],
    "batchnorm_backward": [
        {"dy": np.array([[1.0], [2.0]]), "cache": (X_HAT, GAMMA, np.array([1.0]))},
        {
            "dy": np.array([[1.0], [0.0], [2.0], [0.0]]),
            "cache": (np.array([[-1.0], [-1.0], [1.0], [1.0]]), GAMMA, np.array([0.5])),
        },
    ],
    "batchnorm2d_backward": [
        {"dy": np.array([[[[1.0, 2.0]]]]), "cache": (IMAGES, GAMMA, np.array([1.0]))},
        {
            "dy": np.array([[[[1.0, 0.0], [2.0, 0.0]]]]),
            "cache": (np.array([[[[-1.0, -1.0], [1.0, 1.0]]]]), GAMMA, np.array([0.5])),
        },
    ],
    "absolute_deviation_backward": [
        {"dy": np.array([[1.0], [0.0], [0.0]]), "x": BATCH, "eps": 0.0},
        {"dy": DY, "x": BATCH, "eps": 0.0},
        {"dy": DY, "x": BATCH, "eps": 1.0},
        {
            "dy": np.array([[1.0], [0.0], [0.0], [2.0]]),
            "x": np.array([[1.0], [2.0], [2.0], [3.0]]),  # a mean of 4 is exact, however it is computed
            "eps": 0.0,
        },
    ],
    "path_weights": [
        {"dx": np.array([[3.0], [1.0]]), "dy": np.array([[3.0], [1.0]]), "cache": (X_HAT, GAMMA, np.array([1.0]))},
        {"dx": np.array([[-3.0], [-5.0]]), "dy": np.array([[3.0], [1.0]]), "cache": (X_HAT, GAMMA, np.array([1.0]))},
        {
            "dx": np.array([[1.5], [0.5]]),
            "dy": np.array([[3.0], [1.0]]),
            "cache": (X_HAT / 2, GAMMA, np.array([0.5])),  # epsilon makes the mean of x_hat**2 a quarter
        },
    ],
}
