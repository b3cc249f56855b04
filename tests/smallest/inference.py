"""The smallest inputs that show a mistake, in numbers for the head: the simplest first.

They are shown with what came and what was expected where a mistake has no name. Only calls that the page allows; of a
class the steps of `course.kit.smallest.result_of`.
"""

import numpy as np

X = np.array([[1.0], [3.0]])

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
        {
            "x": np.array([[5.0, 2.0], [1.0, 4.0]]),
            "gamma": np.array([2.0, 1.0]),
            "beta": np.array([1.0, 0.0]),
            "running_mean": np.array([3.0, 2.0]),
            "running_var": np.array([3.0, 1.0]),
            "eps": 1.0,
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
        {
            "dy": np.array([[1.0, 3.0], [2.0, 0.0]]),
            "x": np.array([[1.0, 4.0], [5.0, 2.0]]),
            "gamma": np.array([2.0, 1.0]),
            "running_mean": np.array([3.0, 2.0]),
            "running_var": np.array([3.0, 1.0]),
            "eps": 1.0,
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
        {
            "W": np.array([[1.0, 3.0, 2.0]]),
            "b": np.zeros(3),
            "gamma": np.array([2.0, 1.0, 3.0]),
            "beta": np.zeros(3),
            "running_mean": np.zeros(3),
            "running_var": np.array([3.0, 0.0, 8.0]),
            "eps": 1.0,
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
        {
            "kernel": np.array([[[[1.0]]], [[[3.0]]]]),
            "b": np.zeros(2),
            "gamma": np.array([2.0, 1.0]),
            "beta": np.zeros(2),
            "running_mean": np.zeros(2),
            "running_var": np.array([4.0, 0.25]),
        },
    ],
    "BatchNorm1d": [
        {"steps": [["new", 1], ["call", X]]},
        {"steps": [["new", 1], ["call", X], ["get", "running_mean"]]},
        {"steps": [["new", 1], ["call", X], ["get", "running_var"]]},
        {"steps": [["new", 1], ["do", "eval"], ["call", np.array([[2.0]])]]},
        {"steps": [["new", 1], ["set", "gamma", np.array([2.0])], ["set", "beta", np.array([1.0])], ["call", X]]},
        {
            "steps": [
                ["new", 1],
                ["set", "gamma", np.array([2.0])],
                ["set", "beta", np.array([1.0])],
                ["do", "eval"],
                ["call", np.array([[2.0]])],
            ]
        },
        {"steps": [["new", 1], ["call", X], ["call", X], ["get", "running_var"]]},
        {"steps": [["new", 1, 3.0, 0.5], ["call", X]]},
    ],
    "population_statistics": [
        {"batches": [np.array([[1.0], [3.0]])]},
        {"batches": [np.array([[1.0], [3.0]]), np.array([[5.0]])]},
    ],
    "keras_to_pytorch": [
        {"moving_mean": np.array([5.0]), "moving_variance": np.array([3.0]), "momentum": 0.75, "m": 4},
        {"moving_mean": np.array([1.0, 2.0]), "moving_variance": np.array([1.0, 4.0]), "momentum": 0.9, "m": 2},
    ],
    "fold_into_next_conv": [
        {
            "kernel": np.array([[[[3.0]]]]),
            "b": np.array([1.0]),
            "gamma": np.array([4.0]),
            "beta": np.array([6.0]),
            "running_mean": np.array([1.0]),
            "running_var": np.array([4.0]),
            "eps": 0.0,
        },
        {
            "kernel": np.array([[[[1.0, 3.0]], [[2.0, 0.5]]]]),
            "b": np.array([3.0]),
            "gamma": np.array([4.0, 1.0]),
            "beta": np.array([6.0, 2.0]),
            "running_mean": np.array([1.0, -2.0]),
            "running_var": np.array([3.0, 0.0]),
            "eps": 1.0,
        },
    ],
}
