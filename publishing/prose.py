"""The course's own rules of English, held on every page of `book/`: `python -m publishing prose`, and `make lint`.

CONTRIBUTING.md has the rules in words. Each finding names the page, the line, the rule and what to do. Quotations,
code, formulas and citations are not looked at, so a word that has to be shown can stand in double quotes.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from course.chapter import ROOT
from publishing.page_text import Block, blocks

LONGEST = {True: 30, False: 40}  # words in a sentence of a core, and elsewhere
QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”")
#: A sentence ends here; outside of cores a semicolon ends one too.
END = {True: r"[.!?][\"”')]*(?=\s+[^a-z\s]|$)", False: r"(?:[.!?][\"”')]*(?=\s+[^a-z\s])|;(?=\s)|$)"}
ABBREVIATED = re.compile(r"\b(?:al|vs|[A-Z])\.$")
WITHOUT_NOUN = re.compile(r"(?:It|That|This|These|Those)\s+(?:\w+ly\s+)?(?:is|was|are|were|has|does|can|means)\b")
INVERTED = re.compile(r"(?:[A-Z]\w+ed|Shown|Given|Seen|Made|Meant|Put) (?:is|are|was|were)\b")

#: What we do not write, and what to write instead.
WORDS = {
    r"mini-?batch(?:es)?": "batch",
    r"can not": "cannot",
    r"in order to": "to",
    r"of course|obviously|clearly|trivially|needless to say": "nothing: the reader may not find it so",
    r"simply|(?<!the )very|really|quite": "nothing",
    r"note that|it should be noted": "nothing: say it",
    r"utili[sz]\w+|leverag\w+": "use",
    r"crucial\w*|delve[sd]?|pivotal": "the reason",
    r"e\.g\.": "for example",
    r"i\.e\.": "that is",
    r"etc\.|and the like": "the rest, or such as",
    r"allows? to": "let, or make it possible to",
    r"thus|hence|thereby|therein|whereby|whilst": "so, which, or a new sentence",
    r"anew|afresh": "again",
    r"mend(?:s|ed|ing)?": "fix or correct",
    r"for long(?! \w)": "for a long time",
    r"so far did|so much the more": "the words in their usual order",
    r"dear(?:er|est)?(?= checks?| ones?)": "costly",
    r"to speak of": "what there is",
    r"(?:came|was|is|are) wanted|the wanted": "expected",
    r"puts? out(?! of)": "gives",
    r"unbiased": "with 1/m or with 1/(m-1)",
    r"(?:longer )?(?:code|programs?) (?:is|are) folded": "nothing: the page shows that",
    r"without a word": "silently",
    r"longed for|no one's|at a stroke|with the eyes of": "it in plain words",
}
#: American forms, and -ise; Oxford spelling has colour, analyse, centre and normalize.
SPELLINGS = {
    r"(col|behavi|fav|neighb|lab|hum|flav)or(s|ed|ing|al|ally|able|ably|ite|hood|hoods)?": r"\1our\2",
    r"(cent|fib|lit|theat)er(s|ed)?": r"\1re\2",
    r"(anal|paral|catal)yz(e|es|ed|ing|er)": r"\1ys\2",
    r"(mode|labe|trave|cance|signa|tunne)l(ed|ing|er|ers)": r"\1ll\2",
    r"gray(s|ed|scale)?": r"grey\1",
    r"(def|off|pret)ense(s)?": r"\1ence\2",
    r"artifact(s)?": r"artefact\1",
    r"fulfill(s)?": r"fulfil\1",
    r"skillful(ly)?": r"skilful\1",
    r"toward": "towards",
    r"(\w*(?:normal|standard|general|initial|regular|optim|parametr|minim|maxim|organ|recogn|summar|visual|real|local"
    r"|central|special|stabil|character|categor|critic|emphas|final|formal|memor|modern|neutral|penal|random|rational"
    r"|scrutin|synchron|token|vector|quant|discret|factor|ideal|anonym|custom|equal|serial|symbol|util))"
    r"is(e|es|ed|er|ers|ing|able|ation|ations)": r"\1iz\2",
}
#: Terms of the glossary that the course asks for before it begins (`book/ready.md`), or that are everyday words.
KNOWN = set(
    ["mean", "variance", "gradient", "seed", "feature", "activation", "batch", "spread", "ReLU", "moment", "softmax"]
)


@dataclass(frozen=True)
class Finding:
    """One passage that breaks a rule."""

    page: Path
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        page = self.page.relative_to(ROOT) if self.page.is_relative_to(ROOT) else self.page
        return f"{page}:{self.line}: {self.rule}: {self.message}"


Found = Iterator[tuple[int, str]]


def sentences(block: Block) -> Iterator[tuple[int, str]]:
    """Each sentence of a block without markup, with its line."""
    text, start = block.plain, 0
    for match in re.finditer(END[block.core], text):
        sentence = text[start : match.end()]
        if ABBREVIATED.search(sentence) or not sentence.strip():
            continue
        lead = len(sentence) - len(sentence.lstrip())
        yield block.line + text.count("\n", 0, start + lead), " ".join(sentence.split())
        start = match.end()
    if rest := text[start:].strip():
        yield block.line + text.count("\n", 0, start), " ".join(rest.split())


def words(text: str) -> int:
    """How many words: what has a letter or a digit. A formula counts as one."""
    return sum(any(c.isalnum() for c in word) for word in text.split())


def long_sentence(block: Block) -> Found:
    """A sentence has at most 30 words in a core, 40 elsewhere."""
    if block.kind in {"caption", "term"}:
        return
    for line, sentence in sentences(block):
        count, most = words(sentence), LONGEST[block.core]
        if count > most:
            yield line, f"{count} words, {most} at most; make two of: {sentence[:50]}…"


def after_formula(block: Block) -> Found:
    """After a displayed formula, "it" and "that" have no noun to refer to."""
    if block.after_formula and (match := WITHOUT_NOUN.match(block.plain)):
        yield block.line, f"name what {match[0].split()[0]!r} refers to: a formula stands between"


def unused_words(block: Block) -> Found:
    """Words that this course does not use, with the better ones."""
    text = QUOTED.sub(lambda m: re.sub(r"\S", "_", m[0]), block.plain)
    for pattern, better in WORDS.items():
        for match in re.finditer(rf"(?<![\w-])(?:{pattern})(?![\w-])", text, re.IGNORECASE):
            yield block.line + text.count("\n", 0, match.start()), f"{match[0]!r}; write {better}"


def oxford_spelling(block: Block) -> Found:
    """British with -ize: normalize, colour, behaviour, analyse, centre."""
    text = QUOTED.sub(lambda m: re.sub(r"\S", "_", m[0]), block.plain)
    for pattern, better in SPELLINGS.items():
        for match in re.finditer(rf"(?<![\w./-])(?:{pattern})(?![\w/])", text, re.IGNORECASE):
            line = block.line + text.count("\n", 0, match.start())
            yield line, f"{match[0]!r}; write {match.expand(better)!r}"


def inverted(block: Block) -> Found:
    """A sentence begins with its subject: "Counted are ..." is not English."""
    for line, sentence in sentences(block):
        if match := INVERTED.match(sentence):
            yield line, f"{match[0]!r}; begin with the subject"


RULES: dict[str, Callable[[Block], Found]] = {
    "long sentence": long_sentence,
    "it after a formula": after_formula,
    "order": inverted,
    "word": unused_words,
    "spelling": oxford_spelling,
}


def check(page: Path) -> list[Finding]:
    """What breaks a rule on one page, by line."""
    found = [
        Finding(page, line, name, message)
        for block in blocks(page)
        for name, rule in RULES.items()
        for line, message in rule(block)
    ]
    return sorted(found, key=lambda finding: finding.line)


def contents(toc: Path = ROOT / "_toc.yml") -> list[Path]:
    """The book's pages in the order of its table of contents."""
    names = re.findall(r"^(?:root|\s*- file): (\S+)", toc.read_text(encoding="utf-8"), re.MULTILINE)
    return [toc.parent / f"{name}.md" for name in names]


def glossary(page: Path = ROOT / "book" / "glossary.md") -> list[str]:
    """The terms of the glossary that a page has to explain."""
    inside = page.read_text(encoding="utf-8").partition("```{glossary}")[2]
    return [term for term in re.findall(r"^(\w.*)$", inside.partition("```")[0], re.MULTILINE) if term not in KNOWN]


def unexplained_terms(pages: Iterable[Path], terms: Iterable[str]) -> Iterator[Finding]:
    """Terms that a lesson's core uses in plain words before any page up to there has explained them.

    A page explains a term where the term stands in *emphasis*, in **bold**, in a heading, or as `{term}`.
    """
    unknown = {term: re.compile(rf"(?<![\w-])(?:{re.escape(term)})(?:e?s)?(?![\w-])", re.IGNORECASE) for term in terms}
    for page in pages:
        seen = set()
        for block in blocks(page):
            explained = {term for term, pattern in unknown.items() if _explains(block, pattern)}
            for term in explained:
                del unknown[term]
            if not block.core or block.kind in {"caption", "cell"}:
                continue
            for term, pattern in unknown.items():
                if term not in seen and (match := pattern.search(QUOTED.sub("", block.plain))):
                    seen.add(term)
                    line = block.line + block.plain.count("\n", 0, match.start())
                    message = f"{term!r} comes before it is explained; say what it is, in *italics*"
                    yield Finding(page, line, "term", message)


def _explains(block: Block, pattern: re.Pattern[str]) -> bool:
    marked = re.findall(r"\{term\}`([^`]*)`|\*{1,2}([^*]+)\*{1,2}", block.text)
    texts = [part for pair in marked for part in pair] + [block.plain] * (block.kind == "heading")
    return any(pattern.search(text) for text in texts)


def lint(pages: list[Path] | None = None) -> list[Finding]:
    """All findings on these pages, or on the whole book."""
    order = contents()
    wanted = order if pages is None else [page.resolve() for page in pages]
    found = [finding for page in wanted for finding in check(page)]
    found += [finding for finding in unexplained_terms(order, glossary()) if finding.page in wanted]
    place = {page: number for number, page in enumerate(wanted)}
    return sorted(found, key=lambda finding: (place[finding.page], finding.line))
