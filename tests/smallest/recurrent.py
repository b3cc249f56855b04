"""The smallest inputs that show a mistake, in numbers for the head: the simplest first.

They are shown with what came and what was expected where a mistake has no name. Only calls that the page allows; of a
class the steps of `course.kit.smallest.result_of`.
"""

import numpy as np

X = np.array([[1.0], [3.0]])

SMALLEST = {
    "bn_rnn_forward": [
        {
            "x": np.array([[[1.0], [3.0]]]),
            "h0": np.zeros((2, 1)),
            "Wx": np.array([[1.0]]),
            "Wh": np.array([[1.0]]),
            "gamma": np.array([1.0]),
            "beta": np.array([0.0]),
        },
        {
            "x": np.array([[[1.0], [3.0]], [[0.0], [4.0]]]),
            "h0": np.array([[1.0], [0.0]]),
            "Wx": np.array([[1.0]]),
            "Wh": np.array([[0.5]]),
            "gamma": np.array([1.0]),
            "beta": np.array([0.0]),
        },
    ],
    "bn_lstm_step": [
        {
            "x": np.array([[1.0], [3.0]]),
            "h": np.array([[0.0], [1.0]]),
            "c": np.array([[1.0], [2.0]]),
            "Wx": np.array([[1.0, 2.0, 3.0, 4.0]]),
            "Wh": np.array([[1.0, 1.0, 1.0, 1.0]]),
            "b": np.zeros(4),
            "gamma_x": np.ones(4),
            "gamma_h": np.ones(4),
            "gamma_c": np.ones(1),
            "beta_c": np.zeros(1),
        },
        {
            "x": np.array([[1.0], [3.0]]),
            "h": np.array([[0.0], [1.0]]),
            "c": np.array([[1.0], [2.0]]),
            "Wx": np.array([[1.0, 2.0, 3.0, 4.0]]),
            "Wh": np.array([[1.0, 1.0, 1.0, 1.0]]),
            "b": np.array([0.0, 1.0, -1.0, 0.5]),
            "gamma_x": np.ones(4),
            "gamma_h": np.ones(4),
            "gamma_c": np.ones(1),
            "beta_c": np.zeros(1),
            "eps": 1.0,
        },
    ],
    "TimestepBatchNorm": [
        {"steps": [["new", 1, 2], ["call", X, 0]]},
        {"steps": [["new", 1, 2], ["call", X, 0], ["get", "running_mean"]]},
        {"steps": [["new", 1, 2], ["call", X, 0], ["get", "running_var"]]},
        {"steps": [["new", 1, 2], ["call", X, 5], ["get", "running_mean"]]},
        {"steps": [["new", 1, 2], ["set", "gamma", np.array([2.0])], ["set", "beta", np.array([1.0])], ["call", X, 0]]},
        {"steps": [["new", 1, 2], ["call", X, 1], ["do", "eval"], ["call", np.array([[2.0]]), 1]]},
        {"steps": [["new", 1, 2], ["do", "eval"], ["do", "train"], ["call", X, 0]]},
        {"steps": [["new", 1, 2], ["call", X, 0], ["call", X, 0], ["get", "running_var"]]},
        {"steps": [["new", 1, 2, 3.0, 0.5], ["call", X, 0]]},
    ],
    "masked_batch_statistics": [
        {"x": np.array([[[1.0], [3.0]]]), "mask": np.array([[True, True]])},
        {"x": np.array([[[1.0], [3.0]], [[5.0], [9.0]]]), "mask": np.array([[True, True], [True, False]])},
        {"x": np.array([[[1.0], [2.0]], [[6.0], [9.0]]]), "mask": np.array([[True, True], [True, False]])},
    ],
    "layernorm_forward": [
        {"x": np.array([[1.0, 3.0]]), "gamma": np.array([2.0, 2.0]), "beta": np.array([1.0, 0.0])},
        {"x": np.array([[1.0, 3.0, 8.0], [0.0, 0.0, 3.0]]), "gamma": np.ones(3), "beta": np.zeros(3)},
    ],
    "layernorm_backward": [
        {
            "dy": np.array([[1.0, 0.0, 2.0, 0.0]]),
            "cache": (np.array([[-1.0, -1.0, 1.0, 1.0]]), np.array([1.0, 2.0, 1.0, 1.0]), np.array([[0.5]])),
        },
        {
            "dy": np.array([[1.0, 0.0, 2.0, 0.0], [0.0, 3.0, 1.0, 0.0]]),
            "cache": (
                np.array([[-1.0, -1.0, 1.0, 1.0], [1.0, -1.0, -1.0, 1.0]]),
                np.array([1.0, 2.0, 1.0, 1.0]),
                np.array([[0.5], [2.0]]),
            ),
        },
    ],
    "masked_step_statistics": [
        {"x": np.array([[[1.0], [3.0]]]), "mask": np.array([[True, True]])},
        {"x": np.array([[[1.0], [3.0]], [[5.0], [9.0]]]), "mask": np.array([[True, True], [True, True]])},
        {"x": np.array([[[1.0], [3.0]], [[8.0], [0.0]]]), "mask": np.array([[True, True], [True, False]])},
        {
            "x": np.array([[[1.0], [3.0], [8.0]], [[5.0], [9.0], [0.0]], [[2.0], [0.0], [0.0]]]),
            "mask": np.array([[True, True, True], [True, True, False], [True, False, False]]),
        },
    ],
    "gradient_through_time": [
        {
            "h": np.array([[[0.5]]]),
            "h0": np.array([[3.0]]),
            "Wh": np.array([[2.0]]),
            "dh": np.array([[[4.0]]]),
        },
        {
            "h": np.array([[[0.5]], [[0.0]]]),
            "h0": np.array([[1.0]]),
            "Wh": np.array([[2.0]]),
            "dh": np.array([[[0.0]], [[1.0]]]),
        },
        {
            "h": np.array([[[0.5]], [[0.0]], [[0.5]]]),
            "h0": np.array([[1.0]]),
            "Wh": np.array([[2.0]]),
            "dh": np.array([[[1.0]], [[2.0]], [[4.0]]]),
        },
        {
            "h": np.array([[[0.5, 0.0], [0.0, 0.5]], [[0.0, 0.0], [0.5, 0.0]]]),
            "h0": np.array([[1.0, 2.0], [3.0, 1.0]]),
            "Wh": np.array([[0.0, 1.0], [2.0, 3.0]]),
            "dh": np.array([[[1.0, 0.0], [0.0, 1.0]], [[1.0, 2.0], [4.0, 1.0]]]),
        },
    ],
}
