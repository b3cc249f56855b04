"""The handwritten digits of the project: a small file for the learner, and the rows held out for grading.

Data: E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository (1998),
https://doi.org/10.24432/C50P49, CC BY 4.0; the 1,797 images of its test set, 8 by 8, as scikit-learn ships them.
"""

import io
import zipfile
from functools import cache

import numpy as np

SEED = 1998  # of the permutation that divides the rows
HELD_OUT = 500
MAX_PIXEL = 16


@cache
def _rows() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_digits

    data = load_digits()
    order = np.random.default_rng(SEED).permutation(len(data.target))
    return data.data[order].astype(np.uint8), data.target[order].astype(np.uint8)


def learners() -> tuple[np.ndarray, np.ndarray]:
    """The pixels (1297, 64) uint8, 0 to 16, and the labels (1297,) uint8 that the learner has."""
    pixels, labels = _rows()
    return pixels[HELD_OUT:], labels[HELD_OUT:]


def held_out() -> tuple[np.ndarray, np.ndarray]:
    """The pixels (500, 64) uint8, 0 to 16, and the labels (500,) uint8 that no learner has."""
    pixels, labels = _rows()
    return pixels[:HELD_OUT], labels[:HELD_OUT]


def files() -> dict[str, bytes]:
    """The data file that comes with the notebook, by file name; each call gives the same bytes."""
    pixels, labels = learners()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, values in (("pixels", pixels), ("labels", labels)):
            content = io.BytesIO()
            np.lib.format.write_array(content, values)
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))  # dated, so that the bytes are the same
            archive.writestr(entry, content.getvalue(), zipfile.ZIP_DEFLATED)
    return {"digits.npz": made.getvalue()}
