"""Which cells an answer needs, by the names that they use and make. It runs nothing of them."""

import symtable
from typing import NamedTuple


class Names(NamedTuple):
    """The global names that a cell uses and does not make itself, and those that it makes."""

    uses: set[str]
    makes: set[str]


def names(text):
    """The names of a cell as Python sees them; none where the text is not valid Python yet."""
    try:
        whole = symtable.symtable(text, "cell", "exec")
    except (SyntaxError, ValueError):
        return Names(set(), set())
    uses, makes, tables = set(), set(), [whole]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        for symbol in table.get_symbols():
            if table is not whole and not symbol.is_global():
                continue
            if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace():
                makes.add(symbol.get_name())
            elif symbol.is_referenced():
                uses.add(symbol.get_name())
    return Names(uses - makes, makes)


def needed(texts, answer):
    """The cells that make the names that an answer uses, those that these cells use, and so on.

    Parameters
    ----------
    texts : list of str
        The text of each cell, in the page's order.
    answer : int
        Which of them is the answer.

    Returns
    -------
    list of int
        In the page's order. Of several cells that make a name it is the nearest one above the cell that uses it, or
        else the first one below.
    """
    read = [names(text) for text in texts]
    found, waiting = set(), [answer]
    while waiting:
        here = waiting.pop()
        for name in read[here].uses:
            makers = [k for k, cell in enumerate(read) if name in cell.makes]
            if makers:
                maker = max((k for k in makers if k < here), default=makers[0])
                if maker not in found and maker != answer:
                    found.add(maker)
                    waiting.append(maker)
    return sorted(found)
