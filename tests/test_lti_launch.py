"""A learner comes from a learning platform into the hub, by LTI 1.3, with the files that the guide has one copy.

The platform is played by `a_platform`: it has the specification's messages, and is neither Moodle nor Canvas. The
browser is a real one, and takes the platform for another site than the hub.
"""

import json
import shutil
import tomllib

import pytest
from a_hub import Hub
from a_platform import CLAIM, CONTEXT, SCOPES, new_key, platform
from test_hub import LOAD
from test_hub import pytestmark as needs_root

from course.chapter import ROOT
from grading.platforms.launches import read

FILES = ROOT / "examples" / "lti"
SUB = "7f0b-unlike-any-name"

pytestmark = needs_root


def settings(theirs, launches):
    """The guide's `lti.toml`, with the platform's own addresses in it."""
    text = (FILES / "lti.toml").read_text()
    own = {
        "issuer": theirs.url, "client_id": theirs.client_id, "deployment_id": theirs.deployment,
        "authorize_url": f"{theirs.url}/auth", "jwks_endpoint": f"{theirs.url}/jwks",
        "token_url": f"{theirs.url}/token", "launches": str(launches),
    }  # fmt: skip
    for name, value in own.items():
        text = text.replace(f'{name} = "{tomllib.loads(text)[name]}"', f'{name} = "{value}"')
    assert own.items() <= tomllib.loads(text).items()
    return text


@pytest.fixture(scope="module")
def theirs():
    with platform("localhost") as theirs:
        yield theirs


@pytest.fixture(scope="module")
def launches(tmp_path_factory):
    return tmp_path_factory.mktemp("launches")


@pytest.fixture(scope="module")
def hub(theirs, launches, tmp_path_factory):
    etc = tmp_path_factory.mktemp("etc")
    shutil.copy(FILES / "jupyterhub_lti.py", etc)
    (etc / "lti.toml").write_text(settings(theirs, launches))
    # Accounts that a wrong name would open, if the launch itself were not refused.
    others = f"c.Authenticator.allowed_users |= {{{SUB!r}, '$user.username'}}\n"
    hub = Hub("batchnorm", f'load_subconfig("{etc}/jupyterhub_lti.py")\n{others}')
    theirs.hub = hub.url
    try:
        yield hub
    finally:
        hub.close()


@pytest.fixture(autouse=True)
def as_registered(hub, theirs, launches):
    theirs.users = {SUB: {CLAIM + "custom": {"username": hub.learner.name}, "email": "ada@example.org"}}
    theirs.spoil = lambda claims, state: (theirs.key, state)
    for path in launches.iterdir():
        path.unlink()


class Visit:
    """A browser that has never been here, on the platform's page with the link to the hub."""

    def __init__(self, browser, theirs):
        self.context = browser.new_context()
        self.page = self.context.new_page()
        self.page.set_default_timeout(LOAD)
        self.posted = []
        at = f"{theirs.hub}/hub/lti13/oauth_callback"
        self.page.on("response", lambda one: self.posted.append(one) if one.url.startswith(at) else None)
        self.page.goto(f"{theirs.url}/course?as={SUB}")
        self.page.wait_for_url(f"{theirs.hub}/**")
        self.page.wait_for_load_state()

    def who(self, hub):
        """Who is logged in, by the hub's own page; nobody where that page asks for a login."""
        self.page.goto(f"{hub.url}/hub/token")
        found = self.page.locator("#logout")
        return self.page.evaluate("window.jhdata.user") if found.count() else None


@pytest.fixture
def visit(browser, hub, theirs):
    opened = []

    def open_link():
        opened.append(Visit(browser, theirs))
        return opened[-1]

    yield open_link
    for one in opened:
        one.context.close()


class TestLaunch:
    def test_the_learner_is_logged_in_under_the_name_that_the_platform_gives(self, hub, visit, launches):
        ada = visit()
        ada.page.locator(".lm-MenuBar-itemLabel", has_text="Nbgrader").wait_for()  # JupyterLab, on their own server
        assert ada.page.url.startswith(f"{hub.url}/user/{hub.learner.name}/")
        assert ada.who(hub) == hub.learner.name
        assert hub.type(hub.learner, "id -un").split()[-1] == hub.learner.name

    def test_what_grades_need_is_kept_and_nothing_else(self, hub, theirs, visit, launches):
        visit()
        (kept,) = launches.iterdir()
        assert json.loads(kept.read_text()) == {
            "user": hub.learner.name, "sub": SUB, "email": "ada@example.org",
            "context": CONTEXT["id"], "title": CONTEXT["title"],
            "endpoint": {"scope": SCOPES, "lineitems": f"{theirs.url}/course-7/lineitems"},
        }  # fmt: skip
        (one,) = read(launches)  # as `python -m grading lti` reads it
        assert (one.user, one.sub, one.context) == (hub.learner.name, SUB, CONTEXT["id"])

    def test_a_name_in_capital_letters_is_the_same_account(self, hub, theirs, visit):
        theirs.users[SUB][CLAIM + "custom"]["username"] = hub.learner.name.upper()
        assert visit().who(hub) == hub.learner.name


def expired(claims):
    claims["iat"] -= 60
    claims["exp"] = claims["iat"] + 30


def too_old(claims):
    claims["iat"] -= 900


SPOILED = {
    "expired": (expired, 400),
    "issued long ago": (too_old, 400),
    "of another issuer": (lambda claims: claims.update(iss="https://elsewhere.example.org"), 400),
    "for another client": (lambda claims: claims.update(aud="another-client"), 401),
    "for two clients, and no word on which": (lambda claims: claims.update(aud=["tool-client-17", "other"]), 400),
    "of another deployment": (lambda claims: claims.update({CLAIM + "deployment_id": "2"}), 403),
    "of another version": (lambda claims: claims.update({CLAIM + "version": "1.1"}), 400),
    "with another nonce": (lambda claims: claims.update(nonce="0" * 64), 400),
    "without a nonce": (lambda claims: claims.pop("nonce"), 400),
    "without a user name, which `sub` is not": (lambda claims: claims.pop(CLAIM + "custom"), 403),
    "with a variable that was not replaced": (
        lambda claims: claims.update({CLAIM + "custom": {"username": "$User.username"}}),
        403,
    ),
    "of nobody": (lambda claims: claims.pop("sub"), 403),
    "of somebody who is not on the hub": (
        lambda claims: claims.update({CLAIM + "custom": {"username": "root"}}),
        403,
    ),
}


class TestRefused:
    """Whoever does not come by a right message is not logged in, and nothing is kept of the launch."""

    def refused(self, one, hub, launches, status):
        assert [reply.status for reply in one.posted] == [status]
        assert one.who(hub) is None
        assert list(launches.iterdir()) == []

    @pytest.mark.parametrize("how", SPOILED)
    def test_a_token_is_refused(self, hub, theirs, visit, launches, how):
        change, status = SPOILED[how]

        def spoil(claims, state):
            change(claims)
            return theirs.key, state

        theirs.spoil = spoil
        self.refused(visit(), hub, launches, status)

    def test_a_token_that_somebody_else_signed(self, hub, theirs, visit, launches):
        other = new_key()
        theirs.spoil = lambda claims, state: (other, state)
        self.refused(visit(), hub, launches, 400)

    def test_another_state(self, hub, theirs, visit, launches):
        theirs.spoil = lambda claims, state: (theirs.key, state[:-4] + "AAA=")
        self.refused(visit(), hub, launches, 400)

    def test_a_token_of_an_earlier_launch(self, hub, theirs, visit, launches):
        nonces = []

        def spoil(claims, state):
            nonces.append(claims["nonce"])
            claims["nonce"] = nonces[0]
            return theirs.key, state

        theirs.spoil = spoil
        assert visit().who(hub) == hub.learner.name
        for path in launches.iterdir():
            path.unlink()
        self.refused(visit(), hub, launches, 400)

    def test_a_changed_claim_breaks_the_signature(self, hub, theirs, visit, launches, monkeypatch):
        """The token is the platform's own, with another name put into it on the way."""
        import base64

        import a_platform

        form = a_platform.form

        def tampered(to, **fields):
            if "id_token" in fields:
                head, body, sign = fields["id_token"].split(".")
                claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
                claims[CLAIM + "custom"]["username"] = hub.teacher.name
                body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
                fields["id_token"] = f"{head}.{body}.{sign}"
            return form(to, **fields)

        monkeypatch.setattr(a_platform, "form", tampered)
        self.refused(visit(), hub, launches, 400)
