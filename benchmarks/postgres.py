"""A PostgreSQL server of one's own, for a test or a benchmark."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def free_port() -> int:
    """A TCP port of this machine that nobody uses now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def binaries() -> Path | None:
    """The folder with the newest installed server's programs, or None."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: float(p.parent.name))
    return versions[-1] if versions else None


@contextmanager
def server(settings: str = "-F") -> Iterator[str]:
    """Start a private server, run by an ordinary user; yield its database's URL. Server and files end with the block.

    Parameters
    ----------
    settings : str
        More of `postgres`'s options. Unless told it does not wait for the disk, which a test has no need of.

    Raises
    ------
    RuntimeError
        PostgreSQL is not installed, or does not start.
    """
    programs = binaries()
    if programs is None:
        raise RuntimeError("PostgreSQL is not installed: publishing/system.sh does it")
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    user: dict[str, Any] = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    if user:
        shutil.chown(folder, "postgres", "postgres")

    def run(name: str, *arguments: str | Path) -> None:
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                [programs / name, "-D", folder / "data", *arguments],
                cwd=folder, stdout=output, stderr=subprocess.STDOUT, check=False, **user,
            )  # fmt: skip
            output.seek(0)
            if done.returncode:
                raise RuntimeError(output.read().decode())

    try:
        port = free_port()
        run("initdb", "--username=course", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C")
        listening = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' {settings}"
        run("pg_ctl", "-w", "-l", folder / "log", "-o", listening, "start")
        try:
            yield f"postgresql://course@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
