"""The few lines in PyTorch, Keras and Flax that the lessons show, run again by whoever has these libraries.

    python tests/frameworks.py PyTorch [--write]

Keras stands on JAX here. Each snippet is a `python` block in a tab that has the framework's name, the `text` block
after it is what it printed. Without `--write` a difference is an error; with it the new output is put into the page.
None of the three is needed by the project itself:

    python3 -m venv /tmp/torch && /tmp/torch/bin/pip install torch==2.13.0 numpy
    python3 -m venv /tmp/jax && /tmp/jax/bin/pip install flax==0.12.8 jax==0.10.2 keras==3.15.1
    /tmp/torch/bin/python tests/frameworks.py PyTorch
    /tmp/jax/bin/python tests/frameworks.py Keras
    /tmp/jax/bin/python tests/frameworks.py Flax

`test_frameworks.py` looks at the snippets' form, without running them.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

LESSONS = sorted((Path(__file__).parent.parent / "book").glob("*/lesson.md"))
NAMES = ("PyTorch", "Keras", "Flax")
TAB = re.compile(
    r"^:::\{tab-item\} (?P<name>\w+)\n:sync: \w+\n\n"
    r"```python\n(?P<code>.*?)^```\n\n```text\n(?P<printed>.*?)^```\n:::$",
    re.MULTILINE | re.DOTALL,
)


def printed_by(code: str) -> str:
    """What the code prints, in a process of its own; its last line of error if it fails."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
    )
    return done.stdout if done.returncode == 0 else f"failed: {done.stderr.strip().splitlines()[-1]}\n"


def main(name: str, write: bool = False) -> int:
    """Run the snippets of one framework; how many printed something else than the page says."""
    different = 0
    for path in LESSONS:
        text = path.read_text()
        for tab in reversed([tab for tab in TAB.finditer(text) if tab["name"] == name]):
            printed = printed_by(tab["code"])
            if printed == tab["printed"]:
                continue
            different += 1
            print(f"{path.parent.name}: the page says\n{tab['printed']}and it printed\n{printed}")
            if write and not printed.startswith("failed"):
                text = text[: tab.start("printed")] + printed + text[tab.end("printed") :]
        if write:
            path.write_text(text)
    print(f"{name}: {different} of {len(LESSONS)} differ")
    return different


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in NAMES:
        sys.exit(f"usage: frameworks.py {'|'.join(NAMES)} [--write]")
    sys.exit(1 if main(sys.argv[1], "--write" in sys.argv[2:]) and "--write" not in sys.argv else 0)
