"""Sends grades to a learning platform by LTI's Assignment and Grade Services 2.0.

The tool asks for a token with a statement that it signs (1EdTech Security Framework 1.0, section 4.1), finds or makes
the platform's column of grades (a "line item"), and posts a score for each learner. Nothing secret is part of a
message: neither a token nor a signed statement nor what the platform says in words.
"""

import json
import time
import tomllib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpx
import jwt
from httpx_retries import Retry, RetryTransport

from course.errors import CourseError
from grading.platforms.lti_key import Key

SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/"
COLUMNS, READ_COLUMNS, SCORE = f"{SCOPE}lineitem", f"{SCOPE}lineitem.readonly", f"{SCOPE}score"
_COLUMN_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
_COLUMNS_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"
_SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_HERE = ("127.0.0.1", "::1", "localhost")
TAG = "batchnorm"
SECONDS = 30  # the longest that the platform may keep silent
LIFE = 3600  # seconds of a token, where the platform does not say; one that is refused is asked for again
PAGES = 100  # of its list of columns
BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)  # asked again, with the same timestamp
PATIENCE = 300  # seconds in all to wait with one request for a platform that is busy


@dataclass(frozen=True)
class Settings:
    """What `lti.toml` says of the platform that grades need; the hub needs more of it.

    Attributes
    ----------
    issuer, client_id, token_url : str
        The platform's name, the tool's name there, and where tokens are asked for.
    launches : str
        The folder in which the hub keeps who came from the platform.
    key : str
        The file with the tool's private key.
    token_audience : str
        To whom the tool's statement is addressed; `token_url` unless told.
    context : str
        The platform's id of the course, where learners of several courses come to one hub.
    """

    issuer: str
    client_id: str
    token_url: str
    launches: str
    key: str
    token_audience: str = ""
    context: str = ""


def read_settings(path: Path) -> Settings:
    """The settings in a TOML file.

    Raises
    ------
    CourseError
        The file can't be read, lacks a setting, or the token would be asked for without TLS.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CourseError(f"{path} can't be read: {error.strerror}; --settings names another file") from None
    except ValueError as error:  # TOML or UTF-8
        raise CourseError(f"{path} is no TOML: {error}") from None
    names = [field.name for field in fields(Settings)]
    found = {name: told[name] for name in names if name in told}
    if strange := [name for name, value in found.items() if not isinstance(value, str)]:
        raise CourseError(f"{path}: {', '.join(strange)}: wanted a text in quotes")
    if lacking := [name for name in names[:5] if not found.get(name)]:
        raise CourseError(f"{path} lacks {', '.join(lacking)}")
    _check(found["token_url"], f"{path}: token_url")
    return Settings(**found)


def _check(url: str, what: str) -> str:
    """An address to which a secret may be sent; raises CourseError for another one."""
    try:
        parts = urlsplit(url)
        safe = (parts.scheme == "https" and parts.hostname) or (parts.scheme == "http" and parts.hostname in _HERE)
    except ValueError:
        safe = False
    if not safe:
        raise CourseError(f"{what} is {url!r}; wanted an address that begins with https://")
    return url


class RefusedError(Exception):
    """The platform has answered, and refused; the message says how, in words that fit after "refused it:"."""


@dataclass(frozen=True)
class Column:
    """A column of the platform's gradebook: its address, and the most points it has there (None where not told)."""

    url: str
    most: float | None = None


class Service:
    """The platform's services of grades, for one course there.

    Parameters
    ----------
    settings : Settings
    key : Key
        The tool's private key.
    endpoint : mapping
        What a launch said of the services: `scope`, and `lineitems`, the address of the list of columns.
    client : httpx.Client
        It follows no redirect: a token goes to the address that it is meant for and to no other.
    """

    def __init__(self, settings: Settings, key: Key, endpoint: Mapping[str, Any], client: httpx.Client):
        self._settings, self._key, self._client = settings, key, client
        self._scopes = set(endpoint.get("scope") or ())
        self._columns = endpoint.get("lineitems") or ""
        self._tokens: dict[str, tuple[str, float]] = {}
        if SCORE not in self._scopes:
            raise CourseError(
                f"the launches give the tool no right to send grades: allow it at {settings.issuer} "
                "(Assignment and Grade Services), and let a learner come to the hub once more"
            )

    # ---- columns

    def column(self, slug: str, label: str, most: float) -> tuple[Column, bool]:
        """The column of a chapter, and whether it was made now.

        Raises
        ------
        CourseError
            There are several, there is none and none may be made, or the platform can't be asked.
        """
        if not self._columns or not self._scopes & {COLUMNS, READ_COLUMNS}:
            raise CourseError(
                "the launches give the tool no right to look for a column of grades: make one at the platform, and "
                "name its address (its line item) with --line-item URL"
            )
        try:
            found = [one for one in self._all_columns(slug) if one.get("resourceId") == slug]
            if len(found) > 1:
                urls = ", ".join(str(one.get("id")) for one in found)
                raise CourseError(
                    f"the platform has {len(found)} columns for {slug}: {urls}; say which: --line-item URL"
                )
            if found:
                return _column(found[0]), False
            if COLUMNS not in self._scopes:
                raise CourseError(
                    f"the platform has no column for {slug}, and gives the tool no right to make one: make it there, "
                    "and name its address (its line item) with --line-item URL"
                )
            about = {"label": label, "scoreMaximum": most, "resourceId": slug, "tag": TAG}
            answer = self._ask("POST", self._columns, COLUMNS, about, _COLUMN_TYPE, _COLUMN_TYPE)
            return _column(_json(answer)), True
        except RefusedError as error:
            raise CourseError(f"{_host(self._columns)} refused to tell or make the column of grades: {error}") from None

    def _all_columns(self, slug: str) -> Iterator[dict[str, Any]]:
        """What the platform lists. It may heed that one chapter is asked for or not, and may answer by pages."""
        scope = COLUMNS if COLUMNS in self._scopes else READ_COLUMNS
        parts = urlsplit(self._columns)
        query = "&".join(filter(None, (parts.query, str(httpx.QueryParams({"resource_id": slug})))))
        url = urlunsplit(parts._replace(query=query))
        for _ in range(PAGES):
            answer = self._ask("GET", url, scope, accept=_COLUMNS_TYPE)
            listed = _json(answer)
            if not isinstance(listed, list):
                raise RefusedError("its answer is no list")
            yield from (one for one in listed if isinstance(one, dict))
            following = answer.links.get("next", {}).get("url")
            if not following:
                return
            url = urljoin(url, following)
            if urlsplit(url)[:2] != parts[:2]:
                raise RefusedError("its list goes on at another address")
        raise RefusedError("its list of columns has no end")

    # ---- scores

    def send(self, column: Column, score: Mapping[str, Any]) -> None:
        """Post one learner's score.

        Raises
        ------
        RefusedError
            The platform refused this one; others may go.
        CourseError
            It can't be reached, so there is no sense in going on.
        """
        parts = urlsplit(column.url)
        url = urlunsplit(parts._replace(path=parts.path.rstrip("/") + "/scores"))
        self._ask("POST", url, SCORE, score, _SCORE_TYPE)

    # ---- asking

    def _ask(
        self, method: str, url: str, scope: str, content: Any = None, kind: str = "", accept: str = "application/json"
    ) -> httpx.Response:
        """The platform's answer; a token that it no longer takes is asked for once more."""
        _check(url, "the platform's address of grades")
        for again in (False, True):
            headers = {"Authorization": f"Bearer {self._token(scope)}", "Accept": accept}
            answer = self._request(method, url, headers, content, kind)
            if answer.status_code != HTTPStatus.UNAUTHORIZED or again:
                break
            self._tokens.pop(scope)
        _demand_that_it_is_not_busy(answer, url)
        if not answer.is_success:
            raise RefusedError(_status(answer))
        return answer

    def _request(self, method: str, url: str, headers: dict[str, str], content: Any, kind: str) -> httpx.Response:
        if content is not None:
            headers = {**headers, "Content-Type": kind}
        try:
            data = None if content is None else json.dumps(content).encode()
            return self._client.request(method, url, headers=headers, content=data)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _unreachable(url, error) from None

    def _token(self, scope: str) -> str:
        """A token for one scope, which is kept until it ends."""
        token, end = self._tokens.get(scope, ("", 0.0))
        if time.monotonic() < end:
            return token
        where, who, now = self._settings.token_url, self._settings.client_id, int(time.time())
        claims = {
            "iss": who, "sub": who, "aud": self._settings.token_audience or where,
            "iat": now - 5, "exp": now + 60, "jti": str(uuid.uuid4()),
        }  # fmt: skip
        asked = {
            "grant_type": "client_credentials",
            "client_assertion_type": _ASSERTION,
            "client_assertion": jwt.encode(claims, self._key.private, "RS256", headers={"kid": self._key.kid}),
            "scope": scope,
        }
        try:
            answer = self._client.post(where, data=asked)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _unreachable(where, error) from None
        _demand_that_it_is_not_busy(answer, where)
        try:
            token = _json(answer)["access_token"] if answer.is_success else ""
            life = float(_json(answer).get("expires_in") or LIFE) if token else 0.0
        except (RefusedError, KeyError, TypeError, ValueError, AttributeError):
            token = ""
        if not isinstance(token, str) or not token:
            raise CourseError(
                f"{_host(where)} gives no token ({_status(answer)}): does it have the public key that "
                "python -m grading lti-key prints, and is client_id right?"
            )
        self._tokens[scope] = token, time.monotonic() + life - SECONDS
        return token


def new_client() -> httpx.Client:
    """The client for `Service`. Where the platform is busy, it waits as long as it is told, or ever longer."""
    retry = Retry(
        total=8,
        allowed_methods=["GET", "POST"],
        status_forcelist=BUSY,
        retry_on_exceptions=(),
        backoff_factor=0.5,
        total_timeout=PATIENCE,
    )
    return httpx.Client(timeout=SECONDS, follow_redirects=False, transport=RetryTransport(retry=retry))


def _column(told: Any) -> Column:
    url = told.get("id") if isinstance(told, dict) else None
    if not isinstance(url, str):
        raise RefusedError("its column has no address")
    most = told.get("scoreMaximum")
    return Column(_check(url, "the column's address"), float(most) if isinstance(most, int | float) else None)


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        raise RefusedError("its answer is no JSON") from None


def _status(answer: httpx.Response) -> str:
    """The status in the standard's words; the platform's own could repeat what was sent to it."""
    try:
        return f"{answer.status_code} {HTTPStatus(answer.status_code).phrase}"
    except ValueError:
        return str(answer.status_code)


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


def _demand_that_it_is_not_busy(answer: httpx.Response, url: str) -> None:
    """What the client has waited for in vain concerns every learner, so there is no sense in going on."""
    if answer.status_code in BUSY:
        raise CourseError(f"{_host(url)} takes no more requests for now ({_status(answer)})")


def _unreachable(url: str, error: Exception) -> CourseError:
    why = "it does not answer in time" if isinstance(error, httpx.TimeoutException) else str(error)
    return CourseError(f"{_host(url)} can't be reached: {why or type(error).__name__}")
