"""The visible checks of other courses, rewritten for our signatures, one module for each course.

A check is a function EXERCISE__WHAT(implementation), which raises an error if the check rejects the implementation; an
error of the implementation counts as rejected, too. The implementation has our signature. A docstring says what is
compared, on which inputs, within which tolerance; SOURCE says where the original is. Where names, layouts or
conventions differ, the check is adapted in its course's favour:

- A check that uses several of a learner's functions at once is counted for each of ours, the reference taking the
  others' places. A learner whose backward pass repeats the mistake of their forward pass would get through a gradient
  check that is counted here as having caught it.
- A class for images (ARENA, TinyTorch) is also counted for our class for rows: each position is a row.
- A printout that a learner is to compare with "close to one" is read as: within 0.01; where the comment says that it
  will be noisier, within 0.25 and 0.1. "You should expect errors between a and b" is read as: at most twice b.
- Checks of a framework's features (registered parameters, `num_batches_tracked`) have no counterpart and are left out.

The hidden checks of their graders (Gradescope, mugrade) are not public, so they are not here.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

Implementation = Callable[..., Any]
Arrays = tuple[np.ndarray, ...]


def demand(holds: Any, text: str) -> None:
    """Raise an AssertionError with this text unless `holds` is true."""
    if not bool(holds):
        raise AssertionError(text)


def rows(images: np.ndarray) -> np.ndarray:
    """Images (N, C, H, W) as rows of features (N * H * W, C)."""
    return images.transpose(0, 2, 3, 1).reshape(-1, images.shape[1])
