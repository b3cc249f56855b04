"""Which Python and NumPy grade, and what is an error there and none in the versions that learners may have."""

import platform
import re
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version

from grading.engine.digest import learner_packages


@dataclass(frozen=True)
class Difference:
    """Something that is an error in some versions alone.

    Attributes
    ----------
    package : str
        "NumPy" or "Python".
    versions : range of int
        The minor versions in which it is an error: `range(4, 99)` for 2.4 and later ones of NumPy.
    names, message : str
        Regular expressions: the classes of the errors, and the whole of their text.
    told : str
        What the versions on the other side do with it, and how to write it for all of them.
    """

    package: str
    versions: range
    names: str
    message: str
    told: str


SINCE_2_4 = range(4, 99)
#: Found by running the same lines in NumPy 2.0, 2.2 and 2.4, and in Python 3.11 and 3.12.
DIFFERENCES = (
    Difference(
        "NumPy",
        SINCE_2_4,
        "ValueError",
        r"setting an array element with a sequence\..*",
        "before 2.4, an array of one entry could stand for a number: take the entry out (`a[0]`, `a.item()`)",
    ),
    Difference(
        "NumPy",
        SINCE_2_4,
        "TypeError",
        r"only 0-dimensional arrays can be converted to Python scalars",
        "before 2.4, an array of one entry could stand for a number: take the entry out (`a[0]`, `a.item()`)",
    ),
    Difference(
        "NumPy",
        SINCE_2_4,
        "TypeError",
        r"Calling np\.sum\(generator\).*",
        "before 2.4 it only warned: use Python's `sum`, or give np.sum a list",
    ),
    Difference(
        "NumPy",
        SINCE_2_4,
        "TypeError",
        r"reshape\(\) got an unexpected keyword argument 'newshape'",
        "before 2.4 the argument had this name: give the shape without a name",
    ),
    Difference(
        "NumPy",
        SINCE_2_4,
        "TypeError",
        r"\w+\(\) got an unexpected keyword argument 'interpolation'",
        "before 2.4 the argument had this name: it is `method`",
    ),
    Difference(
        "NumPy",
        SINCE_2_4,
        "AttributeError",
        r"module 'numpy' has no attribute '(trapz|in1d)'.*",
        "before 2.4 it was there: use np.trapezoid or np.isin",
    ),
    Difference(
        "NumPy",
        range(1, 99),
        "ValueError",
        r"(The truth value of an empty array is ambiguous|Calling nonzero on 0d arrays is not allowed).*",
        "NumPy 2.0 only warned: ask for `a.size`, or use np.atleast_1d",
    ),
    Difference(
        "NumPy",
        range(1),
        "AttributeError|TypeError",
        r"module 'numpy' has no attribute '(cumulative_sum|cumulative_prod|unstack|matvec|vecmat)'.*"
        r"|reshape\(\) got an unexpected keyword argument '(shape|copy)'",
        "later versions have it",
    ),
    Difference(
        "Python",
        range(12),
        "SyntaxError",
        r"f-string: (unmatched|expecting).*",
        "from 3.12 on, the same quotes may stand inside the braces of an f-string: use the other kind there",
    ),
)


@cache
def graders_versions() -> dict[str, str]:
    """The versions that run learners' code: "Python" as 3.11, "NumPy" as 2.4.6."""
    found = learner_packages()
    return {"Python": found.get("python", "").removeprefix("python"), "NumPy": found.get("numpy", "")}


def versions_differ() -> str:
    """A line where the reference and the learners' code run with different versions; empty where they are the same."""
    judge = {"Python": ".".join(platform.python_version_tuple()[:2]), "NumPy": version("numpy")}
    differ = [
        f"{name} {own} judges, and {name} {theirs} runs learners' code"
        for name, own in judge.items()
        if (theirs := graders_versions()[name]) != own
    ]
    return f"{'; '.join(differ)}: results may differ for that alone; `make setup` makes both the same" if differ else ""


def version_note(name: str, message: str) -> str:
    """A sentence for an error that other versions may not have raised; empty for any other error.

    Parameters
    ----------
    name, message : str
        The error's class and its text, as the learner's process told them.
    """
    versions = graders_versions()
    for known in DIFFERENCES:
        minor = re.fullmatch(r"\d+\.(\d+).*", versions[known.package])
        if minor is None or int(minor[1]) not in known.versions:
            continue
        if re.fullmatch(known.names, name) and re.fullmatch(known.message, message, re.DOTALL):
            return f"{known.package} {versions[known.package]}, which grades, makes this an error; {known.told}."
    return ""
