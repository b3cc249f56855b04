"""Which learning platform a download is from, by the names that it gives files.

There is one pattern for each platform. It is matched against each part of a path, from the outermost folder to the
file. The names are those of

- Moodle's `mod/assign/locallib.php` (download) and `mod/assign/feedback/file/importziplib.php`
  (`is_valid_filename_for_import`: fullname_id_plugintype_pluginname, with an underscore more before Moodle 4.1; the
  number belongs to this one assignment, a blind one has "Participant" for a name);
- Canvas's `lib/content_zipper.rb` (`get_filename`, `add_upload_submission`: sortable name without all that is no
  letter or digit, LATE, user's id, file's id, file; `anon_ID` for an anonymous assignment). The zip file of an
  assignment is called `submissions.zip` (`submission_zip`). A file that is downloaded alone, in SpeedGrader, keeps its
  own name, which names nobody (`downloads_base_controller.rb`, `show`: it leads to the learner's file itself);
- Blackboard's "Assignment File Download", as https://github.com/vangef/BBGradebookOrganiser and others read it:
  assignment_user_attempt_time_file, beside a .txt that has the name;
- Brightspace's (D2L's) "Download" of an assignment, as scripts of several universities read it: user-assignment, name,
  time and file, with " - " between them; the last part is a file in the folder of that name, or in the name itself;
- Sakai's `AssignmentServiceImpl.java` (`zipSubmissions`: the assignment's title, then `Last, First(id)`, in which lie
  `timestamp.txt` and "Submission attachment(s)", a word of the server's language; or all of it in the file's name);
- ILIAS's `class.ilExSubmission.php` (`downloadAllAssignmentFiles`, `getDirectoryNameFromUserData`: a folder
  last_first_login_number, below that of the team where there are teams; a file that was handed in again gets " (2)",
  and a late one the words for that before its name);
- Gradescope's "Export Submissions": submission_ID folders beside a `submission_metadata.yml` with Ruby's symbols as
  keys, as https://www.gradescope.com gives it and scripts of several universities read it.
"""

import re
from pathlib import Path, PurePosixPath

from grading.handin.find import name_rank

MOODLE, CANVAS, BLACKBOARD, BRIGHTSPACE, SAKAI, ILIAS, GRADESCOPE, PLAIN = (
    "moodle", "canvas", "blackboard", "brightspace", "sakai", "ilias", "gradescope", "plain",
)  # fmt: skip

#: Each pattern has the group id and, where the platform's names tell them, name, late, at (a time), fileid and file.
PATTERNS = {
    MOODLE: re.compile(r"(?P<name>.*?)_(?P<id>\d+)_assignsubmission_[a-z]+(?:_(?P<file>.*))?", re.S),
    BLACKBOARD: re.compile(
        r"(?P<title>.+)_(?P<id>[^_]+)_attempt_(?P<at>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|(?P<ending>\.\w+))", re.S
    ),
    BRIGHTSPACE: re.compile(
        r"(?P<id>\d+)-\d+ - (?P<name>.+?) - (?P<at>\w+\.? \w+,? \d{4} \d{1,2}[:_.]?\d\d(?: [AP]M)?)"
        r"(?: - (?P<file>.+))?",
        re.S,
    ),
    SAKAI: re.compile(r"(?P<name>.*?,.*?)(?<!\s)\((?P<id>[^()]+)\)(?:_(?P<file>.+))?", re.S),
    ILIAS: re.compile(r"(?P<name>[^_]+_[^_]+)_(?P<id>.+)_(?P<number>\d{3,})", re.S),
    GRADESCOPE: re.compile(r"(?P<file>)submission_(?P<id>\d+)"),
    CANVAS: re.compile(
        r"(?:(?P<name>\w+?)_)?(?:(?P<late>LATE)_)?(?P<id>\d+|anon_[0-9A-Za-z]+)_(?P<fileid>\d+)_(?P<file>.+)", re.S
    ),
}
METADATA = "submission_metadata.yml"  # Gradescope's
#: What becomes of Canvas's zip file, `submissions.zip`, when it is unpacked; browsers add a number to a second one.
CANVAS_ZIP = re.compile(r"submissions(?: ?\(\d+\)|-\d+)?")

#: Where the part of a path that a platform has named stands in it, and the match of the platform's pattern.
Label = tuple[int, re.Match[str]]


def matched(folder: Path, paths: list[Path], kind: str, tops: set[Path]) -> dict[Path, Label]:
    """The files of which some part of the path has a platform's name, the outermost such part of each."""
    found = {}
    for path in paths:
        parts = PurePosixPath(path.relative_to(folder).as_posix()).parts
        for depth, part in enumerate(parts):
            match = PATTERNS[kind].fullmatch(part)
            is_folder = depth < len(parts) - 1
            where = {GRADESCOPE: is_folder and folder.joinpath(*parts[:depth]) in tops, ILIAS: is_folder}
            if match and where.get(kind, True):
                found[path] = depth, match
                break
    return found


def recognized(
    folder: Path, paths: list[Path], named: dict[str, dict[Path, Label]], notes: list[str]
) -> str:  # fmt: skip
    """Which platform a download is from; `PLAIN` where it is from none.

    It is from a platform where more than half of its notebooks have that platform's names; where there is no notebook,
    of its files. Canvas's names are of a kind that people give files too: there no two files may have one number, and
    at least two learners must be named, in one folder; or one, where all such files come out of a zip file that has
    Canvas's own name. Of ILIAS's folders each number must belong to one learner. One name alone tells nothing, since a
    learner may have given it.
    """
    notebooks = {path for path in paths if name_rank(path.name, "")} or set(paths)
    shares = {kind: len(notebooks & found.keys()) for kind, found in named.items()}
    likely = [kind for kind in PATTERNS if 2 * shares[kind] > len(notebooks) and _are_of(kind, named[kind], folder)]
    if likely:
        return max(likely, key=lambda kind: shares[kind])
    for kind, count in shares.items():
        if count:
            notes.append(
                f"{count} of {len(notebooks)} files have names as {kind} gives them; that is too few to tell, so this "
                f'is read as a plain folder (if it is from there, set c.Extractor.platform = "{kind}")'
            )
    return PLAIN


def _are_of(kind: str, found: dict[Path, Label], folder: Path) -> bool:
    """Whether the names that look like a platform's can all be from it."""
    if kind == ILIAS:
        people = {(match["number"], match["id"]) for _, match in found.values()}
        return len(people) == len({number for number, _ in people}) == len({login for _, login in people})
    if kind != CANVAS:
        return True
    labels = {path.relative_to(folder).parts[: depth + 1]: match for path, (depth, match) in found.items()}
    folders = {label[:-1] for label in labels}
    learners = {match["id"] for match in labels.values()}
    numbers = {match["fileid"] for match in labels.values()}
    if len(numbers) < len({label[-1] for label in labels}):
        return False
    from_its_zip = all(label[:-1] and CANVAS_ZIP.fullmatch(label[-2]) for label in labels)
    return from_its_zip or (len(learners) > 1 and len(folders) < len(labels))
