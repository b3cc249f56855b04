"""The smallest inputs that show a mistake, in numbers for the head: the simplest first.

They are shown with what came and what was expected where a mistake has no name. Only calls that the page allows.
"""

import numpy as np

from course.kit.values import Probe

SMALLEST = {
    "batch_noise": [
        {"x": np.array([[1.0], [3.0], [5.0], [7.0]]), "batches": np.array([[0, 1], [2, 3]])},
        {
            "x": np.array([[0.0], [1.0], [2.0], [1.0], [0.0], [2.0], [3.0], [4.0], [5.0]]),
            "batches": np.array([[0, 1, 2], [3, 4, 5], [6, 7, 8]]),
        },
        {
            "x": np.array([[1.0], [2.0], [6.0], [3.0], [4.0], [11.0]]),
            "batches": np.array([[0, 1, 2], [3, 4, 5]]),
        },
    ],
    "effective_learning_rate": [{"lr": 0.5, "W": np.array([[3.0, 1.0], [4.0, 0.0]])}],
    "hessian_condition_number": [{"x": np.array([[2.0, 0.0], [0.0, 1.0]])}, {"x": np.array([[2.0, 1.0], [0.0, 1.0]])}],
    "cross_example_influence": [
        {
            "f": Probe("centred", np.array([[1.0]])),
            "x": np.array([[1.0], [3.0]]),
            "i": 0,
            "delta": np.array([2.0]),
        },
        {
            "f": Probe("centred", np.array([[1.0], [2.0]])),
            "x": np.array([[1.0, 0.0], [3.0, 4.0]]),
            "i": 1,
            "delta": np.array([2.0, 1.0]),
        },
    ],
    "groupnorm_forward": [
        {
            "x": np.array([[[[1.0]], [[3.0]]]]),
            "gamma": np.array([2.0, 1.0]),
            "beta": np.array([1.0, 0.0]),
            "groups": 1,
        },
        {
            "x": np.arange(8.0).reshape(1, 4, 1, 2),
            "gamma": np.ones(4),
            "beta": np.zeros(4),
            "groups": 2,
        },
        {
            "x": np.array([[[[1.0]], [[3.0]]]]),
            "gamma": np.array([2.0, 1.0]),
            "beta": np.array([1.0, 0.0]),
            "groups": 1,
            "eps": 3.0,
        },
    ],
    "batch_renorm_forward": [
        {
            "x": np.array([[1.0], [3.0]]),
            "gamma": np.array([2.0]),
            "beta": np.array([1.0]),
            "running_mean": np.array([1.0]),
            "running_var": np.array([4.0]),
            "r_max": 3.0,
            "d_max": 5.0,
        },
        {
            "x": np.array([[1.0], [3.0]]),
            "gamma": np.array([2.0]),
            "beta": np.array([1.0]),
            "running_mean": np.array([0.0]),
            "running_var": np.array([4.0]),
            "r_max": 1.5,
            "d_max": 0.5,
        },
    ],
    "batch_renorm_backward": [
        {
            "dy": np.array([[1.0], [0.0], [0.0], [0.0]]),
            "cache": (
                np.array([[-1.0], [-1.0], [3.0], [3.0]]),
                np.array([1.0]),
                np.array([1.0]),
                np.array([2.0]),
                np.array([1.0]),
            ),
        },
        {
            "dy": np.array([[1.0], [0.0], [2.0], [0.0]]),
            "cache": (
                np.array([[0.0], [0.0], [1.0], [1.0]]),
                np.array([2.0]),
                np.array([4.0]),
                np.array([0.5]),
                np.array([0.5]),
            ),
        },
    ],
    "merge_statistics": [
        {"counts": np.array([2, 1]), "means": np.array([[1.5], [6.0]]), "variances": np.array([[0.25], [0.0]])},
        {"counts": np.array([1, 3]), "means": np.array([[5.0], [1.0]]), "variances": np.array([[0.0], [2.0]])},
        {
            "counts": np.array([2, 0, 2]),
            "means": np.array([[1.0], [9.0], [3.0]]),
            "variances": np.array([[1.0], [5.0], [4.0]]),
        },
        {
            "counts": np.array([1, 2, 3]),
            "means": np.array([[0.0, 6.0], [3.0, 0.0], [2.0, 2.0]]),
            "variances": np.array([[0.0, 0.0], [1.0, 4.0], [6.0, 2.0]]),
        },
    ],
}
