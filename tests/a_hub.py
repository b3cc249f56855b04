"""A JupyterHub as a school runs one: two real Unix users who log in with passwords, each with a server of their own.

Its parts are the hub's own defaults: PAM asks for the password, `LocalProcessSpawner` starts a server as the user, and
npm's `configurable-http-proxy` stands before them. All ports are bound to 127.0.0.1.
"""

import asyncio
import grp
import json
import os
import pwd
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from conftest import free_port, wait_until
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from course.chapter import ROOT
from publishing.assets import npm

BIN = Path(sys.executable).parent
SOURCES = Path(__file__).parent / "hub"
SECONDS = 300  # the longest that a step may take: a server starts, or a chapter is graded

CONFIGURATION = """\
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub_port}"
c.JupyterHub.db_url = "sqlite:///hub.sqlite"
c.JupyterHub.cookie_secret_file = "cookie-secret"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
c.ConfigurableHTTPProxy.command = {proxy!r}
c.Authenticator.allowed_users = {users!r}
c.Spawner.cmd = [{python!r}, "-m", "jupyterhub.singleuser"]
c.Spawner.ip = "127.0.0.1"
c.Spawner.default_url = "/lab"
c.Spawner.start_timeout = c.Spawner.http_timeout = {seconds}
c.Spawner.environment = {{"JUPYTER_CONFIG_PATH": {configuration!r}, "OPENBLAS_NUM_THREADS": "1"}}
c.JupyterHub.services = [{{"name": "test", "api_token": {token!r}}}]
c.JupyterHub.load_roles = [{{
    "name": "test", "services": ["test"],
    "scopes": ["admin:users", "admin:servers", "access:servers", "tokens"],
}}]
"""

# Where the interpreter, the clone or an environment lies in a folder that only root may enter (/root, say), an ordinary
# user could not start a server. So the hub runs in a namespace of mounts of its own, in which such a folder has nothing
# but what is needed, and everybody may enter it. Outside nobody sees it, and it ends with the hub.
OPENED = """\
set -e
stash=$1; blocked=$2; count=$3; shift 3
number=0
for needed in "$@"; do
    [ $number -lt $count ] || break
    mkdir -p "$stash/$number"; mount --bind "$needed" "$stash/$number"; number=$((number + 1))
done
mount -t tmpfs -o mode=755 tmpfs "$blocked"
number=0
while [ $number -lt $count ]; do
    mkdir -p "$1"; mount --bind "$stash/$number" "$1"; number=$((number + 1)); shift
done
exec "$@"
"""


class User:
    """A Unix user, with a home and a password."""

    def __init__(self, word, homes):
        self.name = f"{word}-{secrets.token_hex(3)}"
        self.password = secrets.token_hex(8)
        self.home = homes / self.name
        run(
            "useradd", "--home-dir", self.home, "--create-home", "--skel", "/dev/null",
            "--shell", "/bin/bash", self.name,
        )  # fmt: skip
        self.home.chmod(0o755)
        (self.home / ".bash_profile").write_text(f"export PATH={BIN}:$PATH\n")
        self.owns(self.home)
        run("chpasswd", given=f"{self.name}:{self.password}\n")

    def owns(self, folder):
        """Give a folder with all that is in it to this user."""
        run("chown", "--recursive", "--no-dereference", f"{self.name}:", folder)

    def remove(self):
        """End whatever the user still runs, and remove the user."""
        uid = pwd.getpwnam(self.name).pw_uid
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if process.stat().st_uid == uid:
                    os.kill(int(process.name), signal.SIGKILL)
            except OSError:
                pass
        run("userdel", "--force", self.name)
        assert self.name not in {one.pw_name for one in pwd.getpwall()} | {one.gr_name for one in grp.getgrall()}


class Hub:
    """The hub, its proxy, a learner and a teacher.

    Attributes
    ----------
    url : str
        Where a browser finds the hub.
    learner, teacher : User
    exchange : Path
        nbgrader's folder that both can write to.
    points : str
        The learner's points as the teacher's terminal showed them.
    """

    def __init__(self, course, more=""):
        """Start the hub; `more` is added to its configuration."""
        self.folder = Path(tempfile.mkdtemp(prefix="hub-"))
        self.folder.chmod(0o755)
        self.exchange, self.token = self.folder / "exchange", secrets.token_hex(16)
        self.exchange.mkdir()
        self.exchange.chmod(0o777)
        self.users, self.process, self.points, self.more = [], None, "", more
        try:
            (self.folder / "home").mkdir()
            self.learner, self.teacher = self._user("ada"), self._user("teacher")
            self._for_everybody(course)
            self._start()
        except BaseException:
            self.close()
            raise

    def _user(self, word):
        self.users.append(User(word, self.folder / "home"))
        return self.users[-1]

    def _for_everybody(self, course):
        """The file that all users of the machine read; the guide has it in /etc/jupyter."""
        folder = self.folder / "etc"
        folder.mkdir()
        (folder / "nbgrader_config.py").write_text(
            f"c = get_config()\nc.Exchange.root = {str(self.exchange)!r}\nc.CourseDirectory.course_id = {course!r}\n"
        )

    def _start(self):
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        tree = npm.ensure_installed(ROOT / "_build" / "vendor" / "hub", SOURCES).resolve()
        script = tree / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy"
        own = self.folder / "hub"
        own.mkdir(mode=0o700)
        (own / "jupyterhub_config.py").write_text(
            CONFIGURATION.format(
                port=port, hub_port=free_port(), proxy_port=free_port(), proxy=[npm.program("node"), str(script)],
                users={user.name for user in self.users}, python=sys.executable, token=self.token, seconds=SECONDS,
                configuration=str(self.folder / "etc"),
            )
            + self.more
        )  # fmt: skip
        command = [sys.executable, "-m", "jupyterhub", "--config", "jupyterhub_config.py"]
        self.log = (own / "log").open("w")
        self.process = subprocess.Popen(
            [*self._within_reach(), *command],
            cwd=own,
            env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"},
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        wait_until(self._answers, SECONDS)

    def _within_reach(self):
        """The words before a command that let all users reach this Python."""
        needed = [Path(sys.base_prefix).resolve(), ROOT, Path(sys.prefix)]
        above = {at for path in needed for at in path.parents if not at.stat().st_mode & 0o001}
        if not above:
            return []
        (blocked,) = {at for at in above if not above.intersection(at.parents)}  # more than one would take more words
        below = [str(path) for path in needed if path.is_relative_to(blocked)]
        stash = self.folder / "stash"
        stash.mkdir()
        opened = ["sh", "-c", OPENED, "sh", str(stash), str(blocked), str(len(below)), *below]
        return ["unshare", "--mount", "--propagation", "private", *opened]

    def _answers(self):
        assert self.process.poll() is None, self.said()
        try:
            return self.api("GET", "/") is not None  # its version
        except OSError:
            time.sleep(0.2)
            return False

    def said(self):
        """What the hub has written to its log."""
        return (self.folder / "hub" / "log").read_text()[-6000:]

    # ---- the hub's REST API, and that of a user's server

    def api(self, method, path, given=None, server=None, below="/api"):
        """What the hub's API answers; with a user, what that user's server answers."""
        base = f"{self.url}/user/{server.name}{below}" if server else f"{self.url}/hub/api"
        data = None if given is None else json.dumps(given).encode()
        headers = {"Authorization": f"token {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(base + path, data=data, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=SECONDS) as reply:
            return json.loads(reply.read() or b"{}")

    def start(self, user):
        """Start a user's server; the process that runs it belongs to that user."""
        self.api("POST", f"/users/{user.name}/server", {})
        wait_until(lambda: self._is_ready(user), SECONDS)

    def _is_ready(self, user):
        time.sleep(0.2)
        servers = self.api("GET", f"/users/{user.name}")["servers"]
        assert servers, self.said()  # it is listed as long as it starts or runs
        return servers[""]["ready"]

    def type(self, user, *commands):
        """Type commands into a terminal of a user's server, as in JupyterLab, and return what the terminal shows."""
        name = self.api("POST", "/terminals", {}, server=user)["name"]
        try:
            with ThreadPoolExecutor(1) as thread:  # the browser tests have an event loop running in this one
                return thread.submit(asyncio.run, self._typed(user, name, commands)).result()
        finally:
            self.api("DELETE", f"/terminals/{name}", server=user)

    async def _typed(self, user, name, commands):
        address = f"{self.url.replace('http', 'ws')}/user/{user.name}/terminals/websocket/{name}"
        request = HTTPRequest(address, headers={"Authorization": f"token {self.token}"})
        socket, shown = await websocket_connect(request), ""
        end = secrets.token_hex(6)
        # The end is written so that the echo of the command is not taken for it.
        line = f"{' && '.join(commands)}; echo {end}':'$?\n"
        await socket.write_message(json.dumps(["stdin", line]))
        while f"{end}:" not in shown:
            message = await socket.read_message()
            assert message is not None, shown
            kind, *said = json.loads(message)
            shown += said[0] if kind == "stdout" else ""
        socket.close()
        while await socket.read_message() is not None:  # until the other side has closed it too
            pass
        shown, _, status = shown.partition(f"{end}:")
        assert status.lstrip().startswith("0"), f"{shlex.join(commands)}\n{shown}"
        return shown

    def close(self):
        """End the servers, the hub and the proxy; remove the users and all files."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
            self.log.close()
        for user in self.users:
            user.remove()
        shutil.rmtree(self.folder, ignore_errors=True)


def run(*command, given=None):
    done = subprocess.run(list(map(str, command)), input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout
