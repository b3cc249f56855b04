"""The pages that instructors get: one file each, no script, no network, light and dark, for a phone too."""

import html

STYLE = """
:root { color-scheme: light dark; --text: #1c2330; --back: #ffffff; --line: #c9d0da; --bar: #2f6db3; --soft: #eef2f7 }
@media (prefers-color-scheme: dark) {
  :root { --text: #e4e8ee; --back: #14181f; --line: #3a4453; --bar: #6ea8e6; --soft: #1e2530 }
}
body { max-width: 52rem; margin: 0 auto; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif;
  color: var(--text); background: var(--back); overflow-wrap: anywhere }
h1 { line-height: 1.2 } h2 { margin-top: 2.2rem } a { color: var(--bar) }
svg { display: block; width: 100%; max-width: 34rem; height: auto }
svg text { fill: var(--text); font: 11px system-ui, sans-serif; text-anchor: middle }
svg rect { fill: var(--bar) } svg line { stroke: var(--line) }
ul.rows { list-style: none; padding: 0 } ul.rows > li { margin: 0 0 1rem; padding-bottom: .6rem;
  border-bottom: 1px solid var(--line) }
.track { background: var(--soft); border-radius: .2rem; height: .7rem; margin: .2rem 0 }
.bar { background: var(--bar); border-radius: .2rem; height: 100% }
.small { font-size: .9rem } code { font-size: .92em }
"""


def document(title: str, body: str, style: str = "") -> str:
    """A whole page.

    Parameters
    ----------
    title : str
        As text.
    body : str
        As HTML.
    style : str
        More rules, beside those that all pages have.
    """
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{text(title)}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{STYLE}{style}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def text(value: str) -> str:
    """A text that a page shows as it is."""
    return html.escape(value)
