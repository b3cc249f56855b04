"""How often the search for the line finds it: right answers with one small fault, or two, of which the line is known.

The faults are a list of their own, rewritings of a line's text after what people did ("Seen in" and the catalogue),
made before the edits of `course.kit.search` and without regard to them.
"""

import argparse
import contextlib
import inspect
import io
import json
import random
import re
import textwrap
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from course.answer_keys import answer_key_bytes
from course.chapter import Chapter
from course.kit import laws as _laws  # noqa: F401 (adds its judges)
from course.kit.play import play
from course.kit.search import Found, find, share

SLUGS = ("introduction", "transform", "backprop", "inference", "recurrent", "tradeoffs")
BUDGET = 1500

#: What a fault is called, what it replaces, and with what; each place of a line at a time.
FAULTS = [
    ("axis", r"axis=0", "axis=1"),
    ("axis", r"axis=1", "axis=0"),
    ("axis", r"\.(mean|sum|var)\(0\)", r".\1(1)"),
    ("axis", r"\(0, 2, 3\)", "(2, 3)"),
    ("axis", r"\(0, 2, 3\)", "(1, 2, 3)"),
    ("axis", r"\(2, 3\)", "(0, 2, 3)"),
    ("axis", r"\(0, 1, 2\)", "(0, 1)"),
    ("axis", r"\(1, 2\)", "(0, 1)"),
    ("axis left out", r"\(axis=\w+\)", "()"),
    ("axis left out", r", axis=\w+\)", ")"),
    ("keepdims left out", r", keepdims=True", ""),
    ("divisor", r"\.var\(axis=(\w+)\)", r".var(axis=\1, ddof=1)"),
    ("divisor", r"\.var\(0\)", ".var(0, ddof=1)"),
    ("divisor", r"np\.var\((\w+), axis=(\w+)\)", r"np.var(\1, axis=\2, ddof=1)"),
    ("divisor", r", ddof=1", ""),
    ("divisor", r" / \((m|n) - 1\)", r" / \1"),
    ("divisor", r" / (m|n|d)\b", r" / (\1 - 1)"),
    ("divisor", r" / len\((\w+)\)", r" / (len(\1) - 1)"),
    ("count left out", r" / (m|n|d)\b", ""),
    ("count left out", r" / len\((\w+)\)", ""),
    ("count left out", r" / x\.shape\[\d\]", ""),
    ("count of the other axis", r"shape\[0\]", "shape[1]"),
    ("count of the other axis", r"shape\[1\]", "shape[0]"),
    ("count of the other axis", r"len\(x\)", "x.shape[1]"),
    ("count of the other axis", r"\.size // \w+\.shape\[1\]", ".shape[0]"),
    ("m, d exchanged", r"\bm, d = ", "d, m = "),
    ("std for var", r"\bvar\(", "std("),
    ("var for std", r"\bstd\(", "var("),
    ("sum for mean", r"\bmean\(", "sum("),
    ("mean for sum", r"(?<!np\.ein)\bsum\((?=axis|0|\()", "mean("),
    ("mean for sum", r"\bnp\.sum\(", "np.mean("),
    ("eps left out", r" \+ (self\.)?eps\b", ""),
    ("eps fixed", r"(?<=\+ )(self\.)?eps\b", "1e-5"),
    ("eps fixed", r"(?<=\+ )(self\.)?eps\b", "1e-8"),
    ("eps squared", r"(?<=\+ )eps\b", "eps**2"),
    ("eps outside", r"np\.sqrt\(((?:[^()]|\([^()]*\))+) \+ ((?:self\.)?eps)\)", r"(np.sqrt(\1) + \2)"),
    ("eps outside", r"\(([^()]|\([^()]*\))+ \+ eps\) \*\* 0\.5", r"(\1**0.5 + eps)"),
    ("eps outside", r"1 / np\.sqrt\(((?:[^()]|\([^()]*\))+) \+ ((?:self\.)?eps)\)", r"1 / np.sqrt(\1) + \2"),
    ("eps subtracted", r"\+ eps\b", "- eps"),
    ("no root", r"np\.sqrt\(", "("),
    ("no root", r" ?\*\* ?0\.5", ""),
    ("no root", r"\*\* -0\.5", "** -1.0"),
    ("not inverted", r"\b1 / np\.sqrt", "np.sqrt"),
    ("not inverted", r"\*\* -0\.5", "** 0.5"),
    ("not inverted", r"\* inv_std\b", "/ inv_std"),
    ("inverted", r"/ std\b", "* std"),
    ("exponent", r"\*\* ?3\b", "**2"),
    ("exponent", r"\*\* ?2\b", "**3"),
    ("exponent", r"\*\* \(-3 / 2\)", "** (-1 / 2)"),
    ("not squared", r" ?\*\* ?2\b", ""),
    ("not squared", r"np\.square\(", "("),
    ("half left out", r"\b0\.5 \* ", ""),
    ("half left out", r" \* -0\.5\b", " * -1"),
    ("sign of a constant", r"-0\.5\b", "0.5"),
    ("two left out", r"\b2 \* ", ""),
    ("two left out", r" \* 2\b", ""),
    ("two left out", r" / 2\b", ""),
    ("sign", r"(?<=[\w)\]]) - ", " + "),
    ("sign", r"(?<=[\w)\]]) \+ ", " - "),
    ("sign lost", r"(?<=[=(,] )-(?=[\w(])", ""),
    ("sign lost", r"(?<=\()-(?=[a-z])", ""),
    ("sign too many", r"(?<=return )(?=[a-z(])", "-"),
    ("operator", r"(?<=[\w)\]]) \* ", " / "),
    ("operator", r"(?<=[\w)\]]) / ", " * "),
    ("operator", r"(?<=[\w)\]]) \* ", " + "),
    ("operator", r" @ ", " * "),
    ("factor left out", r" \* [\w.]+(?![\w.(\[])", ""),
    ("factor left out", r"\b[\w.]+ \* ", ""),
    ("divisor left out", r" / [\w.]+(?![\w.(\[])", ""),
    ("term left out", r" \+ [\w.]+(?![\w.(\[])", ""),
    ("term left out", r" - [\w.]+(?![\w.(\[])", ""),
    ("term left out", r" \+ \w+\[\w\]", ""),
    ("differently bracketed", r"\(([\w.]+) - ([\w.]+)\)", r"\1 - \2"),
    ("differently bracketed", r"([\w.]+) \* ([\w.]+) \+ ([\w.]+)", r"\1 * (\2 + \3)"),
    ("differently bracketed", r"/ \(2 \* h\)", "/ 2 * h"),
    ("differently bracketed", r"/ \((\w+) - 1\)", r"/ \1 - 1"),
    ("order of a difference", r"\(([\w.]+) - ([\w.]+)\)", r"(\2 - \1)"),
    ("wrong name", r"\bgamma\b(?!,? ?\w* ?[=,])", "beta"),
    ("wrong name", r"(?<=\+ )beta\b", "gamma"),
    ("wrong name", r"(?<=[*-] )mean\b", "var"),
    ("wrong name", r"\bx_hat\b(?! =|, gamma)", "x"),
    ("wrong name", r"\bdx_hat\b(?! =|, x)", "dy"),
    ("wrong name", r"\bdy \* x_hat", "dy * inv_std"),
    ("wrong name", r"\bcentred\b(?! =)", "x"),
    ("wrong name", r"\bcentred\b(?! =)", "x_hat"),
    ("wrong name", r"\bg\b(?! =|,)", "dy"),
    ("wrong name", r"\bdgamma\b(?=[ /)])", "dbeta"),
    ("wrong name", r"\binv_std\b(?=[ )*])(?! =)", "gamma"),
    ("wrong name", r"\brunning_mean\b(?=[ )])", "running_var"),
    ("wrong name", r"\bself\.running_mean\b(?! =)", "mean"),
    ("wrong name", r"\bself\.running_var\b(?! =)", "var"),
    ("wrong name", r"\bbefore\b(?=\.)", "after"),
    ("wrong name", r"\bWh\b(?=[ )\[])(?! =)", "Wx"),
    ("wrong index", r"\[i, j\]", "[j, i]"),
    ("wrong index", r"\[j\]", "[0]"),
    ("wrong index", r"\[t\]", "[t - 1]"),
    ("wrong index", r"\[t - 1\]", "[t]"),
    ("wrong index", r"\[t \+ 1", "[t"),
    ("wrong index", r"\[1:\]", "[:-1]"),
    ("wrong index", r"\[:, j\]", "[j]"),
    ("a row short", r"range\((\w+)\)", r"range(\1 - 1)"),
    ("a row short", r"range\((\w+)\)", r"range(1, \1)"),
    ("momentum reversed", r"\b1 - (self\.)?momentum\b", r"\1momentum"),
    ("momentum reversed", r"(?<!- )(?<!- self\.)(?<!\w)((?:self\.)?momentum) \*", r"(1 - \1) *"),
    ("order of what is returned", r"return ([^,()]+), ([^,()]+)$", r"return \2, \1"),
    ("order of what is returned", r"return (\w+), (\w+), (\w+)$", r"return \1, \3, \2"),
    ("order of the cache", r"\(x_hat, gamma, inv_std\)$", "(x_hat, inv_std, gamma)"),
    ("order of the cache", r"x_hat, gamma, inv_std = cache", "x_hat, inv_std, gamma = cache"),
    ("order of the arguments", r"\b([a-z]\w+)\((\w+), (\w+)(?=[,)])", r"\1(\3, \2"),
    ("not copied", r"\.copy\(\)", ""),
    ("in place", r"\b(\w+) = \1 - ", r"\1 -= "),
    ("in place", r"\bcentred = x - (.*)", r"x -= \1; centred = x"),
    ("in place", r"\bu = ([a-z]\w*) @ ", r"\1 *= 1.5; u = \1 @ "),
    ("not transposed", r"\.T\b", ""),
    ("comparison", r" < ", " > "),
    ("comparison", r" < 2\b", " < 1"),
    ("comparison", r" == 1\b", " == 0"),
    ("comparison", r" >= ", " > "),
    ("comparison", r" > 0\b", " < 0"),
    ("mode reversed", r"if not self\.training", "if self.training"),
    ("mode reversed", r"if self\.training", "if not self.training"),
    ("mode reversed", r"self\.training = (True|mode)", "self.training = False"),
    ("minimum for maximum", r"\bmaximum\b", "minimum"),
    ("minimum for maximum", r"\bminimum\b", "maximum"),
    ("min for max", r"\bmax\(", "min("),
    ("min for max", r"\bmin\(", "max("),
    ("ones for zeros", r"np\.zeros\(", "np.ones("),
    ("zeros for ones", r"np\.ones\(", "np.zeros("),
    ("= for +=", r" \+= ", " = "),
    ("-= for +=", r" \+= ", " -= "),
    ("+= for -=", r" -= ", " += "),
    ("shape", r"transpose\(0, 2, 3, 1\)", "transpose(0, 3, 2, 1)"),
    ("shape", r"transpose\(0, 3, 1, 2\)", "transpose(0, 2, 3, 1)"),
    ("shape", r"reshape\(N, groups, C // groups", "reshape(N, C // groups, groups"),
    ("abs left out", r"np\.abs\(", "("),
    ("abs left out", r"\babs\(", "("),
    ("not tanh", r"np\.tanh\(", "("),
]


@dataclass(frozen=True)
class Slip:
    """A right answer with a fault in it, on this line."""

    what: str
    line: int
    source: str


def slips(source: str) -> Iterator[Slip]:
    """Every text that one fault makes of a right answer; whether it is then wrong, the key says."""
    lines = source.split("\n")
    inside = False
    for k, line in enumerate(lines):
        quoted = line.count('"""')
        if k == 0 or inside or quoted or line.lstrip().startswith(("def ", "class ", "#", "@")):
            inside ^= quoted == 1
            continue
        for what, pattern, new in FAULTS:
            for match in re.finditer(pattern, line):
                changed = line[: match.start()] + match.expand(new) + line[match.end() :]
                if changed != line:
                    yield Slip(what, k + 1, "\n".join([*lines[:k], changed, *lines[k + 1 :]]))
        after = lines[k + 1] if k + 1 < len(lines) else ""
        indent = len(line) - len(line.lstrip())
        if after and indent == len(after) - len(after.lstrip()) and line.rstrip()[-1] not in ":,([{":
            yield Slip("two lines exchanged", k + 1, "\n".join([*lines[:k], after, line, *lines[k + 2 :]]))
        if re.match(r"\s+[\w.]+(\[.*\])? [-+*/]?= ", line):
            yield Slip("line left out", k + 1, "\n".join([*lines[:k], *lines[k + 1 :]]))
        before = lines[k - 1]
        if line.lstrip().startswith("return ") and indent < len(before) - len(before.lstrip()):
            deeper = " " * (len(before) - len(before.lstrip())) + line.lstrip()
            yield Slip("returns too early", k + 1, "\n".join([*lines[:k], deeper, *lines[k + 1 :]]))


def made(source: str, name: str, namespace: dict) -> Callable | None:
    """What the source defines, or None where it is no Python."""
    names = dict(namespace)
    try:
        exec(compile(source, "<slip>", "exec"), names)
    except Exception:
        return None
    return names.get(name)


class Key:
    """The visible properties of an exercise, as a judge of candidates: what failed before comes first."""

    def __init__(self, entry: dict):
        self.properties = entry["properties"]
        self.failing: list[int] = []

    def holds(self, k: int, answer: Callable) -> tuple[float, bool]:
        """1 where a property holds, else how much of the results is right; and whether something was raised."""
        p = self.properties[k]
        judged = p.get("judged", False)
        played = play(p["steps"], answer, judged, () if judged else p["trace"])
        problem, trace = played.problem, played.trace
        if problem is None:
            return 1.0, False
        near = 0.0 if judged else 0.9 * share(trace, p["trace"])
        return near, problem.text.startswith("raised")

    def look_at(self, answer: Callable) -> tuple[list[int], bool]:
        """The properties that fail, and whether all of these do so because something was raised."""
        verdicts = [self.holds(k, answer) for k in range(len(self.properties))]
        self.failing = [k for k, (held, _) in enumerate(verdicts) if held < 1]
        return self.failing, all(verdicts[k][1] for k in self.failing)

    def judge(self, answer: Callable) -> Iterator[float]:
        """The failing properties first; the others only where all of these hold now."""
        held = True
        for k in self.failing:
            verdict = self.holds(k, answer)[0]
            held = held and verdict >= 1
            yield verdict
        for k in range(len(self.properties)):
            if held and k not in self.failing:
                held = self.holds(k, answer)[0] >= 1
                if not held:
                    yield 0.0


@dataclass(frozen=True)
class Outcome:
    """What came of one search."""

    kind: str  # right, wrong or silent
    lines: tuple[int, ...]
    whole: bool
    tried: int
    seconds: float


def outcome(found: Found | None, lines: list[int], seconds: float, tried: int) -> Outcome:
    if found is None:
        return Outcome("silent", (), False, tried, seconds)
    told = tuple(place.line for place in found.places)
    near = [any(abs(line - other) <= 1 for other in lines) for line in told]
    kind = "right" if any(near) else "wrong"
    return Outcome(kind, told, found.whole, found.tried, seconds)


def cases(slug: str, rng: random.Random, most: int, pairs: bool, raised: bool) -> Iterator[tuple]:
    """Wrong answers of a chapter with what is wrong in them, at most `most` of each right formulation."""
    chapter = Chapter(slug)
    key = json.loads(answer_key_bytes(chapter))
    for name in chapter.exercises:
        for right in chapter.formulations(name):
            source = textwrap.dedent(inspect.getsource(right.implementation))
            namespace = vars(inspect.getmodule(right.implementation))
            title = right.implementation.__name__
            every = list(slips(source))
            rng.shuffle(every)
            count = 0
            for one in every:
                if count == most:
                    break
                lines, what, text = [one.line], one.what, one.source
                if pairs:
                    apart = [s for s in slips(one.source) if abs(s.line - one.line) > 1]
                    if not apart:
                        continue
                    other = rng.choice(apart)
                    lines, what, text = [one.line, other.line], f"{one.what} + {other.what}", other.source
                    # Each of the two has to be wrong by itself.
                    alone = _without(source, other, one)
                    if alone is None or not _wrong(alone, title, namespace, key[name]):
                        continue
                    if not _wrong(one.source, title, namespace, key[name]):
                        continue
                answer = made(text, title, namespace)
                if answer is None:
                    continue
                entry = Key(key[name])
                with contextlib.redirect_stdout(io.StringIO()):
                    failing, crashed = entry.look_at(answer)
                if failing and (raised or not crashed):
                    count += 1
                    yield f"{name}__{right.slug}", title, what, lines, text, namespace, entry, crashed


def _without(source: str, both: Slip, one: Slip) -> str | None:
    """The second of two faults alone; None where they moved lines."""
    before, first, after = (s.split("\n") for s in (source, one.source, both.source))
    if not len(before) == len(first) == len(after):
        return None
    return "\n".join(b if f == a else a for b, f, a in zip(before, first, after, strict=True))


def _wrong(source: str, title: str, namespace: dict, entry: dict) -> bool:
    answer = made(source, title, namespace)
    return answer is not None and bool(Key(entry).look_at(answer)[0])


def measure(slugs: tuple[str, ...], most: int, pairs: bool, seed: int, budget: int, shown: bool, raised: bool) -> None:
    """Search for the faults of these chapters and print what came of it."""
    rng = random.Random(seed)
    outcomes: list[tuple[bool, Outcome]] = []
    for where, title, what, lines, text, namespace, entry, crashed in (
        c for slug in slugs for c in cases(slug, rng, most, pairs, raised)
    ):
        start = time.process_time()
        found = find(text, title, namespace, entry.judge, budget)
        came = outcome(found, lines, time.process_time() - start, budget)
        outcomes.append((crashed, came))
        if shown and came.kind != "right":
            said = [(p.line, p.kind, p.shown) for p in found.places] if found else ""
            faulty = [text.split("\n")[line - 1].strip() for line in lines]
            print(f"  {came.kind} {where}: {what}, {lines} {faulty}; {said} {came.whole} {came.seconds:.1f} s")
    for name, some in (
        ("gave numbers", [o for crashed, o in outcomes if not crashed]),
        ("raised", [o for crashed, o in outcomes if crashed]),
    ):
        if not some:
            continue
        count = Counter(o.kind for o in some)
        tried, seconds = [o.tried for o in some], [o.seconds for o in some]
        print(
            f"{'two slips' if pairs else 'one slip':9} {name:12} {len(some):4} answers: "
            + ", ".join(f"{kind} {count[kind] / len(some):.1%}" for kind in ("right", "wrong", "silent"))
            + f"; whole {sum(o.whole for o in some) / len(some):.1%}"
            + f" (of the others {sum(o.kind == 'right' and not o.whole for o in some)} right,"
            + f" {sum(o.kind == 'wrong' and not o.whole for o in some)} wrong)"
            + f"; candidates {np.median(tried):.0f} (p95 {np.percentile(tried, 95):.0f})"
            + f"; CPU seconds {np.median(seconds):.2f} (p95 {np.percentile(seconds, 95):.2f})",
            flush=True,
        )


def main() -> None:
    """How often the search for the line finds it, for one slip and for two."""
    for pairs in (False, True):
        measure(SLUGS, 1, pairs, 1, BUDGET, False, False)


def from_the_shell(arguments: list[str] | None = None) -> None:
    """Measure some chapters, as the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description=__doc__)
    parser.add_argument("slugs", nargs="*", default=SLUGS)
    parser.add_argument("--most", type=int, default=3, help="slips of each right formulation (3)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--budget", type=int, default=BUDGET, help=f"candidates that are judged ({BUDGET})")
    parser.add_argument("--pairs", action="store_true", help="two slips in one answer")
    parser.add_argument("--raised", action="store_true", help="also what only raises, which has a line already")
    parser.add_argument("--shown", action="store_true", help="show what was not placed")
    given = parser.parse_args(arguments)
    measure(tuple(given.slugs), given.most, given.pairs, given.seed, given.budget, given.shown, given.raised)


if __name__ == "__main__":
    from_the_shell()
