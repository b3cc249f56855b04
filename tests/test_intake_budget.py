"""What reading a hand-in costs the grader: a bounded amount of memory and time for any file of 20 MB."""

import json
import subprocess
import sys
from pathlib import Path

import intake_shapes
import pytest
from intake_shapes import SHAPES

from course.chapter import ROOT
from grading.handin.intake import MAX_BYTES, read_notebook

MOST_MEMORY = 300_000_000  # bytes, over what the process held before
MOST_SECONDS = 9  # of processor time; 3 are allowed, and a busy machine may take longer


@pytest.fixture(scope="module")
def costs():
    """What each shape has cost a fresh process, by name."""
    script = Path(intake_shapes.__file__)
    run = subprocess.run([sys.executable, script], cwd=ROOT, capture_output=True, text=True, check=False)
    return {told["shape"]: told for told in map(json.loads, run.stdout.splitlines())}


@pytest.mark.slow
@pytest.mark.xdist_group("intake budget")
@pytest.mark.parametrize("shape", SHAPES)
def test_any_hand_in_of_twenty_megabytes_costs_a_bounded_amount(costs, shape):
    assert shape in costs, "its process has died"
    told = costs[shape]
    assert MAX_BYTES * 0.8 < told["size"] <= MAX_BYTES
    assert told["peak"] < MOST_MEMORY
    assert told["seconds"] < MOST_SECONDS
    assert len(told["refusal"].splitlines()) <= 1
    assert len(told["refusal"]) < 300


def test_a_large_notebook_with_figures_and_letters_of_any_kind_is_read():
    """What honest notebooks have much of: pictures, numbers of interactive figures, printed lines, escaped HTML."""
    outputs = [
        {
            "output_type": "display_data",
            "data": {"image/png": "iVBO" * 1_500_000, "text/html": '<a href="#">' * 200_000},
        },
        {"output_type": "display_data", "data": {"application/json": [0.12345678 + k for k in range(300_000)]}},
        {"output_type": "stream", "name": "stdout", "text": [f"step {k}: loss 0.125\n" for k in range(50_000)]},
    ]
    cells = [{"cell_type": "code", "source": "x = 1  # \U0001f600", "outputs": outputs, "metadata": {}}]
    data = json.dumps({"nbformat": 4, "nbformat_minor": 5, "cells": cells}, ensure_ascii=False).encode()
    assert 14_000_000 < len(data) < MAX_BYTES
    assert read_notebook(data).cells[0].source == "x = 1  # \U0001f600"
