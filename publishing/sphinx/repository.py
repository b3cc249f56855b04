"""Links into the course's repository: to report a mistake, edit a page, or open a notebook in Colab or Binder.

The repository's address is set in one place, `course_repository` in `_config.yml`::

    course_repository: {url: "https://github.com/OWNER/NAME", branch: main, notebooks_branch: notebooks}

Without a `url` no such link appears anywhere. The hosts github.com, gitlab.com and codeberg.org are known; for
another host set its `kind` (github, gitlab or forgejo), or the site links the repository's address alone. Whoever
publishes pushes what `python -m publishing online` writes as `notebooks_branch`, which Colab and Binder open.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import quote, urlsplit

import yaml

from course.chapter import ROOT
from course.errors import CourseError

HOSTS = {"github.com": "github", "gitlab.com": "gitlab", "codeberg.org": "forgejo"}
ADDRESSES = {
    "github": {
        "edit": "{url}/edit/{branch}/{path}",
        "lines": "{url}/blob/{branch}/{path}?plain=1#L{line}",
        "report": "{url}/issues/new?title={title}&body={body}",
        "raw": "https://raw.githubusercontent.com/{name}/{branch}/{path}",
        "binder": "gh/{name}",
    },
    "gitlab": {
        "edit": "{url}/-/edit/{branch}/{path}",
        "lines": "{url}/-/blob/{branch}/{path}?plain=1#L{line}",
        "report": "{url}/-/issues/new?issue[title]={title}&issue[description]={body}",
        "raw": "{url}/-/raw/{branch}/{path}",
        "binder": "gl/{quoted}",
    },
    "forgejo": {
        "edit": "{url}/_edit/{branch}/{path}",
        "lines": "{url}/src/branch/{branch}/{path}?display=source#L{line}",
        "report": "{url}/issues/new?title={title}&body={body}",
        "raw": "{url}/raw/branch/{branch}/{path}",
        "binder": "git/{quoted_url}",
    },
}


@dataclass(frozen=True)
class Repository:
    """The repository's settings; each method returns a link, or None if we know none for this host."""

    url: str
    branch: str = "main"
    notebooks_branch: str = "notebooks"
    kind: str = ""

    def _address(self, which: str, **parts: object) -> str | None:
        if not self.kind:
            return None
        name = urlsplit(self.url).path.strip("/")
        quoted = {key: quote(str(value), safe="/" if key in {"path", "branch"} else "") for key, value in parts.items()}
        own = {"url": self.url, "name": name, "quoted": quote(name, safe=""), "quoted_url": quote(self.url, safe="")}
        return ADDRESSES[self.kind][which].format(**{"branch": self.branch} | quoted, **own)

    def edit(self, path: str) -> str | None:
        """A page's source in the host's editor."""
        return self._address("edit", path=path)

    def lines(self, path: str, line: int) -> str | None:
        """A page's source from a line on, with the host's button to edit it."""
        return self._address("lines", path=path, line=line)

    def report(self, title: str, body: str) -> str | None:
        """The form for a new issue, with title and text filled in."""
        return self._address("report", title=title, body=body)

    def raw(self, path: str) -> str | None:
        """A file of the branch of notebooks."""
        return self._address("raw", branch=self.notebooks_branch, path=path)

    def colab(self, path: str) -> str | None:
        """A notebook of the branch of notebooks in Google Colab, which opens only GitHub's."""
        if urlsplit(self.url).hostname != "github.com":
            return None
        name = urlsplit(self.url).path.strip("/")
        return f"https://colab.research.google.com/github/{name}/blob/{self.notebooks_branch}/{path}"

    def binder(self, path: str) -> str | None:
        """A notebook of the branch of notebooks in Binder."""
        where = self._address("binder")
        branch = quote(self.notebooks_branch, safe="")
        return where and f"https://mybinder.org/v2/{where}/{branch}?labpath={quote(path, safe='')}"


def read(settings: Mapping[str, str] | None) -> Repository | None:
    """The repository that these settings describe; None without a `url`.

    Raises
    ------
    CourseError
        If a setting or the kind is unknown, or the `url` is no web address with a path.
    """
    given = {key: str(value or "").strip() for key, value in (settings or {}).items()}
    known = [field.name for field in fields(Repository)]
    if unknown := sorted(given.keys() - set(known)):
        raise CourseError(f"course_repository: {unknown[0]!r} is no setting; there are {', '.join(known)}")
    url = given.pop("url", "").rstrip("/").removesuffix(".git")
    if not url:
        return None
    host = urlsplit(url).hostname
    if not (url.startswith(("https://", "http://")) and host and urlsplit(url).path.strip("/")):
        raise CourseError(f"course_repository: url {url!r} is no address such as https://github.com/OWNER/NAME")
    kind = given.pop("kind", "") or HOSTS.get(host, "")
    if kind and kind not in ADDRESSES:
        raise CourseError(f"course_repository: kind {kind!r} is unknown; there are {', '.join(ADDRESSES)}")
    return Repository(url, kind=kind, **{key: value for key, value in given.items() if value})


def configured(config: Path = ROOT / "_config.yml") -> Repository | None:
    """The repository that the course's configuration names."""
    return read(yaml.safe_load(config.read_text(encoding="utf-8"))["sphinx"]["config"].get("course_repository"))
