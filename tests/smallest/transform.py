"""The smallest inputs that show a mistake, in numbers for the head: the simplest first.

They are shown with what came and what was expected where a mistake has no name. Only calls that the page allows.
"""

import numpy as np

BATCH = np.array([[1.0, 10.0], [2.0, 20.0], [6.0, 30.0]])
SMALLEST = {
    "batchnorm_forward": [
        {"x": np.array([[1.0], [3.0]]), "gamma": np.array([2.0]), "beta": np.array([1.0])},
        {"x": BATCH, "gamma": np.array([1.0, 2.0]), "beta": np.array([0.0, 5.0])},
    ],
    "identity_parameters": [{"x": np.array([[1.0], [3.0]])}, {"x": BATCH}],
    "batchnorm2d_forward": [
        {"x": np.array([[[[1.0, 3.0]]]]), "gamma": np.array([2.0]), "beta": np.array([1.0])},
        {
            "x": np.arange(8.0).reshape(1, 2, 2, 2),
            "gamma": np.array([1.0, 2.0]),
            "beta": np.array([0.0, 5.0]),
        },
    ],
    "linear_bn_relu": [
        {
            "x": np.array([[1.0], [3.0]]),
            "W": np.array([[2.0]]),
            "gamma": np.array([1.0]),
            "beta": np.array([0.5]),
        },
        {
            "x": BATCH,
            "W": np.array([[1.0, 0.0], [0.0, 1.0]]),
            "gamma": np.array([1.0, 2.0]),
            "beta": np.array([0.5, 1.0]),
        },
    ],
    "change_units": [
        {
            "gamma": np.array([3.0]),
            "beta": np.array([1.0]),
            "eps": 0.5,
            "a": np.array([2.0]),
            "c": np.array([5.0]),
        },
        {
            "gamma": np.array([3.0, -1.0]),
            "beta": np.array([1.0, 2.0]),
            "eps": 0.5,
            "a": np.array([-10.0, -1.0]),
            "c": np.array([0.0, 7.0]),
        },
    ],
}
