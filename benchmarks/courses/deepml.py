"""The checks of deep-ml, problems 109, 115, 126 and 143: what a function prints is compared with stored text.

Here: every printed digit but the last counts. gamma and beta, there (1, C, 1, 1), are the same for all channels
throughout.
"""

from typing import Any

import numpy as np

from benchmarks.courses import Implementation, demand
from solutions import recurrent, tradeoffs, transform

TITLE = "deep-ml"
SOURCE = "questions/109, 115, 126 and 143 (tests.json) in github.com/Open-Deep-ML/DML-OpenProblem @04708b4"


def _printed(actual: Any, wanted: np.ndarray, digits: int) -> None:
    demand(np.shape(actual) == wanted.shape, "the shape")
    demand((np.abs(actual - wanted) <= 10.0 ** (1 - digits)).all(), "prints other numbers")


def batchnorm2d_forward__printed(f: Implementation) -> None:
    """Problem 115: 2 by 2 by 2 by 2, three times; gamma and beta are 1 and 0, or 0.5 and 1; eight digits."""
    for seed, gamma, beta in ((42, 1.0, 0.0), (101, 1.0, 0.0), (101, 0.5, 1.0)):
        x = np.random.RandomState(seed).randn(2, 2, 2, 2)
        arguments = x, np.full(2, gamma), np.full(2, beta)
        _printed(f(x.copy(), *arguments[1:]), transform.batchnorm2d_forward(*arguments), 8)


def groupnorm_forward__printed(f: Implementation) -> None:
    """Problem 126, two groups of one channel each, and problem 143, instance normalization; four digits."""
    for shape in ((2, 2, 2, 2), (2, 2, 2, 1)):
        x = np.random.RandomState(42).randn(*shape)
        _printed(f(x, np.ones(2), np.zeros(2), 2), tradeoffs.groupnorm_forward(x.copy(), np.ones(2), np.zeros(2), 2), 4)
    for seed, gamma, beta, at in ((42, 1.0, 0.0, (1, 1)), (101, 1.0, 0.0, (1, 0)), (101, 0.5, 1.0, (0, 0))):
        x = np.random.RandomState(seed).randn(2, 2, 2, 2)
        wanted = tradeoffs.groupnorm_forward(x.copy(), np.full(2, gamma), np.full(2, beta), 2)
        _printed(f(x, np.full(2, gamma), np.full(2, beta), 2)[at], wanted[at], 4)


def layernorm_forward__printed(f: Implementation) -> None:
    """Problem 109: sequences 2 by 2 by 3 and 2 by 3 by 4, here as rows; three digits."""
    for shape, gamma, beta in (((2, 2, 3), 1.0, 0.0), ((2, 3, 4), 1.0, 0.0), ((2, 3, 4), 0.5, 1.0)):
        x = np.random.RandomState(42).randn(*shape).reshape(-1, shape[2])
        affine = np.full(shape[2], gamma), np.full(shape[2], beta)
        _printed(f(x.copy(), *affine)[0], recurrent.layernorm_forward(x, *affine)[0], 3)
