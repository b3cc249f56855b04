"""Run lessons on all processors before Sphinx reads them; myst-nb would run one after the other.

The outputs go into the execution cache, where myst-nb finds them when it reads the page. A page whose run fails is left
to myst-nb, which runs it again and reports the error.
"""

import os
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import nbformat
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.executors.utils import single_nb_execution
from myst_nb.core.read import create_nb_reader
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from traitlets.config import Config

logger = logging.getLogger(__name__)


def run_ahead(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Run those of these pages that have code and whose outputs are not in the cache."""
    settings = env.mystnb_config  # type: ignore[attr-defined]
    if settings.execution_mode != "cache":
        return
    cache = get_cache(settings.execution_cache_path or ".jupyter_cache")
    waiting: dict[Path, NotebookNode] = {}
    for name in docnames:
        path = Path(env.doc2path(name))
        if any(PurePosixPath(path.as_posix()).match(pattern) for pattern in settings.execution_excludepatterns):
            continue
        text = path.read_text(encoding="utf-8")
        reader = create_nb_reader(str(path), env.myst_config, settings, text)  # type: ignore[attr-defined]
        notebook = reader.read(text) if reader is not None else nbformat.v4.new_notebook()
        if not any(cell.cell_type == "code" for cell in notebook.cells):
            continue
        with suppress(KeyError):  # a cache miss
            cache.match_cache_notebook(notebook)
            continue
        waiting[path] = notebook
    if len(waiting) < 2:
        return
    logger.info("running %d lessons, %d at a time", len(waiting), os.cpu_count() or 1)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        # The longest text first, so that no processor waits for the last one.
        order = sorted(waiting, key=lambda path: -path.stat().st_size)
        runs = {pool.submit(run, waiting[path], path.parent, settings.execution_timeout): path for path in order}
        for done in as_completed(runs):
            if (found := done.result()) is not None:
                notebook, seconds = found
                bundle = CacheBundleIn(notebook, str(runs[done]), data={"execution_seconds": seconds})
                cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


def run(notebook: NotebookNode, folder: Path, timeout: int) -> tuple[NotebookNode, float] | None:
    """A notebook with its outputs, and how long it took; None where a cell or the kernel fails."""
    # Sockets in a private folder: over TCP, anybody on this machine could read along, and the kernel warns of that.
    with TemporaryDirectory(prefix="kernel-") as private:
        sockets = Config({"KernelManager": {"transport": "ipc", "ip": f"{private}/socket"}})
        try:
            result = single_nb_execution(notebook, str(folder), timeout, allow_errors=False, config=sockets)
        except RuntimeError:  # its kernel did not start, or died
            return None
    return None if result.err is not None else (result.nb, result.time)
