"""The process that turns learners' texts into HTML: `python -m grading.gradebook.renderer_process DESCRIPTOR`.

It serves one request after the other on a socket. Each may take some seconds of CPU time, after which the kernel ends
the process, and all of them share a limit of memory. `renderer.py` starts it, and starts another one in its place.
"""

import json
import math
import resource
import signal
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

from grading.gradebook.markup import RENDERERS
from grading.gradebook.renderer import MEMORY, PIECE_SECONDS


def main(descriptor: int) -> None:
    """Serve requests until the other side closes the socket."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program that has started this
    _limit_memory()
    with Connection(descriptor) as link:
        link.send_bytes(b"ready")
        while True:
            try:
                request = json.loads(link.recv_bytes())
            except (EOFError, OSError):
                return
            link.send_bytes(json.dumps(_reply(request)).encode())


def _limit_memory() -> None:
    """Let this process have so much address space more than it has now."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _reply(request: dict) -> dict:
    start = time.process_time()
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    # The kernel counts whole seconds. The signal ends the process, because nothing here catches it.
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(start + PIECE_SECONDS), most))
    try:
        made = {"html": RENDERERS[request["kind"]](**request["arguments"])}
    except Exception as error:  # of any library, on any text: the text is then shown as it was written
        made = {"failed": type(error).__name__}
    return {**made, "seconds": time.process_time() - start}


if __name__ == "__main__":
    main(int(sys.argv[1]))
