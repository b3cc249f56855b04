"""Groups of written answers that are alike: equal but for case, space and punctuation, or nearly equal."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

import numpy as np

#: Two answers are near where they share so much of their runs of three characters (Dice's coefficient).
NEAR = 0.8
AT_ONCE = 200  # texts that are compared with all others in one product of matrices
_BETWEEN_WORDS = re.compile(r"[\W_]+")


def plain(text: str) -> str:
    """A text without what makes no difference: case, space, punctuation. Signs such as those of Greek letters stay.

    An answer of signs alone, "≠" say, is compared as it stands.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _BETWEEN_WORDS.sub(" ", folded).strip() or " ".join(folded.split())


def groups(texts: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """For each name the group of its text, and in it the part of equal texts; each is called by its first name.

    Near texts are compared with the most frequent one of their group, so that no chain of small steps joins texts that
    differ much.
    """
    equal: dict[str, list[str]] = defaultdict(list)
    for name in sorted(texts):
        equal[plain(texts[name])].append(name)
    texts_in_order = sorted(equal, key=lambda text: (-len(equal[text]), equal[text][0]))
    runs = [{text[k : k + 3] for k in range(len(text) - 2)} or {text} for text in texts_in_order]
    sizes = np.array([len(some) for some in runs], dtype=np.float32)
    found: dict[str, tuple[str, str]] = {}
    leaders: list[int] = []
    for k, shared in enumerate(_shared(runs)):
        near = np.flatnonzero(2 * shared[leaders] >= NEAR * (sizes[k] + sizes[leaders]))
        leader = leaders[near[0]] if near.size else k
        if leader == k:
            leaders.append(k)
        names = equal[texts_in_order[k]]
        found |= {name: (equal[texts_in_order[leader]][0], names[0]) for name in names}
    return found


def _shared(runs: list[set[str]]) -> Iterator[np.ndarray]:
    """For each text, shape (number of texts,): how many runs it shares with each; a run of one text alone counts 0."""
    frequency = Counter(run for some in runs for run in some)
    columns = {run: k for k, run in enumerate(run for run, count in frequency.items() if count > 1)}
    has = np.zeros((len(runs), len(columns)), dtype=np.float32)
    for k, some in enumerate(runs):
        has[k, [columns[run] for run in some if run in columns]] = 1
    for start in range(0, len(runs), AT_ONCE):
        yield from has[start : start + AT_ONCE] @ has.T
