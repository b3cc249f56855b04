"""Logs learners of a learning platform into a JupyterHub, by LTI 1.3.

In jupyterhub_config.py: load_subconfig("/etc/jupyterhub/jupyterhub_lti.py"). It needs Python 3.11 and
`pip install jupyterhub-ltiauthenticator` in the hub's environment, and lti.toml beside it.
"""

import hashlib
import json
import os
import tomllib
from pathlib import Path

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
SETTINGS = tomllib.loads((Path(__file__).parent / "lti.toml").read_text(encoding="utf-8"))


def admit(authenticator, handler, authentication):
    """Refuse what the authenticator lets through and should not, and keep what grades need of everybody else."""
    token, refused = authentication["auth_state"], ""
    key = SETTINGS["username_key"]
    claims = token.get(CLAIM + "custom", {}) if key.startswith("custom_") else token
    name = str(claims.get(key.removeprefix("custom_")) or "")
    if token[CLAIM + "deployment_id"] != SETTINGS["deployment_id"]:
        refused = "it is of another deployment"
    elif not token.get("sub"):
        refused = "it says of nobody who it is"
    elif not name or name.startswith("$"):  # a variable that the platform does not know stays as it is, for everybody
        refused = f"the platform gives no {key}"  # the authenticator would take `sub` for a name
    if refused:
        authenticator.log.warning("An LTI launch was refused: %s", refused)
        return None

    context = token.get(CLAIM + "context") or {}
    kept = {"user": authentication["name"], "sub": token["sub"], "email": token.get("email", "")}
    kept |= {"context": context.get("id", ""), "title": context.get("title", ""), "endpoint": token.get(ENDPOINT, {})}
    digest = hashlib.sha256(json.dumps([kept["context"], kept["sub"]]).encode()).hexdigest()
    path = Path(SETTINGS["launches"], f"{digest}.json")
    path.with_suffix(".part").write_text(json.dumps(kept), encoding="utf-8")
    os.replace(path.with_suffix(".part"), path)
    return authentication


c = get_config()  # noqa: F821
c.JupyterHub.authenticator_class = "ltiauthenticator.lti13.auth.LTI13Authenticator"
c.LTI13Authenticator.issuer = SETTINGS["issuer"]
c.LTI13Authenticator.client_id = {SETTINGS["client_id"]}
c.LTI13Authenticator.authorize_url = SETTINGS["authorize_url"]
c.LTI13Authenticator.jwks_endpoint = SETTINGS["jwks_endpoint"]
c.LTI13Authenticator.username_key = SETTINGS["username_key"]
c.LTI13Authenticator.post_auth_hook = admit
