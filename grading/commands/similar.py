"""Pairs of hand-ins that agree beyond what the exercise explains: a hint to talk about, and never a verdict.

Everybody's right answer to a short exercise looks alike, and so do common mistakes. So what the course itself holds
(stubs, pages, the reference, right formulations, misconceptions) counts for nothing, what many in the class have
counts for little, and where too little is left it is said that the exercise is too short to tell.

Notes
-----
The code of each cell becomes tokens: comments and docstrings dropped, strings alike, indentation left out. Of each run
of `GRAM` tokens the names are renamed in the order in which they appear *in that run*, so that neither another name
nor a moved statement hides a copy; of the runs' hashes, winnowing keeps the least one of each `WINDOW`
(Schleimer, Wilkerson and Aiken 2003, "Winnowing: local algorithms for document fingerprinting", section 3): a shared
stretch of `GRAM + WINDOW - 1` tokens is always found. Of a written answer each run of `WORDS` words is a fingerprint,
whatever its case and punctuation.
"""

import builtins
import contextlib
import hashlib
import io
import itertools
import keyword
import re
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from math import log2
from pathlib import Path

from nbformat import NotebookNode
from tqdm import tqdm

from course.chapter import ROOT
from course.errors import CourseError
from grading.commands.alike import plain
from grading.commands.grade_class import prepared, students_to_grade

GRAM = 9
WINDOW = 4
WORDS = 4
#: A pair is listed from this share of the smaller one's own code on,
SHARE = 0.6
#: where it agrees in as many rare fingerprints as this (weighted; about 30 tokens that nobody else has),
FLOOR = 12.0
#: or from as many rare words in common on, in bits.
BITS = 24.0
#: A comment or string counts from this length on.
LONG = 12
#: The most characters of code, and of one line, in a hand-in that is compared: Python's tokenizer takes quadratic time
#: on a hostile line.
MOST, LONGEST_LINE = 200_000, 5_000

_KEPT = set(dir(builtins)) | set(keyword.kwlist) | {"np", "plt", "self"}
_BREAKS = (tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.COMMENT, tokenize.ENDMARKER)


@dataclass(frozen=True)
class Token:
    """A token: what it is compared by, whether it is a name that may be renamed, and its line (from 1)."""

    text: str
    name: bool
    line: int


@dataclass
class Work:
    """What one learner wrote, by exercise and written question; cells of their own are under ""."""

    student: str
    cells: dict[str, str]
    prints: dict[str, dict[int, list[tuple[int, int]]]] = field(default_factory=dict)  # to lines, first and last
    words: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Pair:
    """Two hand-ins that agree in more than the exercise explains.

    Attributes
    ----------
    exercises : dict
        By exercise: the share of the smaller one's own code that both have, and its weight.
    words : list of str
        Rare names, comments and strings that both have, the rarest first.
    bits : float
        How surprising these are together.
    """

    one: str
    other: str
    share: float
    weight: float
    exercises: dict[str, tuple[float, float]]
    words: list[str]
    bits: float

    def __str__(self) -> str:
        parts = [f"{name or 'own cells'} {share:.0%}" for name, (share, _) in self.exercises.items()]
        told = f"; {len(self.words)} rare words: {', '.join(self.words[:5])}" if self.words else ""
        where = f" ({', '.join(parts)})" if parts else ""
        code = f"{self.share:.0%} of the rare code" if self.share or not parts else "written answers"
        return f"{self.one} and {self.other}: {code}{where}{told}"


@dataclass(frozen=True)
class Found:
    """What was compared, and what was found.

    Attributes
    ----------
    too_short : list of str
        Who has too little code of their own to tell anything from.
    left_out : list of str
        Whose hand-in could not be read or compared, with the reason, a line each.
    """

    slug: str
    works: dict[str, Work]
    pairs: list[Pair]
    too_short: list[str]
    weights: dict[int, float]
    left_out: list[str] = field(default_factory=list)


def tokens(source: str) -> list[Token]:
    """The tokens of some code that are compared; of code that does not parse, as far as it can be read."""
    found, before = [], None
    for t in _without_docstrings(_read(source)):
        attribute = before is not None and before.string == "."
        renamed = t.type == tokenize.NAME and not attribute and t.string not in _KEPT
        found.append(Token("S" if t.type == tokenize.STRING else t.string, renamed, t.start[0]))
        before = t
    return found


def _read(source: str) -> Iterator[tokenize.TokenInfo]:
    """The tokens of some code, up to the place at which it is no Python."""
    with contextlib.suppress(tokenize.TokenError, SyntaxError):
        yield from tokenize.generate_tokens(io.StringIO(source).readline)


def _without_docstrings(read: Iterable[tokenize.TokenInfo]) -> Iterator[tokenize.TokenInfo]:
    """The tokens that count; of statements that are strings alone, none.

    The parser would tell these too, but it fails on code that is nested deeply, and is slow on hostile code.
    """
    statement: list[tokenize.TokenInfo] = []
    for t in itertools.chain(read, [None]):
        if t is None or t.type == tokenize.NEWLINE or t.string == ";":
            if any(one.type != tokenize.STRING for one in statement):
                yield from statement
            statement = []
        elif t.type not in _BREAKS:
            statement.append(t)


def fingerprints(source: str) -> dict[int, list[tuple[int, int]]]:
    """The winnowed fingerprints of some code, and the lines (first and last) that each stands for."""
    stream = tokens(source)
    grams = [_hash(stream[k : k + GRAM]) for k in range(len(stream) - GRAM + 1)]
    kept: set[int] = set()
    for start in range(max(1, len(grams) - WINDOW + 1)) if grams else ():
        window = range(start, min(start + WINDOW, len(grams)))
        kept.add(min(window, key=lambda k: (grams[k], -k)))
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for k in sorted(kept):
        found[grams[k]].append((stream[k].line, stream[k + GRAM - 1].line))
    return dict(found)


def _hash(gram: list[Token]) -> int:
    order: dict[str, str] = {}
    words = [order.setdefault(t.text, f"v{len(order)}") if t.name else t.text for t in gram]
    return int.from_bytes(hashlib.blake2b("\0".join(words).encode(), digest_size=8).digest(), "big")


def prose(text: str) -> dict[int, list[tuple[int, int]]]:
    """The fingerprints of a text in words, and the lines (first and last) that each stands for."""
    stream = [(word, k) for k, part in enumerate(text.split("\n"), 1) for word in plain(part).split()]
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for k in range(len(stream) - WORDS + 1):
        run = stream[k : k + WORDS]
        # Told apart from those of code, so that nobody's sentence is taken for somebody's line.
        digest = hashlib.blake2b("\1".join(word for word, _ in run).encode(), digest_size=8, person=b"prose")
        found[int.from_bytes(digest.digest(), "big")].append((run[0][1], run[-1][1]))
    return dict(found)


def words(source: str) -> set[str]:
    """Names, comments and strings in some code, as they are compared: a typing mistake stays one."""
    found = set()
    for t in _read(source):
        if t.type == tokenize.NAME and t.string not in _KEPT and len(t.string) > 3:
            found.add(t.string)
        elif t.type in (tokenize.COMMENT, tokenize.STRING):
            plain = " ".join(t.string.strip("#'\" \t\n").split())
            if len(plain) >= LONG:
                found.add(plain)
    return found


def explained(slug: str) -> tuple[set[int], set[str]]:
    """The fingerprints and the words that the course itself holds, its public pages and its private files."""
    book, folders = ROOT / "book", ("solutions", "tests/formulations", "tests/misconceptions", "tests/hidden")
    texts = [path.read_text() for folder in folders for path in sorted((ROOT / folder).glob("*.py"))]
    pages = "\n".join(path.read_text() for path in sorted(book.rglob("*.md")))
    cells = re.findall(r"^```[^\n]*\n(?::[^\n]*\n)*(.*?)^```", pages, re.MULTILINE | re.DOTALL)
    prints = {p for source in (*texts, *cells) for p in fingerprints(source)} | prose(pages).keys()
    known = {word for source in (*texts, *cells) for word in words(source)}
    return prints, known | set(re.findall(r"\w{4,}", pages))


def work(student: str, notebook: NotebookNode) -> Work:
    """What one learner wrote, of a rebuilt notebook.

    Raises
    ------
    CourseError
        It is far longer than an answer can be, and to compare it would take minutes.
    """
    cells: dict[str, str] = {}
    written: dict[str, str] = {}
    for cell in notebook.cells:
        graded = cell.metadata.get("nbgrader", {})
        added = cell.metadata.get("batchnorm", {}).get("added")
        if cell.cell_type == "markdown" and graded.get("solution"):
            written[graded["grade_id"]] = cell.source
        if cell.cell_type == "code" and (added or graded.get("solution")):
            name = "" if added else graded["grade_id"]
            cells[name] = f"{cells[name]}\n\n{cell.source}" if name in cells else cell.source
    for what, most, size in (
        ("characters of code", MOST, sum(map(len, cells.values()))),
        (
            "characters in one line",
            LONGEST_LINE,
            max((len(x) for c in cells.values() for x in c.split("\n")), default=0),
        ),
    ):
        if size > most:
            raise CourseError(f"{size} {what}; hand-ins with more than {most} are not compared")
    return Work(
        student,
        cells | written,
        {name: fingerprints(source) for name, source in cells.items()}
        | {name: prose(text) for name, text in written.items()},
        {word for source in cells.values() for word in words(source)},
    )


def compare(slug: str, works: Iterable[Work], known: tuple[set[int], set[str]]) -> Found:
    """Find the pairs of a class that agree in more than `known`, as `explained` returns it, and the class explain."""
    by_name = {w.student: w for w in works}
    has = _index((w.student, {p for d in w.prints.values() for p in d} - known[0]) for w in by_name.values())
    says = _index((w.student, {x for x in w.words if x not in known[1]}) for w in by_name.values())
    rare = {p: _weight(len(who), len(by_name)) for p, who in has.items()}
    candidates: Counter[tuple[str, str]] = Counter()
    for who in [*has.values(), *says.values()]:
        if 1 < len(who) <= max(3, len(by_name) // 10):  # what a tenth of the class has makes no pair
            candidates.update(itertools.combinations(sorted(who), 2))
    totals = {name: _totals(w, rare) for name, w in by_name.items()}
    own = {
        w.student: {p for name, d in w.prints.items() if not _is_prose(name) for p in d if rare.get(p)}
        for w in by_name.values()
    }
    pairs = [_pair(by_name[a], by_name[b], own, rare, says, totals) for a, b in candidates]
    listed = [p for p in pairs if p.exercises or p.bits >= BITS]
    listed.sort(key=lambda p: (-p.weight * p.share - p.bits - _in_prose(p), p.one, p.other))
    short = [name for name, by_cell in totals.items() if _of_code(by_cell) < FLOOR]
    return Found(slug, by_name, listed, short, rare)


def _is_prose(name: str) -> bool:
    """Whether a cell is a written answer. It is judged by itself: nobody's prose makes their code more their own."""
    return name.startswith("written_")


def _of_code(totals: dict[str, float]) -> float:
    return sum(total for name, total in totals.items() if not _is_prose(name))


def _in_prose(pair: Pair) -> float:
    return sum(share * weight for name, (share, weight) in pair.exercises.items() if _is_prose(name))


def _index(items: Iterable[tuple[str, set]]) -> dict:
    found = defaultdict(list)
    for name, values in items:
        for value in values:
            found[value].append(name)
    return found


def _weight(count: int, size: int) -> float:
    """What a fingerprint counts that so many of a class have: 1 for a pair alone, 0 where everybody has it."""
    return 1.0 if count <= 2 or size < 4 else max(0.0, log2(size / count) / log2(size / 2))


def _totals(w: Work, rare: dict[int, float]) -> dict[str, float]:
    return {name: sum(rare.get(p, 0.0) for p in prints) for name, prints in w.prints.items()}


def _pair(a: Work, b: Work, own: dict[str, set[int]], rare: dict[int, float], says: dict, totals: dict) -> Pair:
    whole = sum(rare[p] for p in own[a.student] & own[b.student])
    least = min(_of_code(totals[w.student]) for w in (a, b))
    exercises = {}
    for name in a.prints.keys() & b.prints.keys():
        if whole < FLOOR and not _is_prose(name):
            continue
        weight = sum(rare.get(p, 0.0) for p in a.prints[name].keys() & b.prints[name].keys())
        smaller = min(totals[a.student][name], totals[b.student][name])
        if weight >= FLOOR and weight >= SHARE * smaller:
            exercises[name] = (weight / smaller, weight)
    share = min(1.0, whole / least) if least else 0.0
    if all(map(_is_prose, exercises)) and whole >= FLOOR and share >= SHARE:
        exercises |= {"all exercises together": (share, whole)}
    common = sorted((x for x in a.words & b.words if x in says), key=lambda x: (len(says[x]), x))
    size = len(own)
    bits = {x: log2(size / (len(says[x]) - 1)) * (2 if " " in x else 1) for x in common}
    told = [x for x in common if bits[x] > 2]
    return Pair(a.student, b.student, share, whole, exercises, told, sum(bits[x] for x in told))


def similar(root: Path, slug: str) -> Found:
    """Compare all hand-ins of a chapter; nobody's gradebook is touched.

    Raises
    ------
    CourseError
        Where there is no such chapter, or no hand-in.
    """
    names = students_to_grade(root, slug, None)
    works, left_out = [], []
    for hand_in, problem in tqdm(prepared(root, slug, names), slug, len(names), unit="notebook", disable=None):
        name = hand_in.student
        try:
            if reason := problem or hand_in.refusal:
                raise CourseError(reason)
            works.append(work(name, hand_in.notebook))
        except CourseError as error:
            left_out.append(f"{name}: {error}")
        except Exception as error:  # what one hand-in does to the comparison is that one's alone
            left_out.append(f"{name}: could not be compared: {type(error).__name__}: {error}")
    return replace(compare(slug, works, explained(slug)), left_out=left_out)
