"""The smallest inputs that show a mistake, in numbers for the head: the simplest first.

They are shown with what came and what was expected where a mistake has no name. Only calls that the page allows.
"""

import numpy as np

SMALLEST = {
    "update_running_statistics": [
        {"running_mean": np.array([0.0]), "running_var": np.array([1.0]), "x": np.array([[1.0], [3.0]])},
        {"running_mean": np.array([10.0]), "running_var": np.array([4.0]), "x": np.array([[1.0], [2.0], [6.0]])},
    ],
    "batchnorm_inference": [
        {
            "x": np.array([[5.0]]),
            "gamma": np.array([2.0]),
            "beta": np.array([1.0]),
            "running_mean": np.array([3.0]),
            "running_var": np.array([4.0]),
        },
    ],
    "batchnorm_inference_backward": [
        {
            "dy": np.array([[1.0], [2.0]]),
            "x": np.array([[1.0], [5.0]]),
            "gamma": np.array([2.0]),
            "running_mean": np.array([3.0]),
            "running_var": np.array([4.0]),
        },
    ],
    "fold_into_linear": [
        {
            "W": np.array([[1.0, 3.0]]),
            "b": np.array([2.0, 0.0]),
            "gamma": np.array([2.0, 1.0]),
            "beta": np.array([1.0, 0.0]),
            "running_mean": np.array([3.0, 1.0]),
            "running_var": np.array([4.0, 1.0]),
        },
    ],
    "fold_into_conv": [
        {
            "kernel": np.array([[[[1.0]]], [[[3.0]]]]),
            "b": np.array([2.0, 0.0]),
            "gamma": np.array([2.0, 1.0]),
            "beta": np.array([1.0, 0.0]),
            "running_mean": np.array([3.0, 1.0]),
            "running_var": np.array([4.0, 1.0]),
        },
    ],
    "population_statistics": [
        {"batches": [np.array([[1.0], [3.0]])]},
        {"batches": [np.array([[1.0], [3.0]]), np.array([[5.0]])]},
    ],
}
