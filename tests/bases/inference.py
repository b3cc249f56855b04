"""Right answers in the words of the wrong ones: where `course.two_mistakes.pairs` looks for what each mistake changes.

They get full marks, like any right answer (`tests/test_pairs.py`). One is needed only where neither the reference nor a
formulation is written as most of the wrong answers are.
"""

import numpy as np


def _move(old, new, momentum):
    return (1 - momentum) * old + momentum * new


def update_running_statistics__moved(running_mean, running_var, x, momentum=0.1):
    if len(x) < 2:
        raise ValueError("one row")
    var = ((x - x.sum(axis=0) / len(x)) ** 2).sum(axis=0) / (len(x) - 1)
    return _move(running_mean, x.mean(axis=0), momentum), _move(running_var, var, momentum)


def population_statistics__rows(batches):
    if not batches:
        raise ValueError("no batch")
    rows = np.concatenate(batches)
    return rows.mean(axis=0), rows.var(axis=0)
