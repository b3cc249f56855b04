"""Each exercise as a full notebook in JupyterLite, which the site itself serves.

JupyterLite is built by its own command, and only when it or a notebook has changed; the finished site gets a copy. It
runs on the Python in `_static/pyodide/` that the exercise pages use (`publishing.assets.pyodide`), or, if
`pyodide_source` in `_config.yml` is `cdn`, on that of Pyodide's CDN. It holds only what `course.notebooks.bundle` gives
a learner.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import nbformat

from course.errors import VendorError
from course.notebooks import bundle, write
from publishing.assets import npm, pyodide

FOLDER = "lite"
KEPT = 3  # builds that stay in the cache, of 22 MB each
APPS = ("notebooks", "tree")  # JupyterLab itself would double the size, and one notebook doesn't need it
KERNEL = "@jupyterlite/pyodide-kernel-extension"
PACKAGES = ("ipython", "jedi", "micropip", "sqlite3", "ssl")  # packages of Pyodide that this kernel loads besides NumPy
# The kernel needs it, and Pyodide doesn't have it; pip checks the hash.
COMM = "comm==0.2.3 --hash=sha256:c615d91d75f7f04f095b30d1c1711babd43bdc6419c1be9886a85f2f4e489417"


def address(slug: str) -> str:
    """The address of a chapter's notebook, relative to the site's root."""
    return f"{FOLDER}/notebooks/index.html?path={slug}/exercise.ipynb"


def ensure_cached(cache: Path, chapters: Iterable[str], source: str) -> Path:
    """The folder below `cache` that is the site's `lite/`, built where it isn't there yet.

    Parameters
    ----------
    cache : Path
        A folder that git ignores; what is built is kept there by its content.
    chapters : iterable of str
        The slugs of the notebooks.
    source : str
        Where the kernel gets Python: `site` for the site's own copy, `cdn` for Pyodide's CDN.

    Raises
    ------
    VendorError
        If JupyterLite is missing, or if JupyterLite or pip fails; the message is one line. Nothing half-made is left.
    """
    files = {slug: staged(bundle(slug)) for slug in chapters}
    try:
        versions = [version(name) for name in ("jupyterlite-core", "jupyterlite-pyodide-kernel")]
    except PackageNotFoundError as error:
        raise VendorError(f"{error.name} is not installed; `pip install -r requirements.txt` brings it") from None
    made_of = repr((files, versions, COMM, APPS, _settings(source), BUILD))
    ready = cache / f"lite-{hashlib.sha256(made_of.encode()).hexdigest()[:12]}"
    if ready.is_dir():
        return ready
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        folder = Path(scratch)
        for slug, parts in files.items():
            write(parts, folder / "contents" / slug)
        (folder / "jupyter-lite.json").write_text(json.dumps(_settings(source)))
        (folder / "overrides.json").write_text(json.dumps(OVERRIDES))
        (folder / "jupyter_lite_config.json").write_text(json.dumps({"LiteBuildConfig": BUILD}))
        (folder / "comm.txt").write_text(COMM)
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "-q", "--no-deps"]
        _run([*pip, "--only-binary=:all:", "--dest", "pypi", "-r", "comm.txt"], folder)
        _run([sys.executable, "-m", "jupyter", "lite", "build", "--lite-dir", "."], folder)
        npm.rename_into_place(folder / "out", ready)
    npm.keep_newest(cache, "lite-*", KEPT)
    return ready


def staged(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """A learner's folder with the notebook's kernel named as JupyterLite names it, or it would ask for one."""
    notebook = nbformat.reads(files["exercise.ipynb"].decode(), as_version=4)
    notebook.metadata.kernelspec = {"display_name": "Python (Pyodide)", "language": "python", "name": "python"}
    return {**files, "exercise.ipynb": nbformat.writes(notebook).encode()}


def put(built: Path, site: Path) -> None:
    """Give the finished site its copy, in the place of an earlier one."""
    shutil.rmtree(site / FOLDER, ignore_errors=True)
    shutil.copytree(built, site / FOLDER)


BUILD = {
    "apps": APPS,
    "contents": ["contents"],
    "output_dir": "out",
    # Of all that is installed for Jupyter here only the kernel belongs there; with the rest the page stays blank.
    "ignore_sys_prefix": ["federated_extensions"],
    "federated_extensions": [str(Path(sys.prefix, "share", "jupyter", "labextensions", KERNEL))],
    "no_sourcemaps": True,
    "no_unused_shared_packages": True,
}
OVERRIDES = {"@jupyterlab/apputils-extension:themes": {"adaptive-theme": True}}  # dark where the reader's system is


def _settings(source: str) -> dict:
    python = "./../_static/pyodide/" if source == "site" else pyodide.CDN
    kernel = {"pyodideUrl": f"{python}pyodide.js", "disablePyPIFallback": True}
    return {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": "Batch Normalization",
            "litePluginSettings": {f"{KERNEL}:kernel": kernel},
        },
    }


def _run(command: list[str], folder: Path) -> None:
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if run.returncode:
        reason = (run.stderr.strip() or run.stdout.strip() or "no message").splitlines()[-1]
        raise VendorError(f"`{' '.join(command[1:5])}` failed, which makes the notebooks of the site ({reason})")
