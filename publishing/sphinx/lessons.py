"""Run lessons on all processors before Sphinx reads them; myst-nb would run one after the other.

The outputs go into the execution cache, where myst-nb finds them when it reads the page. A page whose run fails is left
to myst-nb, which runs it again and reports the error.

The numbers are those of one kind of processor. A sum is rounded otherwise where eight numbers are added at once than
where it is four, and a training carries such a difference on: after 120 steps on batches of two, an accuracy of 67 % on
one machine was 65 % on another. Text and tables would then disagree.
"""

import os
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import nbformat
import numpy as np
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


def round_alike() -> None:
    """Let NumPy compute in all kernels of this build as on a processor with AVX2, the least of today's servers and PCs.

    Where the processor is of another family, or the variables are set, nothing changes.
    """
    found = np.show_config(mode="dicts")["SIMD Extensions"]["found"]
    if "X86_V3" in found or "AVX2" in found:  # the names of NumPy 2.4 and of those before
        wider = [name for name in found if name == "X86_V4" or name.startswith("AVX512")]
        os.environ.setdefault("NPY_DISABLE_CPU_FEATURES", " ".join(wider))
        os.environ.setdefault("OPENBLAS_CORETYPE", "Haswell")


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
    if not waiting:
        return
    logger.info("running lessons: %d, %d at a time", len(waiting), os.cpu_count() or 1)
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
