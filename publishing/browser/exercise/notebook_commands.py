"""Commands of notebooks that are not Python: what a notebook would do with them, and what to do on the page instead."""

import re

INSTALL = (
    "In a notebook this line would install a package. Nothing can be installed on this page: it has NumPy and "
    "Matplotlib, which is all that the exercises need. Delete the line."
)
TIME = (
    "In a notebook %{name} measures how long code takes. Here Python's own module does: "
    "`from timeit import timeit`, then `timeit(lambda: f(x), number=100)` gives the seconds of 100 calls."
)
PLOTS = (
    "In a notebook this line says where plots appear. On this page they appear below the cell by themselves. "
    "Delete the line."
)
HELP = (
    "In a notebook `{text}` shows the help of {name}. Here `help({name})` prints it. What {name} takes is also shown "
    "while you type `{name}(`."
)
SHELL = (
    "In a notebook a line that begins with ! is run by the computer's shell. A page in a browser has no shell. "
    "Delete the line."
)
MAGIC = "%{name} is a command of notebooks, not of Python, and this page does not have it. Delete the line."


def advice(error):
    """What to tell for a syntax error that is a notebook's command.

    Parameters
    ----------
    error : SyntaxError

    Returns
    -------
    str or None
        None for every other syntax error.
    """
    line = (error.text or "").strip()
    if re.match(r"[!%]\s*(pip|conda|mamba)\b", line):
        return INSTALL
    if line.startswith("!"):
        return SHELL
    if found := re.match(r"%%?(\w+)", line):
        name = found[1]
        words = TIME if name in {"time", "timeit"} else PLOTS if name == "matplotlib" else MAGIC
        return words.replace("{name}", name)
    if found := re.fullmatch(r"\?{0,2}([A-Za-z_][\w.]*)\?{0,2}", line):
        return HELP.format(text=line, name=found[1]) if "?" in line else None
    return None
