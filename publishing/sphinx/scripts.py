"""Takes the theme's scripts out of pages in which they do nothing, and the comments out of the others."""

import re
from pathlib import Path

from publishing.assets import front_end, npm

#: No page loads these, see `book/_templates/layout.html`; style sheets would keep the rules that they name.
NEVER = ("bootstrap", "fontawesome")
SCRIPT = re.compile(r'[ \t]*<script\b[^>]*\bsrc="[^"]*_static/(?P<name>[^"?]+\.js)[^"]*"[^>]*></script>\n?')
DATA = "contents.js"  # JSON, which tests and others read as such
REPLACED = {"clipboard.min.js", "copybutton.js"}  # by reading/copy.js
#: By script, the markup that it works on. A page without it does without the script.
WORKS_ON = {"design-tabs.js": "data-sync-id="}


def finish(cache: Path, pages: dict[Path, str], static: Path) -> dict[Path, str]:
    """The pages without scripts that do nothing in them; the scripts below `static` that they load are shortened."""
    for name in NEVER:
        for path in (static / "scripts").glob(f"{name}.js*"):
            path.unlink()
    made = {path: _fewer(text) for path, text in pages.items()}
    loaded = {script["name"] for text in made.values() for script in SCRIPT.finditer(text)}
    paths = [static / name for name in sorted(loaded - {DATA}) if not name.startswith(f"{front_end.FOLDER}/")]
    paths = [path for path in paths if path.is_file()]
    if paths:
        shorter = npm.node("minify.js", [path.read_text(encoding="utf-8") for path in paths], cache)
        for path, text in zip(paths, shorter, strict=True):
            path.write_text(text, encoding="utf-8")
    return made


def _fewer(page: str) -> str:
    def kept(script: re.Match[str]) -> str:
        name = script["name"]
        return script[0] if name not in REPLACED and WORKS_ON.get(name, "") in page else ""

    return SCRIPT.sub(kept, page)
