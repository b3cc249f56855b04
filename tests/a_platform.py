"""A learning platform's side of LTI 1.3, played with the messages of 1EdTech's specifications. It is no Moodle.

The launch is that of the "1EdTech Security Framework" 1.0, section 5.1.1: the platform's page starts a login at the
tool, the tool sends the browser to the platform's authorization endpoint, and that one has the browser post a signed
`id_token` to the tool, with the claims of "LTI Core" 1.3. Grades are those of "Assignment and Grade Services" 2.0. The
server is bound to 127.0.0.1.
"""

import html
import json
import secrets
import threading
import time
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
GRADES = "https://purl.imsglobal.org/spec/lti-ags/"
SCOPES = [f"{GRADES}scope/lineitem", f"{GRADES}scope/score"]
COLUMN = "application/vnd.ims.lis.v2.lineitem+json"
SCORE = "application/vnd.ims.lis.v1.score+json"
CONTEXT = {"id": "course-7", "label": "BN", "title": "Batch Normalization"}
FORM = """<!doctype html><title>A platform</title>
<body onload="document.forms[0].submit()"><form method="post" action="{to}">{fields}</form>"""


def new_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Platform:
    """What the platform knows, and what came to it.

    Attributes
    ----------
    url : str
        Its address, by a host name that is another one than the hub's, so that a browser takes it for another site.
    hub : str
        The tool's address, which was registered with its redirect URI.
    users : dict of str to dict
        The claims about each user, by `sub`.
    spoil : callable
        Changes the claims, and returns the key that signs and the state that is posted.
    tool_key
        The tool's public key, as it was registered.
    columns : list of dict
        The course's line items.
    scores : list of dict
        What was posted and taken, in the order in which it came.
    refuses : dict of str to int
        The status that a user's score gets instead.
    busy : list of (int, str)
        The status of the next answers, whatever is asked, and how long they ask to wait ("" where they don't).
    page : int
        How many columns an answer lists.
    filters : bool
        Whether it heeds which columns are asked for; the specification lets a platform choose.
    tokens : dict of str to str
        The scope of each token that it gave and still takes.
    asked : list of str
        What was asked of the services of grades: method and path.
    """

    client_id, deployment = "tool-client-17", "deployment-1"
    lineitems = "/course-7/lineitems"

    def __init__(self, url):
        self.url, self.hub = url, ""
        self.key, self.tool_key = new_key(), None
        self.users, self.spoil = {}, lambda claims, state: (self.key, state)
        self.columns, self.scores, self.refuses, self.page, self.filters = [], [], {}, 10, True
        self.tokens, self.asked, self.statements, self.busy = {}, [], set(), []

    # ---- the launch

    def login(self, sub):
        """Step 1: the form by which the platform's page starts the login at the tool."""
        return form(
            f"{self.hub}/hub/lti13/oauth_login",
            iss=self.url, login_hint=sub, target_link_uri=f"{self.hub}/hub", lti_message_hint="link-3",
            client_id=self.client_id, lti_deployment_id=self.deployment,
        )  # fmt: skip

    def authorize(self, asked):
        """Step 3: the form that posts the token, in answer to the tool's request of step 2."""
        wanted = {
            "scope": "openid", "response_type": "id_token", "response_mode": "form_post", "prompt": "none",
            "client_id": self.client_id, "redirect_uri": f"{self.hub}/hub/lti13/oauth_callback",
            "lti_message_hint": "link-3",
        }  # fmt: skip
        assert {name: asked.get(name) for name in wanted} == wanted
        claims = self.claims(asked["login_hint"], asked["nonce"])
        key, state = self.spoil(claims, asked["state"])
        token = jwt.encode(claims, key, algorithm="RS256", headers={"kid": "platform-key"})
        return form(asked["redirect_uri"], id_token=token, state=state)

    def claims(self, sub, nonce):
        now = int(time.time())
        return {
            "iss": self.url, "aud": self.client_id, "sub": sub, "iat": now, "exp": now + 300, "nonce": nonce,
            CLAIM + "message_type": "LtiResourceLinkRequest",
            CLAIM + "version": "1.3.0",
            CLAIM + "deployment_id": self.deployment,
            CLAIM + "target_link_uri": f"{self.hub}/hub",
            CLAIM + "resource_link": {"id": "link-3", "title": "The hub"},
            CLAIM + "roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"],
            CLAIM + "context": {**CONTEXT, "type": ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"]},
            GRADES + "claim/endpoint": {"scope": SCOPES, "lineitems": self.url + self.lineitems},
            **self.users[sub],
        }  # fmt: skip

    def jwks(self):
        key = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [{**key, "kid": "platform-key", "use": "sig", "alg": "RS256"}]}

    # ---- grades

    def token(self, asked):
        """A token for one scope, for whoever signs as the tool that is registered; status and answer."""
        assert asked["grant_type"] == "client_credentials"
        assert asked["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        need = ["iss", "sub", "aud", "iat", "exp", "jti"]
        try:
            told = jwt.decode(
                asked["client_assertion"], self.tool_key, ["RS256"], {"require": need},
                audience=f"{self.url}/token", issuer=self.client_id, subject=self.client_id,
            )  # fmt: skip
        except jwt.InvalidTokenError:
            return 400, {"error": "invalid_client", "error_description": f"not ours: {asked['client_assertion']}"}
        if told["jti"] in self.statements or not set(asked["scope"].split()) <= set(SCOPES):
            return 400, {"error": "invalid_scope"}
        self.statements.add(told["jti"])
        made = secrets.token_urlsafe()
        self.tokens[made] = asked["scope"]
        return 200, {"access_token": made, "token_type": "Bearer", "expires_in": 3600, "scope": asked["scope"]}

    def grades(self, method, path, query, headers, body):
        """Status, answer and its headers, of the services of line items and scores."""
        self.asked.append(f"{method} {path}")
        if self.busy:
            status, wait = self.busy.pop(0)
            return status, {}, {"Retry-After": wait} if wait else {}
        scope = self.tokens.get(headers["Authorization"].removeprefix("Bearer "))
        if scope is None:
            return 401, {}, {}
        kind = COLUMN if path == self.lineitems else SCORE
        if scope != SCOPES[0 if kind == COLUMN else 1]:
            return 403, {}, {}
        if method == "GET":
            assert headers["Accept"] == "application/vnd.ims.lis.v2.lineitemcontainer+json"
            return self.listed(query)
        assert headers["Content-Type"] == kind
        if kind == COLUMN:
            body["id"] = f"{self.url}{self.lineitems}/{len(self.columns) + 1}?type=2"
            self.columns.append(body)
            return 201, body, {}
        column = f"{self.url}{path.removesuffix('/scores')}?type={query.get('type')}"
        if column not in [one["id"] for one in self.columns]:
            return 404, {}, {}
        return self.refuses.get(body["userId"]) or self.taken(body), {"told": headers["Authorization"]}, {}

    def listed(self, query):
        wanted = query.get("resource_id") if self.filters else None
        found = [one for one in self.columns if wanted in (None, one.get("resourceId"))]
        start = int(query["from"]) if query.get("P") == "Q" else 0
        more = start + self.page < len(found)
        follow = f"{self.url}{self.lineitems}?from={start + self.page}&P=Q"
        return 200, found[start : start + self.page], {"Link": f'<{follow}>; rel="next"'} if more else {}

    def taken(self, score):
        """The status for a score: what section 3.4 of the specification demands of one, and nothing else, is taken."""
        at = datetime.fromisoformat(score["timestamp"])
        known = {"userId", "scoreGiven", "scoreMaximum", "activityProgress", "gradingProgress", "timestamp", "comment"}
        right = (
            known - {"comment"} <= score.keys() <= known
            and score["userId"] in self.users
            and score["scoreGiven"] >= 0 < score["scoreMaximum"]
            and score["activityProgress"] in ("Initialized", "Started", "InProgress", "Submitted", "Completed")
            and score["gradingProgress"] in ("FullyGraded", "Pending", "PendingManual", "Failed", "NotReady")
            and at.tzinfo is not None
        )
        if not right:
            return 400
        if any(one["userId"] == score["userId"] and one["timestamp"] >= score["timestamp"] for one in self.scores):
            return 409
        self.scores.append(score)
        return 204


def form(to, **fields):
    hidden = "".join(f'<input type="hidden" name="{n}" value="{html.escape(v)}">' for n, v in fields.items())
    return FORM.format(to=html.escape(to), fields=hidden)


@contextmanager
def platform(host="127.0.0.1"):
    """A platform that listens on 127.0.0.1, called by a name of that address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.platform = Platform(f"http://{host}:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.platform
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Handler(BaseHTTPRequestHandler):
    """The platform's addresses."""

    def do_GET(self):
        at, platform = urlsplit(self.path), self.server.platform
        query = {name: values[0] for name, values in parse_qs(at.query).items()}
        if at.path == "/course":
            self.answer(platform.login(query["as"]))
        elif at.path == "/auth":
            self.answer(platform.authorize(query))
        elif at.path == "/jwks":
            self.answer(json.dumps(platform.jwks()), kind="application/json")
        elif at.path.startswith(platform.lineitems):
            self.grades()
        else:
            self.answer("", 404)

    def do_POST(self):
        at, platform = urlsplit(self.path), self.server.platform
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if at.path == "/token":
            status, told = platform.token({name: values[0] for name, values in parse_qs(body).items()})
            self.answer(json.dumps(told), status, "application/json")
        else:
            self.grades(json.loads(body))

    def grades(self, body=None):
        at = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(at.query).items()}
        status, told, more = self.server.platform.grades(self.command, at.path, query, self.headers, body)
        if status is None:  # the platform goes away
            self.close_connection = True
            return
        self.answer("" if status == 204 else json.dumps(told), status, "application/json", more)

    def answer(self, text, status=200, kind="text/html", more=()):
        data = text.encode()
        self.send_response(status)
        for name, value in dict(more).items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass
