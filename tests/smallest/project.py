"""The smallest inputs that show a mistake, in numbers for the head: the simplest first.

They are shown with what came and what was expected where a mistake has no name. Only calls that the page allows; of the
network, which starts as its author likes, there are none.
"""

import numpy as np

SMALLEST = {
    "weight_norms": [
        {"start": np.array([3.0]), "slopes": np.array([[2.0]]), "lr": 2.0},
        {"start": np.array([6.0]), "slopes": np.array([[16.0]]), "lr": 0.5},
        {"start": np.array([3.0]), "slopes": np.array([[2.0], [10.0]]), "lr": 2.0},
        {"start": np.array([3.0, 8.0]), "slopes": np.array([[2.0, 3.0], [10.0, 0.0]]), "lr": 2.0},
    ],
}
