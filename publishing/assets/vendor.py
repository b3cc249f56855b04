"""The libraries that run in the reader's browser, from npm into a folder that git ignores.

MathJax sets the formulas; Vega, Vega-Lite and Vega-Embed draw the figures that move. The site serves its own
copy of each, so that reading a page asks no other host for anything. Each package is pinned by version and by
the SHA-512 that npm publishes for it.
"""

import base64
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import NamedTuple

from course.errors import VendorError


class Package(NamedTuple):
    """One npm package and the parts of it that the site serves."""

    name: str
    version: str
    sha512: str
    files: dict[str, str]  # path in the package, or a folder ending in "/" -> path under the target

    @property
    def spec(self) -> str:
        return f"{self.name}@{self.version}"


PACKAGES = (
    Package(
        "mathjax",
        "3.2.2",
        "Bt+SSVU8eBG27zChVewOicYs7Xsdt40qm4+UpHyX7k0/O9NliPc+x77k1/FEsPsjKPZGJvtRZM1vO+geW0OhGw==",
        {
            "LICENSE": "mathjax/LICENSE",
            "es5/tex-mml-chtml.js": "mathjax/tex-mml-chtml.js",
            "es5/output/chtml/fonts/": "mathjax/output/chtml/fonts/",
            "es5/input/tex/extensions/": "mathjax/input/tex/extensions/",
            # What its menu loads for people who listen to formulas or walk through them.
            "es5/a11y/": "mathjax/a11y/",
            "es5/sre/mathmaps/base.json": "mathjax/sre/mathmaps/base.json",
            "es5/sre/mathmaps/en.json": "mathjax/sre/mathmaps/en.json",
        },
    ),
    Package(
        "vega",
        "6.4.0",
        "rHXCq2LpEWCLMjXBEj7hocY9G0/i5TGYRayGGSj06VTF4+l2IG2Z7oeZKCjWbUh/7hTE/mVhbaOPB72wCElh6g==",
        {"LICENSE": "vega/LICENSE-vega", "build/vega.min.js": "vega/vega.min.js"},
    ),
    Package(
        "vega-lite",
        "6.4.1",
        "KO3ybHNouRK4A0al/+2fN9UqgTEfxrd/ntGLY933Hg5UOYotDVQdshR3zn7OfXwQ7uj0W96Vfa5R+QxO8am3IQ==",
        {"LICENSE": "vega/LICENSE-vega-lite", "build/vega-lite.min.js": "vega/vega-lite.min.js"},
    ),
    Package(
        "vega-embed",
        "7.3.0",
        "wQ8s5GaSzqoKgmRfbRolgBrjE2CP7ZKHXqH7NijxMqPjpdWxSs4Dn8tvp9g0giQvh2cK+3p56sxjWWM0wNngGw==",
        {"LICENSE": "vega/LICENSE-vega-embed", "build/vega-embed.min.js": "vega/vega-embed.min.js"},
    ),
)

#: For the project's own tests; the site does not serve it.
AXE = Package(
    "axe-core",
    "4.14.1",
    "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
    {"LICENSE": "axe/LICENSE", "axe.min.js": "axe/axe.min.js"},
)


def ensure_cached(cache: Path, packages: tuple[Package, ...] = PACKAGES) -> Path:
    """The folder below `cache` that holds the packages' files, filled by npm the first time.

    Parameters
    ----------
    cache : Path
        A folder that git ignores. Its child is named for the packages' contents, so another version is
        another folder and an interrupted download leaves nothing that looks complete.
    packages : tuple of Package
        What to bring.

    Returns
    -------
    Path
        A folder for Sphinx's `html_static_path`.

    Raises
    ------
    VendorError
        If npm is missing or fails, or if a package is not the one that was pinned.
    """
    key = hashlib.sha256(repr(packages).encode()).hexdigest()[:12]
    ready = cache / key
    if ready.is_dir():
        return ready
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        filled = Path(scratch) / "filled"
        for package in packages:
            _unpack(_pack(package, Path(scratch)), package, filled)
        rename_into_place(filled, ready)
    return ready


def npm() -> str:
    """The program npm: the system's, or the one that Node.js from PyPI puts beside this Python."""
    found = shutil.which("npm") or shutil.which("npm", path=str(Path(sys.executable).parent))
    if found is None:
        raise VendorError(
            "npm was not found; it is needed once, to fetch what the site runs in the browser: "
            "install Node.js with npm (Debian: apt-get install npm) and build again"
        )
    return found


def rename_into_place(filled: Path, ready: Path) -> None:
    """Give a folder that is complete its name; where another build was faster, that one's stands."""
    try:
        filled.rename(ready)
    except OSError:
        if not ready.is_dir():
            raise


def _pack(package: Package, folder: Path) -> Path:
    """Let npm download the archive of a package, and check that it is the pinned one."""
    command = [npm(), "pack", "--loglevel=error", package.spec]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    archive = folder / f"{package.name}-{package.version}.tgz"
    if run.returncode or not archive.is_file():
        reason = (run.stderr.strip().splitlines() or ["no message"])[0]
        raise VendorError(f"`npm pack {package.spec}` failed ({reason}); is the npm registry reachable?")
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != package.sha512:
        raise VendorError(f"{package.spec} has SHA-512 {found}, but {package.sha512} is pinned in {__name__}")
    return archive


def _unpack(archive: Path, package: Package, target: Path) -> None:
    """Copy the wanted files of a package from its archive."""
    missing = set(package.files)
    with tarfile.open(archive) as tar:
        for member in tar:
            path = member.name.removeprefix("package/")
            for wanted, place in package.files.items():
                if not member.isfile() or not (path == wanted or (wanted[-1] == "/" and path.startswith(wanted))):
                    continue
                to = target / (place + path[len(wanted) :])
                to.parent.mkdir(parents=True, exist_ok=True)
                if source := tar.extractfile(member):
                    to.write_bytes(source.read())
                    missing.discard(wanted)
    if missing:
        raise VendorError(f"{package.spec} has no {sorted(missing)[0]}")
