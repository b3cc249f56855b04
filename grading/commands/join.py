"""One learner under two ids becomes one: what there is of both is listed, and joined when told so.

A worksheet without emails gives another id than a class list that comes later. First the gradebook is changed, in one
transaction, then folders are moved one by one. A run that is cut off is finished by the same command.
"""

import contextlib
import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import nbformat

from course.chapter import slugs
from course.errors import CourseError, IntakeError
from grading.commands import report, similar, similar_page
from grading.commands.forget import look
from grading.commands.grade_class import look_up
from grading.engine.cache import STANDING
from grading.gradebook import joining
from grading.gradebook.facade import Gradebook
from grading.gradebook.kept_graded import BEFORE
from grading.gradebook.preprocessors import answers
from grading.gradebook.writer import STAGED
from grading.handin import attempts, submission
from grading.handin.choose import SAME_TIME_SECONDS
from grading.handin.dates import parse_date
from grading.handin.find import candidates
from grading.handin.release import given_out
from grading.platforms import ledger, sent
from grading.platforms.recognize import MOODLE
from grading.terminal import say, visible

HANDED_IN, GRADED = "submitted", ("autograded", "feedback")


@dataclass(frozen=True)
class Both:
    """A chapter for which both ids have handed in.

    Attributes
    ----------
    slug : str
    counts : str
        The id whose hand-in counts.
    why : str
        The reason, in words.
    aside : Path
        Where the other one goes.
    """

    slug: str
    counts: str
    why: str
    aside: Path


@dataclass
class Plan:
    """What joining two ids does.

    Attributes
    ----------
    old, new : str
        The id that goes, and the one that stays.
    both : list of Both
    moves : list of pairs of Path
        What is moved where, in this order.
    leftovers : list of Path
        What a killed run has left, and kept verdicts on a hand-in that does not count, which are deleted.
    stays : dict of str to str
        By chapter the id whose graded rows stay, where both have some.
    rows : dict of str to dict
        By id and chapter what the gradebook has.
    ledgers, reports, see_to : list of Path
        Lists of what was collected; reports that are made again; files that name `old` and have to be made again.
    """

    old: str
    new: str
    both: list[Both] = field(default_factory=list)
    moves: list[tuple[Path, Path]] = field(default_factory=list)
    leftovers: list[Path] = field(default_factory=list)
    stays: dict[str, str] = field(default_factory=dict)
    rows: dict[str, dict[str, joining.Row]] = field(default_factory=dict)
    ledgers: list[Path] = field(default_factory=list)
    reports: list[Path] = field(default_factory=list)
    see_to: list[Path] = field(default_factory=list)
    names: tuple[str, str] = ("", "")

    def lines(self) -> Iterator[str]:
        """The list as it is printed."""
        if all(self.names) and self.names[0] != self.names[1]:
            yield f"name       {self.old} is {self.names[0]} and {self.new} is {self.names[1]}: is that one person?"
        for one in self.both:
            other = self.old if one.counts == self.new else self.new
            told = f"what {one.counts} handed in counts, {one.why}"
            yield f"both       {one.slug}: {told}; that of {other} goes to {one.aside}"
        yield from (f"folder     {source} -> {target}" for source, target in self.moves)
        yield from (
            f"folder     {path}: of what does not count, or of a run that was killed; deleted"
            for path in self.leftovers
        )
        mine = self.rows.get(self.old, {})
        if mine or self.names[0]:
            given = sum(len(row.by_hand) for row in mine.values())
            hand_ins = "1 hand-in" if len(mine) == 1 else f"{len(mine)} hand-ins"
            yield f"gradebook  {hand_ins} of {self.old}, {given} answers graded or commented by hand: go to {self.new}"
        for slug, who in self.stays.items():
            other = self.old if who == self.new else self.new
            if slug in self.rows[other] and self.rows[other][slug].by_hand:
                yield (
                    f"gradebook  {slug}: what a person gave {other} comes along where {who} has none; "
                    "where the answer is another one it is to be looked at again"
                )
        yield from (f"ledger     {path}: the line of {self.old}" for path in self.ledgers)
        yield from (f"report     {path}: made again" for path in self.reports)
        yield from (f"file       {path}: may name {self.old}; make it again" for path in self.see_to)


def plan(root: Path, old: str, new: str, db_url: str | None = None) -> Plan:
    """Look for everything that there is of two ids, and decide which hand-ins count.

    Raises
    ------
    CourseError
        There is nothing of one of them, they are the same, or the gradebook can't be asked.
    """
    if old == new:
        raise CourseError(f"{old} is one id; wanted two")
    found = look(root, old, db_url)
    asked = Gradebook(root, db_url)
    book = asked if asked.exists() else None
    people = {one.id: one for one in book.students()} if book else {}
    if new not in people:
        look(root, new, db_url)  # which raises where there is nothing of it
    made = Plan(old, new, ledgers=found.ledgers)
    for who in (old, new):
        made.rows[who] = joining.rows(book, who) if book else {}
    if found.elsewhere and not any(row.is_graded for row in made.rows[new].values()):  # else it was joined already
        raise CourseError(found.unknown().removeprefix("gradebook  "))
    made.names = tuple(_name(people, who) for who in (old, new))  # type: ignore[assignment]
    chapters = sorted({path.name for path in _folders(root, old)})
    for slug in chapters:
        _plan_chapter(root, slug, made)
    for slug in made.rows[old].keys() & made.rows[new].keys():
        if all(made.rows[who][slug].is_graded for who in (old, new)):
            made.stays.setdefault(slug, new)
    made.leftovers += [path for kind in (STAGED, BEFORE) if (path := root / kind / old).exists()]
    made.reports = found.reports
    kept = {*found.pages, *found.stay}
    made.see_to = sorted(kept | {path for path in found.folders if path.parent.parent == root / "upload"})
    return made


def _name(people: dict, who: str) -> str:
    one = people.get(who)
    return " ".join(filter(None, (one.first_name, one.last_name))) if one else ""


def _folders(root: Path, student: str) -> Iterator[Path]:
    """For each folder of a student's one with the name of its chapter."""
    for kind in (HANDED_IN, *GRADED):
        yield from (path for path in (root / kind / student).glob("*") if path.is_dir())
    for path in (root / "downloaded").glob("*"):
        if (path / "extracted" / student).exists() or attempts.earlier(root, path.name, student):
            yield path
    yield from (path.parent.parent for path in (root / "cache").glob(f"*/{STANDING}/*") if path.name == student)


def _plan_chapter(root: Path, slug: str, made: Plan) -> None:
    """Add the moves for one chapter."""
    taken: set[Path] = set()

    def aside(kind: str) -> Path:
        there = attempts.free(root / "downloaded" / slug / kind / made.new, taken)
        taken.add(there)
        return there

    def lies(kind: str, who: str) -> Path | None:
        path = root / kind / who / slug
        return path if path.is_dir() and not path.is_symlink() else None

    handed = {who: lies(HANDED_IN, who) for who in (made.new, made.old)}
    counts = made.new if handed[made.new] else made.old
    to = None
    if handed[made.old] and handed[made.new]:
        counts, why = _which_counts(root, slug, made)
        to = aside(attempts.OLD)
        made.both.append(Both(slug, counts, why, to))
    other = made.old if counts == made.new else made.new
    # A hand-in that counts and is not graded yet takes the place of the other one, whose graded notebook tells then
    # which answers have changed.
    graded = counts if lies(GRADED[0], counts) or not lies(GRADED[0], other) else other
    _plan_verdicts(
        root / "cache" / slug / STANDING, graded, made
    )  # first, since nothing else tells that they are there
    if to is not None:
        made.moves.append((root / HANDED_IN / other / slug, to))
    if handed[made.old] and counts == made.old:
        made.moves.append((root / HANDED_IN / made.old / slug, root / HANDED_IN / made.new / slug))
    if all(lies(GRADED[0], who) for who in (made.old, made.new)):
        made.stays[slug] = graded
    for kind in GRADED:
        put_away = lies(kind, made.old if graded == made.new else made.new)
        if put_away and lies(kind, graded):
            to = to or aside(attempts.OLD)
            made.moves.append((put_away, to / f".{kind}"))
            put_away = None
        for path in (put_away, lies(kind, graded)):
            if path and path.parent.name == made.old:
                made.moves.append((path, root / kind / made.new / slug))
    extracted = root / "downloaded" / slug / "extracted"
    if (extracted / made.old).exists():
        if (extracted / made.new).exists():
            made.moves.append((extracted / other, aside(attempts.REPLACED)))
        if not (extracted / made.new).exists() or other == made.new:
            made.moves.append((extracted / made.old, extracted / made.new))
    for path in attempts.earlier(root, slug, made.old)[::-1]:
        target = aside(path.parent.name)
        if attempts.given(path).exists():
            made.moves.append((attempts.given(path), attempts.given(target)))
        made.moves.append((path, target))


def _plan_verdicts(standing: Path, graded: str, made: Plan) -> None:
    """Add the moves of the kept verdicts: those of the hand-in whose graded rows stay."""
    if not (standing / made.old).is_dir():
        return
    if graded == made.new:
        made.leftovers.append(standing / made.old)
        return
    if (standing / made.new).is_dir():
        made.leftovers.append(standing / made.new)
    made.moves.append((standing / made.old, standing / made.new))


def _which_counts(root: Path, slug: str, made: Plan) -> tuple[str, str]:
    """The id whose hand-in for a chapter counts, and why: one with answers before one without, then the later."""
    times = {}
    for who in (made.new, made.old):
        folder = root / HANDED_IN / who / slug
        said = parse_date(submission.date(folder))
        files = _notebooks(folder, slug)
        times[who] = (_has_answers(root, slug, folder), said, max((f.stat().st_mtime for f in files), default=0.0))
    (answered, said, time), (answered_old, said_old, time_old) = times[made.new], times[made.old]
    if answered != answered_old:
        return (made.new if answered else made.old), "the other one has no answers that can be read"
    if said and said_old and said != said_old:
        return (made.new if said > said_old else made.old), f"it came later, at {_told(max(said, said_old))}"
    if not (said and said_old) and abs(time - time_old) > SAME_TIME_SECONDS:
        return (made.new if time > time_old else made.old), "its file is newer"
    return made.new, "the two came at the same time"


def _told(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _notebooks(folder: Path, slug: str) -> list[Path]:
    try:
        return candidates(folder, slug)
    except CourseError:
        return []


def _has_answers(root: Path, slug: str, folder: Path) -> bool:
    if slug not in slugs():
        return True
    released = given_out(root, slug).notebook
    try:
        made = submission.prepare(folder, "", slug, released)
    except (CourseError, IntakeError):
        return False
    return not made.refusal and answers(made.notebook) != answers(released)


# ---- joining


def run(root: Path, old: str, new: str, db_url: str | None, yes: bool) -> bool:
    """List what joining does, ask unless told yes, and do it; whether it was done."""
    made = plan(root, old, new, db_url)
    say(*made.lines())
    if not yes:
        say(f"make one of the two? type {new} to say yes: ", end="")
        if sys.stdin.readline().strip() not in (new, visible(new)):
            say("nothing is joined")
            return False
    join(root, made, db_url)
    say(f"{old} is {new} now; python -m grading grade CHAPTER counts again what has changed")
    return True


def join(root: Path, made: Plan, db_url: str | None = None) -> None:
    """Do what `plan` has listed, and make the reports again.

    Raises
    ------
    CourseError
        The gradebook can't be used; then nothing is changed.
    """
    book = Gradebook(root, db_url)
    if book.exists():
        _keep_given(root, made)
        is_same = lambda slug, cell: _is_same(root, slug, cell, made)  # noqa: E731
        joining.join(book, made.old, made.new, made.stays, is_same, _known(root, made.old))
    ledger.rename(root, made.old, made.new, {one.slug: one.counts for one in made.both})
    sent.rename(root, made.old, made.new)
    for path in made.leftovers:
        shutil.rmtree(path, ignore_errors=True)
    for source, target in made.moves:
        target.parent.mkdir(parents=True, exist_ok=True)
        source.rename(target)
    for kind in (HANDED_IN, *GRADED):
        with contextlib.suppress(OSError):  # it is not there, or has something in it that is nobody's hand-in
            (root / kind / made.old).rmdir()
    names = {path.name for path in made.reports}
    for slug in slugs():
        if names & {f"{slug}.html", f"{slug}.csv", f"{slug}-mistakes.csv"}:
            results = look_up(root, slug, db_url)
            report.write(root, slug, results, report.absent(book, results))
        if f"{slug}-similar.html" in names:
            similar_page.write(root, similar.similar(root, slug))


def _known(root: Path, student: str) -> dict[str, str]:
    """What an id tells of a student beside the gradebook: the platform's number, which its next download has, too."""
    known = {"email": student} if "@" in student else {}
    for path in ledger.lines(root, student):
        one = next(one for one in ledger.look_up(root, path.parent.name) if one.student == student)
        if one.platform != MOODLE:  # whose numbers belong to one assignment
            known["lms_user_id"] = one.id
    return known


def _keep_given(root: Path, made: Plan) -> None:
    """Write down what a person gave for the hand-ins that go: where both have something, one of it would be lost."""
    for slug, stays in made.stays.items():
        other = made.old if stays == made.new else made.new
        given = made.rows.get(other, {}).get(slug)
        if given and given.by_hand:
            to = next((one.aside for one in made.both if one.slug == slug), None)
            path = attempts.given(to or attempts.free(root / "downloaded" / slug / attempts.OLD / made.new))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps({"student": other, "given": given.by_hand}, ensure_ascii=False, indent=1))


def _is_same(root: Path, slug: str, cell: str, made: Plan) -> bool:
    """Whether both ids' graded notebooks have the same text where a cell is graded."""
    found = []
    for who in (made.old, made.new):
        path = root / GRADED[0] / who / slug / submission.NAME
        try:
            found.append(answers(nbformat.read(path, as_version=4)).get(cell.removeprefix("test_")))
        except (OSError, ValueError, nbformat.ValidationError):
            return False
    return found[0] == found[1]
