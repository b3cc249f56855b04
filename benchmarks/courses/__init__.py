"""What other courses check in the open, in our own words and code, a module for each.

A check is a function EXERCISE__WHAT(implementation), which raises where the check rejects; whatever an implementation
raises counts as rejected too. The implementation has our signature. A docstring says what is compared, on what inputs,
within what tolerance; SOURCE says where that can be read. Where names, layouts or conventions differ, the check is
adapted in its course's favour:

- A check that uses several of a learner's functions at once is counted for each of ours, the reference taking the
  others' places. A learner whose backward pass repeats the mistake of their forward pass would get through a gradient
  check that is counted here as having caught it.
- A class for images (ARENA, TinyTorch) is also counted for our class for rows: each position is a row.
- A printout that a learner is to compare with "close to one" is read as: within 0.01; where the comment says that it
  will be noisier, within 0.25 and 0.1. "You should expect errors between a and b" is read as: at most twice b.
- What rests on a framework (parameters registered, `num_batches_tracked`) has no counterpart and is left out.

What their graders check out of sight (Gradescope, mugrade) nobody outside can read; it is not here.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

Implementation = Callable[..., Any]
Arrays = tuple[np.ndarray, ...]


def demand(holds: Any, text: str) -> None:
    """Reject with these words unless it holds; NaN never does."""
    if not bool(holds):
        raise AssertionError(text)


def rows(images: np.ndarray) -> np.ndarray:
    """Images (N, C, H, W) as rows of features (N * H * W, C)."""
    return images.transpose(0, 2, 3, 1).reshape(-1, images.shape[1])
