"""What the site runs in the browser: its npm tree, the build, the linters, and the modules that need no browser."""

import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import ROOT

from course.errors import VendorError
from publishing.assets import front_end, lite, npm, pyodide, vendor
from publishing.sphinx.extension import remove_earlier_files

CACHE = ROOT / "_build" / "vendor"


def test_modules_that_need_no_browser():
    """`publishing/browser/tests/`, by Node's own test runner."""
    command = [npm.program("node"), "--test"]
    run = subprocess.run(command, cwd=npm.BROWSER, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr
    assert int(re.search(r"^\S+ pass (\d+)$", run.stdout, re.MULTILINE)[1]) > 40


# ---------------------------------------------------------------- what comes from npm


def test_a_machine_without_npm_is_told_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(npm.shutil, "which", lambda name, path=None: None)
    with pytest.raises(VendorError, match="npm was not found") as raised:
        vendor.ensure_cached(tmp_path)
    assert "\n" not in str(raised.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_package_that_is_not_the_locked_one_is_refused(tmp_path):
    sources = tmp_path / "browser"
    sources.mkdir()
    locked = json.loads((npm.BROWSER / "package-lock.json").read_text())["packages"]["node_modules/crelt"]
    asked = {"name": "t", "dependencies": {"crelt": locked["version"]}}
    (sources / "package.json").write_text(json.dumps(asked))
    packages = {"": asked, "node_modules/crelt": {**locked, "integrity": "sha512-" + 86 * "A" + "=="}}
    (sources / "package-lock.json").write_text(json.dumps({"name": "t", "lockfileVersion": 3, "packages": packages}))
    with pytest.raises(VendorError, match=r"`npm ci` of browser/ failed: .*EINTEGRITY") as raised:
        npm.ensure_installed(tmp_path / "cache", sources)
    assert "\n" not in str(raised.value)
    assert not list((tmp_path / "cache").iterdir())


def test_every_package_is_locked_with_its_hash():
    packages = json.loads((npm.BROWSER / "package-lock.json").read_text())["packages"]
    assert len(packages) > 100
    for name in filter(None, packages):
        assert packages[name]["integrity"].startswith("sha512-"), name


def test_what_is_there_is_not_installed_again(tmp_path, monkeypatch):
    monkeypatch.setattr(npm, "_npm", lambda *_: pytest.fail("asked npm"))
    (tmp_path / f"npm-{npm.locked()}" / "node_modules" / "axe-core").mkdir(parents=True)
    package = tmp_path / f"npm-{npm.locked()}" / "node_modules" / "axe-core"
    for name in vendor.AXE.files:
        (package / name).write_text(name)
    there = vendor.ensure_cached(tmp_path, (vendor.AXE,))
    assert (there / "axe" / "axe.min.js").read_text() == "axe.min.js"
    (package / "axe.min.js").unlink()
    assert vendor.ensure_cached(tmp_path, (vendor.AXE,)) == there
    with pytest.raises(VendorError, match=r"axe-core has no axe\.js"):
        vendor.ensure_cached(tmp_path, (vendor.Package("axe-core", {"axe.js": "axe.js"}),))


def test_pyodide_is_the_one_of_the_npm_tree():
    core = vendor.ensure_cached(CACHE, (pyodide.CORE,))
    assert json.loads((core / pyodide.LOCK).read_text())["info"]["version"] == pyodide.VERSION


# ---------------------------------------------------------------- the build


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """A copy of the sources to change, and a cache of its own with the packages that are installed here."""
    installed = npm.ensure_installed(CACHE)
    monkeypatch.setattr(npm, "ensure_installed", lambda *_: installed)
    made = shutil.copytree(npm.BROWSER, tmp_path / "browser")
    (tmp_path / "cache").mkdir()
    scratch = []  # the folders of this test: another worker may be building in the same npm tree

    class Recorded(tempfile.TemporaryDirectory):
        def __init__(self, *args, **options):
            super().__init__(*args, **options)
            scratch.append(Path(self.name))

    monkeypatch.setattr(npm.tempfile, "TemporaryDirectory", Recorded)
    yield made
    assert scratch
    left = [folder for folder in scratch if folder.exists()]
    assert not left, "what was needed for the work is left there"
    assert not list((tmp_path / "cache").glob("tmp*"))


def build(sources):
    made = front_end.ensure_cached(sources.parent / "cache", sources)
    return json.loads((made / front_end.MANIFEST).read_text()), made


@pytest.mark.slow
def test_names_follow_the_content_alone(sources):
    here = front_end.manifest(CACHE)
    assert list(here) == sorted(entry.rpartition("/")[2] for entry in front_end.entries())
    before, made = build(sources)
    assert before == here  # another folder, another day: the same names
    files = {path.name for path in (made / front_end.FOLDER).iterdir()} - {"manifest.json", "LICENSES.txt"}
    assert {f"{front_end.FOLDER}/{name}" for name in files} == set(before.values())
    counts = sources / "shared" / "counts.js"
    counts.write_text(counts.read_text().replace("> 0", "> 1"))
    after, _ = build(sources)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"progress.js"}  # the only one in which a page that asks nothing plays a part


@pytest.mark.slow
def test_what_is_built_is_not_built_again_and_tests_do_not_count(sources, monkeypatch):
    _, made = build(sources)
    monkeypatch.setattr(npm, "run", lambda *_: pytest.fail("built again"))
    (sources / "tests" / "store.test.js").write_text("")
    assert build(sources)[1] == made


@pytest.mark.slow
def test_a_mistake_in_a_script_stops_the_build_and_is_named(sources):
    (sources / "shared" / "store.js").write_text("export const keys = ;")
    with pytest.raises(VendorError, match=r'`npm run build` of browser/ failed: .*Unexpected ";"') as raised:
        build(sources)
    assert "\n" not in str(raised.value)
    assert not list((sources.parent / "cache").iterdir())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mistake", "found"),
    [
        ("\nstore.reed('name');\n", r"Property 'reed' does not exist on type 'Store'"),
        ("\nvar unwanted = store;\nexport { unwanted };\n", r"no-var"),
    ],
)
def test_a_mistake_of_type_or_style_is_found(sources, mistake, found):
    with (sources / "shared" / "this_browser.js").open("a") as file:
        file.write(mistake)
    with pytest.raises(VendorError, match="`npm run lint` of browser/ failed") as raised:
        front_end.lint(sources.parent / "cache", sources)
    assert re.search(rf"\nshared/this_browser\.js.*{found}", str(raised.value), re.DOTALL)


@pytest.mark.slow
def test_the_licenses_of_what_is_in_the_scripts_are_beside_them():
    licenses = (front_end.ensure_cached(CACHE) / front_end.FOLDER / "LICENSES.txt").read_text()
    used = json.loads((npm.BROWSER / "package.json").read_text())["dependencies"]
    bundled = [name for name in used if name.startswith(("@codemirror/", "@lezer/"))]
    assert len(bundled) > 5
    for name in (*bundled, "style-mod"):
        assert f"{name}\n\n" in licenses
    assert "esbuild" not in licenses


@pytest.mark.slow
def test_scripts_and_packages_of_an_earlier_build_leave_the_site(tmp_path):
    site = tmp_path / "_static"
    shutil.copytree(front_end.ensure_cached(CACHE), site)
    shutil.copytree(pyodide.ensure_cached(CACHE, pyodide.PACKAGES + lite.PACKAGES), site / "pyodide")
    here = set(site.rglob("*"))
    (site / front_end.FOLDER / "course-OLDONE.js").touch()
    (site / "pyodide" / "numpy-0.0-old.whl").touch()
    config = SimpleNamespace(pyodide_source="site")
    app = SimpleNamespace(confdir=ROOT, outdir=tmp_path, builder=SimpleNamespace(format="html"), config=config)
    remove_earlier_files(app, None)
    assert set(site.rglob("*")) == here


def test_scripts_and_styles_have_one_home():
    """All but those of the grader's page for written answers: instructors have it without npm and without the site."""
    graders = ROOT / "grading" / "commands" / "templates"
    for folder in ("book", "course", "grading", "publishing"):
        for kind in ("*.js", "*.mjs", "*.css"):
            found = [path for path in (ROOT / folder).rglob(kind) if path.parent != graders]
            assert all(npm.BROWSER in path.parents for path in found), (folder, kind)
