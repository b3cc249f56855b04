"""`make new EXERCISE=chapter/name`: add the blocks of a new exercise, one to each of its files."""

import keyword
import re
from pathlib import Path

from course.chapter import ROOT
from course.errors import CourseError

PAGE_HEAD = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# Exercise: {slug}

```{{code-cell}} ipython3
:tags: [setup]
import numpy as np
from check import check
```
"""

PAGE = """
## {name}

*Difficulty: ●○○, about 10 minutes.* In the lesson: the section that treats it, as a link like those of other exercises.

**Write** `{name}(x)`: say what it returns, why it matters, the formula with its shapes, and an example by hand.

<details><summary>Hint 1: a question</summary>

Ask what brings the learner to the idea.

</details>
<details><summary>Hint 2: the formula</summary>

Give the formula.

</details>
<details><summary>Hint 3: the next step</summary>

Name the next step, not the code.

</details>

```{{code-cell}} ipython3
def {name}(x):
    \"\"\"Say what it returns.\"\"\"
    # YOUR CODE HERE
    raise NotImplementedError()
```

```{{code-cell}} ipython3
:points: 3
check("{name}", {name})
```
"""

SOLUTION = '''

def {name}(x):
    """Say what it returns."""
    return x.mean(axis=0)
'''

HIDDEN = '''

def test_{name}__values(learner, rng):
    """say what holds, to the learner"""
    for m, d in ((8, 3), (5, 6)):
        x = rng.normal(3, 2, (m, d))
        expect.close(learner.{name}(x), reference.{name}(x))


@pytest.mark.after("values")
def test_{name}__arguments(learner, rng):
    """x is the same after the call as before"""
    x = rng.normal(3, 2, (6, 4))
    before = x.copy()
    learner.{name}(x)
    expect.unchanged(x, before, "x")
'''

WRONG = '''

def {name}__other_axis(x):
    """The hint: the mean was taken over the features; which axis holds the examples?"""
    return x.mean(axis=1)


def {name}__one_for_all(x):
    """The hint: one mean was used for the whole array; each feature has its own."""
    return np.full(x.shape[1], x.mean())


def {name}__sum(x):
    """The hint: the sum over the batch was not divided by m."""
    return x.sum(axis=0)


def {name}__in_place(x):
    """The hint: x was changed in place, and the caller still needs it."""
    mean = x.mean(axis=0)
    x -= mean
    return mean
'''

RIGHT = """

def {name}__loops(x):
    return np.array([sum(column) / len(column) for column in x.T])


def {name}__einsum(x):
    return np.einsum("ij->j", x) / len(x)
"""

HEADS = {
    "solutions": '"""The reference of the chapter {slug}."""\n\nimport numpy as np  # noqa: F401\n',
    "tests/hidden": '"""Hidden tests of the chapter {slug}: each property kills named misconceptions."""\n\n'
    "import pytest\n\nfrom course.examination import expect\nfrom solutions import {slug} as reference\n",
    "tests/misconceptions": '"""Wrong answers to the exercises of the chapter {slug}, the subtle ones first."""\n\n'
    "import numpy as np\n",
    "tests/formulations": '"""Right answers in other words."""\n\nimport numpy as np\n',
}
BLOCKS = {
    "solutions": SOLUTION,
    "tests/hidden": HIDDEN,
    "tests/misconceptions": WRONG,
    "tests/formulations": RIGHT,
}


def lay_out(exercise: str, root: Path = ROOT) -> list[Path]:
    """Add the blocks of a new exercise, each at the end of its file; a new chapter gets its files.

    Parameters
    ----------
    exercise : str
        "chapter/name".
    root : Path
        The repository.

    Returns
    -------
    list of Path
        The files to fill in. The blocks are those of an exercise that takes means, and pass the contract as they are.

    Raises
    ------
    CourseError
        If the name is not of this form, or is taken.
    """
    match = re.fullmatch(r"([a-z][a-z0-9]*)/([A-Za-z][A-Za-z0-9_]*)", exercise)
    if not match or "__" in exercise or keyword.iskeyword(match[2]):
        raise CourseError(f"expected EXERCISE=chapter/name, for example transform/whiten; got {exercise!r}")
    slug, name = match.groups()
    page = root / "book" / slug / "exercise.md"
    taken = re.search(rf"^def {name}\(|^class {name}\b", _text(root / "solutions" / f"{slug}.py"), re.MULTILINE)
    if taken:
        raise CourseError(f"{exercise} is there already; choose another name")
    paths = [_append(page, PAGE_HEAD.format(slug=slug), PAGE.format(name=name))]
    for folder, block in BLOCKS.items():
        path = root / folder / f"{slug}.py"
        paths.append(_append(path, HEADS[folder].format(slug=slug), block.format(name=name)))
    return paths


def _text(path: Path) -> str:
    return path.read_text() if path.is_file() else ""


def _append(path: Path, head: str, block: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    before = _text(path) or head
    path.write_text(before.rstrip("\n") + "\n" + block)
    return path
