"""Serves the page on which written answers are marked: to this machine's browser alone, and to no other page in it.

The address holds a token that nobody can guess. The page sends its requests below it, so another page of the same
browser can neither read nor post anything, whatever name it gives this machine.
"""

import asyncio
import hmac
import json
import logging
import secrets
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from markupsafe import Markup
from tornado.httpserver import HTTPServer
from tornado.web import Application, HTTPError, RequestHandler

from course.errors import CourseError
from grading.commands.answers import Marking
from grading.commands.page import render
from grading.gradebook.renderer import Html

HOST = "127.0.0.1"
FILES = {"answers.js": "text/javascript", "answers_keys.js": "text/javascript", "answers.css": "text/css"}
HERE = Path(__file__).parent / "templates"
MOST_BYTES = 1_000_000  # of a request
AT_ONCE = 20  # answers whose text one request may ask for
HEADERS = {
    # Formulas and tables of sanitized answers have a `style` of their own; the sanitizer lets four properties pass.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "style-src-attr 'unsafe-inline'; img-src data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",  # the address holds the token
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class _Handler(RequestHandler):
    """What every request has to pass, and every reply has."""

    def initialize(self, marking: Marking, token: str, hosts: set[str]) -> None:
        self.marking, self._token, self._hosts = marking, token, hosts

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        for name, value in HEADERS.items():
            self.set_header(name, value)

    def prepare(self) -> None:
        asked = self.request
        if asked.host not in self._hosts:  # another name that leads to this machine (DNS rebinding)
            raise HTTPError(403)
        if not hmac.compare_digest(self.path_args[0].encode(), self._token.encode()):
            raise HTTPError(403)
        if asked.method == "POST":
            origin = asked.headers.get("Origin")
            if origin is not None and origin not in {f"http://{host}" for host in self._hosts}:
                raise HTTPError(403)
            if asked.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
                raise HTTPError(403)
            if asked.headers.get("Content-Type", "").partition(";")[0] != "application/json":  # no form can send it
                raise HTTPError(415)

    def write_error(self, status_code: int, **kw: Any) -> None:
        self.finish({"error": f"the server answered {status_code}"})

    def log_exception(self, *about: Any) -> None:
        """Log what is a mistake of ours, and not a request that was refused."""
        if not isinstance(about[1], HTTPError):
            super().log_exception(*about)


class _Page(_Handler):
    def get(self, token: str) -> None:
        marking = self.marking
        self.finish(
            render(
                "answers",
                title=f"{marking.slug}: written answers",
                question=Markup(_html(marking.question_html())),
                most=f"{marking.question.most:g}",
            )
        )


def _html(text: str) -> str:
    assert isinstance(text, Html)  # the renderer's, which is sanitized; nothing else may pass for markup
    return str(text)


class _File(_Handler):
    def get(self, token: str, name: str) -> None:
        self.set_header("Content-Type", f"{FILES[name]}; charset=utf-8")
        self.finish((HERE / name).read_bytes())


class _Api(_Handler):
    async def post(self, token: str, name: str) -> None:
        try:
            asked = json.loads(self.request.body)
            if not isinstance(asked, dict):
                raise ValueError
        except ValueError:
            raise HTTPError(400) from None
        marking = self.marking
        try:
            if name == "texts":  # a hostile text takes seconds, and nobody's key waits for it
                keys = [str(key) for key in asked.get("keys", [])][:AT_ONCE]
                reply: dict[str, Any] = await asyncio.get_running_loop().run_in_executor(None, marking.texts, keys)
            else:
                reply = _REPLIES[name](marking, asked)
        except CourseError as error:
            self.set_status(409)
            reply = {"error": str(error)}
        except (KeyError, TypeError, ValueError):
            raise HTTPError(400) from None
        self.finish(reply)


def _save(marking: Marking, asked: dict[str, Any]) -> dict[str, Any]:
    return marking.save(dict(asked["wanted"]), {str(k): str(v) for k, v in asked["seen"].items()})


def _item(marking: Marking, asked: dict[str, Any]) -> dict[str, Any]:
    number = None if asked.get("id") is None else int(asked["id"])
    return marking.change_item(number, asked.get("text", ""), asked.get("points", ""), asked.get("listed"))


_REPLIES: dict[str, Callable[[Marking, dict[str, Any]], dict[str, Any]]] = {
    "overview": lambda marking, asked: marking.overview(),
    "save": _save,
    "item": _item,
    "remove": lambda marking, asked: marking.remove_item(int(asked["id"]), asked.get("listed")),
}


async def serve(marking: Marking, port: int, started: Callable[[str], None]) -> None:
    """Serve until this is cancelled.

    Parameters
    ----------
    marking : Marking
        What the page shows.
    port : int
        The port on 127.0.0.1; 0 takes one that is free.
    started : callable
        Is told the page's address when it can be opened.

    Raises
    ------
    CourseError
        The port is taken.
    """
    logging.getLogger("tornado.access").disabled = True  # it would log the token
    try:
        listening = socket.create_server((HOST, port))
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CourseError(f"port {port} can't be used: {reason}; name another one with --port") from error
    listening.setblocking(False)
    port, token = listening.getsockname()[1], secrets.token_urlsafe(24)
    about = {"marking": marking, "token": token, "hosts": {f"{name}:{port}" for name in (HOST, "localhost")}}
    application = Application(
        [
            (r"/([\w-]+)/", _Page, about),
            (rf"/([\w-]+)/({'|'.join(FILES)})", _File, about),
            (rf"/([\w-]+)/api/(texts|{'|'.join(_REPLIES)})", _Api, about),
        ],
    )
    server = HTTPServer(application, max_body_size=MOST_BYTES)
    server.add_sockets([listening])
    try:
        started(f"http://{HOST}:{port}/{token}/")
        await asyncio.Event().wait()
    finally:
        server.stop()
        await server.close_all_connections()
