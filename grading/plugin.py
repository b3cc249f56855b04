"""Old dotted names of the nbgrader plug-in, for an `nbgrader_config.py` that was copied before they moved."""

import importlib
import warnings
from typing import Any

MOVED = {
    "configure": "configuration",
    "PenaltyPerDay": "penalties",
    "Gradebook": "facade",
    "Reader": "preprocessors",
    "Grade": "preprocessors",
    "SaveVerdict": "preprocessors",
    "ReleaseFeedback": "exchange",
}


def __getattr__(name: str) -> Any:
    """Give the thing of that name from its new place, and say where that is."""
    if name not in MOVED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    place = f"grading.gradebook.{MOVED[name]}"
    # FutureWarning is shown by default; whoever runs nbgrader would not see a DeprecationWarning.
    warnings.warn(
        f"grading.plugin.{name} is now {place}.{name}: change nbgrader_config.py", FutureWarning, stacklevel=2
    )
    return getattr(importlib.import_module(place), name)
