"""The smallest inputs that show a mistake, in numbers for the head: the simplest first.

They are shown with what came and what was expected where a mistake has no name. Only calls that the page allows.
"""

import numpy as np

SMALLEST = {
    "batch_statistics": [{"x": np.array([[1.0], [3.0]])}, {"x": np.array([[1.0, 10.0], [2.0, 20.0], [6.0, 30.0]])}],
    "normalize": [{"x": np.array([[1.0], [3.0]])}, {"x": np.array([[1.0, 10.0], [2.0, 20.0], [6.0, 30.0]])}],
    "covariate_shift": [
        {"before": np.array([[1.0], [3.0]]), "after": np.array([[4.0], [6.0]])},
        {"before": np.array([[1.0, 0.0], [3.0, 4.0]]), "after": np.array([[4.0, 0.0], [6.0, 2.0]])},
        {"before": np.array([[-1.0], [-3.0]]), "after": np.array([[1.0], [3.0]])},
        {"before": np.array([[1.0], [2.0], [6.0]]), "after": np.array([[4.0], [5.0], [12.0]])},
        {"before": np.array([[1.0], [3.0]]), "after": np.array([[4.0], [6.0]]), "eps": 3.0},
    ],
    "leave_one_out": [
        {"x_k": np.array([3.0]), "mean": np.array([2.0]), "var": np.array([1.0]), "m": 2},
        {"x_k": np.array([6.0]), "mean": np.array([3.0]), "var": np.array([14 / 3]), "m": 3},
        {"x_k": np.array([6.0, 2.0]), "mean": np.array([3.0, 3.0]), "var": np.array([14 / 3, 14 / 3]), "m": 3},
        {"x_k": np.array([5.0]), "mean": np.array([5.0]), "var": np.array([6.0]), "m": 4},
    ],
}
