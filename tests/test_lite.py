"""The second door: an exercise opened from its page as a full notebook, in a real browser, with the site's Python.

The site is served from a folder below the server's root, by a server that sets no special header.
"""

import json

import nbformat
import pytest
from typing_keys import type_code

from course.chapter import slugs
from course.notebooks import bundle
from publishing.assets import lite, pyodide, vendor

LOAD = 240_000  # ms; a busy machine starts JupyterLite slowly


def test_the_kernel_of_a_staged_notebook_is_the_one_that_jupyterlite_has():
    given = bundle("transform")
    files = lite.staged(given)
    notebook = nbformat.reads(files.pop("exercise.ipynb").decode(), as_version=4)
    released = nbformat.reads(given.pop("exercise.ipynb").decode(), as_version=4)
    assert notebook.metadata.kernelspec.name == "python"
    assert notebook.cells == released.cells
    assert files == given


def test_a_build_that_fails_is_told_in_one_line_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setitem(lite.BUILD, "federated_extensions", [str(tmp_path / "absent")])
    monkeypatch.setattr(lite, "COMM", "comm==0.2.3 --hash=sha256:" + "0" * 64)
    with pytest.raises(vendor.VendorError, match=r"pip .*failed") as raised:
        lite.ensure_cached(tmp_path / "cache", ["transform"], "site")
    assert "\n" not in str(raised.value)
    assert not list((tmp_path / "cache").iterdir())


@pytest.mark.slow
@pytest.mark.xdist_group("lite")
def test_nothing_but_the_released_notebooks_lies_there(site):
    folder = site / lite.FOLDER / "files"
    there = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert there == {f"{slug}/{name}": part for slug in slugs() for name, part in lite.staged(bundle(slug)).items()}


@pytest.mark.slow
@pytest.mark.xdist_group("lite")
def test_python_is_the_one_copy_of_the_site_or_the_cdns(site):
    assert [path.parent for path in site.rglob("pyodide.asm.wasm")] == [site / "_static" / "pyodide"]
    assert not list((site / lite.FOLDER).rglob("*.map"))
    for source, start in (("site", "./../_static/pyodide/"), ("cdn", pyodide.CDN)):
        data = lite._settings(source)["jupyter-config-data"]
        kernel = data["litePluginSettings"]["@jupyterlite/pyodide-kernel-extension:kernel"]
        assert kernel == {"pyodideUrl": f"{start}pyodide.js", "disablePyPIFallback": True}
    built = json.loads((site / lite.FOLDER / "jupyter-lite.json").read_text())["jupyter-config-data"]
    assert built["litePluginSettings"]["@jupyterlite/pyodide-kernel-extension:kernel"]["disablePyPIFallback"] is True


@pytest.mark.slow
@pytest.mark.xdist_group("lite")
def test_the_door_opens_and_a_check_runs_with_nothing_from_elsewhere(browser, below):
    context = browser.new_context()
    foreign = []
    context.on("request", lambda r: foreign.append(r.url) if not r.url.startswith((below, "data:", "blob:")) else None)
    page = context.new_page()
    page.goto(f"{below}/book/introduction/exercise.html")
    page.get_by_role("link", name="full notebook").click()
    page.locator(".jp-Notebook .jp-CodeCell").first.locator(".cm-content").click(timeout=LOAD)
    page.keyboard.press("Shift+Enter")
    page.locator(".jp-CodeCell", has_text="import numpy").get_by_text("[1]:").wait_for(timeout=LOAD)
    assert page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    stub = page.locator(".jp-CodeCell", has_text="def batch_statistics")
    for _ in range(30):  # the notebook shows what is near the selected cell
        if stub.count():
            break
        page.keyboard.press("Shift+Enter")
        page.wait_for_timeout(500)
    stub.locator(".cm-content").click(timeout=LOAD)
    cell = page.locator(".jp-CodeCell.jp-mod-selected")  # found by its text no longer, once that is typed over
    type_code(
        cell.locator(".cm-content"),
        "def batch_statistics(x):\n    return x.mean(axis=0), x.var(axis=0, ddof=1)\n",
    )
    page.keyboard.press("Shift+Enter")
    check = page.locator(".jp-CodeCell", has_text='check("batch_statistics"')
    check.locator(".cm-content").click(timeout=LOAD)
    page.keyboard.press("Shift+Enter")
    table = check.locator(".jp-OutputArea table")
    table.wait_for(timeout=LOAD)
    assert "✗" in table.inner_text()
    assert "✓" in table.inner_text()
    assert "Looks like" in check.inner_text()  # JupyterLite has read the key with JavaScript and written it again
    # The browser asks for this by itself; the page's own service worker answers the other.
    root = below.removesuffix("/_build/html")
    assert set(foreign) <= {f"{root}/favicon.ico", f"{root}/api/service-worker-heartbeat"}
    context.close()
