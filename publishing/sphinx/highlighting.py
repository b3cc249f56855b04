"""Takes the marks out of highlighted code that change nothing: names and punctuation look like the code around them.

So does a dot, which is too small to show its colour.
"""

import re
from pathlib import Path

CODE = re.compile(r'<div class="highlight">.*?</pre>', re.DOTALL)
TOKEN = re.compile(r'<span class="(?P<kind>\w{1,3})">(?P<text>[^<]*)</span>')
BASE = re.compile(r"(?:^|\s)\.highlight\s*\{[^}]*?(?<![\w-])color:\s*(?P<color>[^;}\s]+)", re.MULTILINE)
RULE = re.compile(r"\.highlight \.(?P<kind>\w{1,3})\s*\{(?P<look>[^}]*)\}")


def finish(pages: dict[Path, str], style: str) -> dict[Path, str]:
    """The pages without those marks.

    Parameters
    ----------
    pages : dict of Path to str
        The HTML of each page.
    style : str
        What Pygments wrote for each theme, in which a rule is a line.
    """
    seen = visible(style)
    if not seen:
        return pages

    def plain(token: re.Match[str]) -> str:
        return token[0] if token["kind"] in seen and token["text"] != "." else token["text"]

    return {path: CODE.sub(lambda code: TOKEN.sub(plain, code[0]), text) for path, text in pages.items()}


def visible(style: str) -> set[str]:
    """The kinds of tokens that have another look than the code around them, in some theme."""
    kinds = set()
    for theme in ("light", "dark"):
        rules = "\n".join(re.findall(rf'^html\[data-theme="?{theme}"?\](.*)$', style, re.MULTILINE))
        base = BASE.search(rules)
        for rule in RULE.finditer(rules):
            look = re.sub(r"\s|;", "", rule["look"]).lower()
            if base is None or look != f"color:{base['color'].lower()}":
                kinds.add(rule["kind"])
    return kinds
