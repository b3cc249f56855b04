"""The verbs of a learning platform that is reached by LTI: `lti` and `lti-key`."""

import argparse
from collections.abc import Callable
from pathlib import Path

from grading.terminal import say

SETTINGS = Path("/etc/jupyterhub/lti.toml")


def add(verb: Callable[..., argparse.ArgumentParser], *shared: Callable[[argparse.ArgumentParser], None]) -> None:
    """Add the verbs to the command; `shared` add what the first of them takes."""
    made = verb("lti", _lti, "list the grades that a platform has not got yet; with --write send them by LTI")
    for options in shared:
        options(made)
    made.add_argument("--write", action="store_true", help="send them, after the list")
    made.add_argument(
        "--settings", metavar="FILE.toml", type=Path, default=SETTINGS, help=f"on the platform ({SETTINGS})"
    )
    made.add_argument("--line-item", metavar="URL", help="the platform's column, if it can't be looked for there")
    made = verb("lti-key", _lti_key, "make the key for LTI, if it is not there, and print its public half")
    made.add_argument("file", metavar="FILE.pem", type=Path)


def _lti(options: argparse.Namespace) -> int:
    from grading.platforms.lti import read_settings

    settings = read_settings(options.settings)
    from grading.commands import lti

    made = lti.plan(options.root, options.slug, settings, options.db)
    say(*made.lines())
    if not options.write:
        say("nothing is sent; the same command with --write does it")
        return 1 if made.problems else 0
    failed = bool(made.problems)
    for line, is_problem in lti.send(options.root, options.slug, settings, made, options.line_item):
        say(line)
        failed = failed or is_problem
    return 1 if failed else 0


def _lti_key(options: argparse.Namespace) -> int:
    from grading.platforms import lti_key

    is_new = lti_key.make(options.file)
    key = lti_key.read(options.file)
    say(
        f"{options.file}: {'made' if is_new else 'is there already'}; it is for nobody else to read",
        "", "the public key for a platform that takes PEM:", *key.as_pem().split("\n"),
        "", "and for one that takes a JWK:", key.as_jwk(),
    )  # fmt: skip
    return 0
