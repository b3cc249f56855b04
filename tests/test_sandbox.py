"""What a learner's process can do, and what it cannot: every test here runs in the real sandbox.

The cells are attacks and accidents as learners (and others) write them. None may end the grader, reach
outside, or stay behind.
"""

import os
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from course.errors import ChildDied, LearnerError, MachineError, TimeLimit, WireError
from grading.sandbox import bwrap
from grading.sandbox.limits import MIB, Limits
from grading.sandbox.warm import Sandbox
from grading.sandbox.wire import Handle

ROOT = Path(bwrap.__file__).resolve().parents[2]
LIMITS = Limits(
    call_seconds=5,
    cell_seconds=10,
    memory_bytes=256 * MIB,
    processes=16,
    tmpfs_bytes=8 * MIB,
    file_bytes=4 * MIB,
    output_bytes=20_000,
    reply_bytes=4 * MIB,
    callbacks=50,
)
FILES = {"check.py": b"def check(x):\n    return x + 1\n", "key.json": b"{}"}


@pytest.fixture(scope="session")
def box():
    with Sandbox(LIMITS, FILES) as box:
        yield box


@pytest.fixture
def child(box):
    with box.start() as child:
        yield child


def run(child, source, **options):
    """The text that a cell prints; it must run through."""
    result = child.run_cell(source, **options)
    assert result.ok, result.outputs
    return printed(result.outputs)


def printed(outputs):
    return "".join(output["text"] for output in outputs if output["output_type"] == "stream")


def error(child, source):
    """The error output of a cell that must raise."""
    result = child.run_cell(source)
    assert not result.ok
    return next(output for output in result.outputs if output["output_type"] == "error")


# Cells and their outputs


def test_outputs_are_notebook_outputs(child):
    result = child.run_cell(
        "import sys\nprint('a')\nprint('b', file=sys.stderr)\nfrom IPython.display import HTML, display\n"
        "display(HTML('<b>c</b>'))\n1 + 1"
    )
    kinds = [(o["output_type"], o.get("name")) for o in result.outputs]
    assert kinds == [
        ("stream", "stdout"),
        ("stream", "stderr"),
        ("display_data", None),
        ("execute_result", None),
    ]
    assert result.outputs[2]["data"]["text/html"] == "<b>c</b>"
    assert result.outputs[3]["data"] == {"text/plain": "2"}
    assert result.outputs[3]["execution_count"] == 1


def test_an_exception_shows_the_learners_lines_and_stops_no_later_cell(child):
    assert run(child, "x = 1") == ""
    raised = error(child, "def f():\n    return x / 0\nf()")
    assert (raised["ename"], raised["evalue"]) == ("ZeroDivisionError", "division by zero")
    assert "    return x / 0" in raised["traceback"]
    assert raised["traceback"][1] == '  File "<cell 2>", line 3, in <module>'
    assert error(child, "def f(:\n")["ename"] == "SyntaxError"
    assert error(child, "if True:\nx")["ename"] == "IndentationError"
    assert run(child, "print(x)") == "1\n"


def test_magics_and_await_work(child):
    assert (
        run(child, "%matplotlib inline\n%precision 3\nimport asyncio\nawait asyncio.sleep(0)\nprint('yes')") == "yes\n"
    )
    assert "shell\n" in run(child, "!echo shell")


def test_figures_are_shown_without_complaint_and_not_rendered(child):
    result = child.run_cell("import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.show()\nplt.hist([1]);")
    assert result.ok
    assert printed(result.outputs) == ""
    assert all("image/png" not in output.get("data", {}) for output in result.outputs)
    assert run(child, "print(plt.get_fignums())") == "[]\n"


def test_output_past_python_is_kept(child):
    text = run(child, "import os\nos.write(1, b'one'); os.write(2, b'two'); os.system('echo three');")
    assert text == "onetwothree\n"


def test_files_are_there_and_importable(child):
    assert run(child, "from check import check\nprint(check(1), open('key.json').read())") == "2 {}\n"
    assert error(child, "open('check.py', 'w')")["ename"] == "OSError"


def test_input_raises_at_once(child):
    assert error(child, "input('name? ')")["ename"] == "RuntimeError"


def test_the_seed_of_a_child_is_the_graders(box):
    source = "import numpy as np, random; print(np.random.rand(), random.random())"
    with box.start(seed=1) as one, box.start(seed=1) as same, box.start(seed=2) as other, box.start() as free:
        first = run(one, source)
        assert run(same, source) == first
        assert run(other, source) != first
        assert run(free, source) != first


# Working on the learner's objects


def test_a_call_carries_values_both_ways(child):
    run(child, "def f(x, *, eps=0.0):\n    return x + eps, {'mean': x.mean(), 'n': len(x)}")
    y, rest = child.call("f", np.array([1.0, 3.0]), eps=1.0)
    np.testing.assert_array_equal(y, [2.0, 4.0])
    assert rest == {"mean": 2.0, "n": 2}
    assert type(rest["mean"]) is np.float64


def test_names(child):
    run(child, "def f(): pass\nx = None")
    assert child.has("f")
    assert child.has("x")
    assert not child.has("g")
    assert not child.has("get_ipython")
    with pytest.raises(LearnerError, match="NameError: name 'g' is not defined"):
        child.call("g")


def test_changed_arguments_are_changed_here_too(child):
    run(child, "def f(x, more):\n    x -= 1; more[0][...] = 7; return x")
    x, y, same = np.array([1.0, 2.0]), np.zeros(2, "f4"), np.zeros(3)
    child.call("f", x, [y, same])
    np.testing.assert_array_equal(x, [0.0, 1.0])
    np.testing.assert_array_equal(y, [7.0, 7.0])
    np.testing.assert_array_equal(same, 0)
    frozen = np.zeros(2)
    frozen.flags.writeable = False
    with pytest.raises(LearnerError, match="read-only"):
        child.call("f", frozen, [y])


def test_a_class_stays_in_the_child(child):
    run(
        child,
        """
import numpy as np
class Layer:
    def __init__(self, n): self.gamma = np.ones(n); self.training = True
    def eval(self): self.training = False
    def __call__(self, x): return x * self.gamma, Cache(x)
    def backward(self, dy, cache): return dy * cache.x
class Cache:
    def __init__(self, x): self.x = x
""",
    )
    layer = child.call("Layer", 2)
    assert isinstance(layer, Handle)
    assert layer.type_name == "Layer"
    child.set(layer, "gamma", np.array([2.0, 3.0]))
    np.testing.assert_array_equal(child.get(layer, "gamma"), [2.0, 3.0])
    assert child.get(layer, "training") is True
    assert child.method(layer, "eval") is None
    assert child.get(layer, "training") is False
    y, cache = child.call(layer, np.array([1.0, 2.0]))
    np.testing.assert_array_equal(y, [2.0, 6.0])
    np.testing.assert_array_equal(child.method(layer, "backward", np.ones(2), cache), [1.0, 2.0])
    with pytest.raises(LearnerError, match="AttributeError"):
        child.get(layer, "beta")


def test_a_named_tuple_goes_back_as_itself(child):
    run(
        child,
        "from collections import namedtuple\nCache = namedtuple('Cache', 'x')\n"
        "def forward(x): return x, Cache(x)\ndef backward(c): return c.x",
    )
    _, cache = child.call("forward", np.arange(2.0))
    assert isinstance(cache, tuple)
    np.testing.assert_array_equal(cache[0], [0.0, 1.0])
    np.testing.assert_array_equal(child.call("backward", cache), [0.0, 1.0])


def test_functions_as_arguments_call_back(child):
    run(
        child,
        "def slope(f, x, h): return (f(x + h) - f(x - h)) / (2 * h)\ndef many(f):\n    for _ in range(99): f(0)",
    )
    np.testing.assert_allclose(child.call("slope", np.square, np.array([1.0, 2.0]), 0.5), [2.0, 4.0])
    with pytest.raises(LearnerError, match="more than 50 times"):
        child.call("many", abs)
    with pytest.raises(LearnerError, match="TypeError"):
        child.call("many", lambda: 0)
    assert child.alive


def test_a_function_as_argument_may_use_the_learners_objects(child):
    run(child, "def twice(f, x): return f(f(x))\ndef add(x): return x + 1")
    assert child.call("twice", lambda x: child.call("add", x), 1) == 3


def test_a_function_kept_for_later_is_refused(child):
    run(child, "def keep(f):\n    global g\n    g = f\ndef use(): return g(1)")
    child.call("keep", abs)
    with pytest.raises(LearnerError, match="earlier call"):
        child.call("use")


def test_the_graders_own_mistakes_are_type_errors(child):
    with pytest.raises(TypeError):
        child.call("f", object())
    with pytest.raises(TypeError):
        child.call("f", np.array([None]))
    assert child.alive


def test_an_exception_comes_back_with_the_learners_frames(child):
    run(child, "def f(x):\n    return g(x)\ndef g(x):\n    raise ValueError('no ' + x)")
    with pytest.raises(LearnerError) as caught:
        child.call("f", "way")
    assert (caught.value.name, caught.value.message) == ("ValueError", "no way")
    lines = caught.value.traceback.splitlines()
    assert lines[1:3] == ['  File "<cell 1>", line 2, in f', "    return g(x)"]
    assert lines[-1] == "ValueError: no way"


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("return f()", "RecursionError"),
        ("raise SystemExit", "SystemExit"),
        ("import sys; sys.exit(0)", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("class Odd(BaseException):\n        def __str__(self): return 1 / 0\n    raise Odd", "Odd"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("return bytearray(1 << 40)", "MemoryError"),
    ],
)
def test_whatever_is_raised_is_reported(child, body, name):
    run(child, f"def f():\n    {body}")
    with pytest.raises(LearnerError) as caught:
        child.call("f")
    assert caught.value.name == name
    assert len(caught.value.traceback) < 10_000
    assert error(child, f"def f():\n    {body}\nf()")["ename"] == name
    assert run(child, "print('still here')") == "still here\n"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("import os; os._exit(0)", "exit code 0"),
        ("import os; os._exit(3)", "exit code 3"),
        ("import ctypes; ctypes.string_at(0)", "signal 11"),
        ("import os; os.closerange(3, 99)", "exit code"),
    ],
)
def test_an_ended_process_is_reported(box, body, reason):
    with box.start() as child:
        run(child, f"def f():\n    {body}")
        with pytest.raises(ChildDied, match=reason):
            child.call("f")
        assert not child.alive
        assert child.usage.max_rss_bytes > 0
        with pytest.raises(ChildDied, match=reason):
            child.run_cell("1")
    with box.start() as child, pytest.raises(ChildDied, match=reason):
        child.run_cell(body)


# Nothing but numbers is a result


@pytest.mark.parametrize(
    "made",
    [
        "np.zeros(2).view(Always)",
        "np.matrix([1.0])",
        "np.array([None])",
        "np.array([1j])",
        "Always.__new__(Always, 1)",
        "object()",
        "type('F', (float,), {'__eq__': lambda *a: True})(1)",
    ],
)
def test_an_object_that_answers_for_itself_stays_where_it_is(child, made):
    run(child, "import numpy as np\nclass Always(np.ndarray):\n    def __eq__(self, other): return True")
    run(child, f"import warnings; warnings.simplefilter('ignore')\ndef f(): return {made}")
    assert type(child.call("f")) is Handle


def test_a_result_too_large_is_refused_and_the_child_lives(child):
    run(child, "import numpy as np\ndef f(n): return np.broadcast_to(0.0, (n,))\ndef g(): return [0] * 10**6")
    for name, args in (("f", [1 << 40]), ("f", [1 << 20]), ("g", [])):
        with pytest.raises(WireError):
            child.call(name, *args)
    assert child.call("f", 2).tolist() == [0.0, 0.0]


FORGE = """
import gc, json, os, socket, struct
sock = next(s for s in gc.get_objects() if isinstance(s, socket.socket) and s.fileno() >= 0)
def forge(header, blob=b"", lengths=None):
    data = json.dumps(header).encode() if isinstance(header, dict) else header
    os.write(sock.fileno(), struct.pack("!II", *(lengths or (len(data), len(blob)))) + data + blob)
good = {"ok": True, "value": 42, "changed": [], "arrays": []}
"""


@pytest.mark.parametrize(
    "forged",
    [
        "forge({'id': 'x' * 16, **good})",
        "forge({'id': None, **good})",
        "forge(good)",
        "forge(b'', lengths=(2**32 - 1, 2**32 - 1))",
        "forge(b'[' * 100_000)",
        "os.write(sock.fileno(), b'rubbish' * 9)",
    ],
)
def test_forged_frames_earn_nothing(box, forged):
    with box.start() as child:
        run(child, FORGE + "def f(): return 1")
        child.run_cell(f"import threading\nthreading.Timer(0.05, lambda: {forged}).start()")
        time.sleep(0.2)
        with pytest.raises(WireError):
            child.call("f")
        assert not child.alive


@pytest.mark.parametrize(
    "forged",
    [
        "{'id': me, 'ok': True}",
        "{'id': me, 'ok': True, 'value': {'array': 0}, 'changed': []}",
        "{'id': me, 'ok': True, 'value': 1, 'changed': [[0, 1]]}",
        "{'id': me, 'ok': True, 'value': 1, 'changed': [[99, 1]]}",
        "{'id': me, 'ok': False, 'error': 'x'}",
        "{'id': me, 'ok': False, 'error': {'name': 1, 'message': [], 'traceback': {}}}",
        "{'id': me, 'refused': 5}",
        "{'id': me, 'callback': 'x', 'args': {'tuple': []}, 'kwargs': {'dict': []}}",
        "{'id': me, 'callback': 0, 'args': 1, 'kwargs': 1}",
        "{'id': me, 'ok': True, 'outputs': []}",
    ],
)
def test_replies_of_the_wrong_form_are_wire_errors(box, forged):
    with box.start() as child:
        run(
            child,
            FORGE + f"import inspect\ndef f(x):\n    me = request()\n    forge({{**{forged}, 'arrays': []}})",
        )
        run(
            child,
            "def request():\n    frame = inspect.currentframe()\n"
            "    while not {'message', 'decoder'} <= set(frame.f_locals): frame = frame.f_back\n"
            "    return frame.f_locals['message']['id']",
        )
        with pytest.raises(WireError):
            child.call("f", np.zeros(1))


@pytest.mark.parametrize(
    "outputs",
    [
        "None",
        "[1]",
        "[{'output_type': 'html'}]",
        "[{'output_type': 'stream', 'text': 1}]",
        "[{'output_type': 'display_data', 'data': {'text/html': {}}}]",
        "[{'output_type': 'error', 'ename': 'E', 'evalue': '', 'traceback': 'x'}]",
        "[{'output_type': 'stream', 'text': 'x' * 5_000_000}]",
        "[{'output_type': 'stream', 'text': ''}] * 100_000",
    ],
)
def test_outputs_of_the_wrong_form_are_wire_errors(child, outputs):
    with pytest.raises(WireError):
        child.run_cell(f"from shell import Outputs\nOutputs.take = lambda self: {outputs}")
    assert not child.alive


# The walls


def test_no_network(child):
    assert (
        run(
            child,
            "import os; print(os.listdir('/proc/self/net') and open('/proc/net/dev').read().count(':'))",
        )
        == "1\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        for host, number in (("127.0.0.1", port), ("1.1.1.1", 53)):
            source = f"import socket\nsocket.create_connection(({host!r}, {number}), 1)"
            assert error(child, source)["ename"] in ("OSError", "ConnectionRefusedError")
    assert "[Errno 97]" in error(child, "socket.socket(40, socket.SOCK_STREAM)")["evalue"]  # AF_VSOCK


@pytest.mark.parametrize(
    "path",
    [
        ROOT,
        ROOT / "solutions",
        ROOT / "tests" / "hidden",
        ROOT / "grading" / "sandbox" / "child.py",
        Path.home() / ".bashrc",
        Path("/root/.ssh"),
        Path("/etc/passwd"),
        Path("/sys"),
        Path("/var"),
        Path("/mnt"),
    ],
    ids=str,
)
def test_nothing_of_the_graders_is_there(child, path):
    assert run(child, f"import os; print(os.path.exists({str(path)!r}))") == "False\n"


def test_the_environment_tells_nothing(child, monkeypatch):
    names = run(child, "import os; print(*sorted(os.environ))").split()
    assert set(names) <= {*bwrap.ENVIRONMENT, "PWD", "LC_CTYPE", "CLICOLOR", "FORCE_COLOR", "CLICOLOR_FORCE"}
    assert "root" not in run(child, "!id")
    assert str(ROOT) not in run(child, "import sys; print(sys.path, sys.argv, open('/proc/1/cmdline').read())")


def test_nothing_outside_can_be_written(child):
    mounts = run(child, "print(open('/proc/self/mountinfo').read())").splitlines()
    writable = {line.split()[4] for line in mounts if line and "ro" not in line.split()[5].split(",")}
    devices = {f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom", "tty", "pts")}
    assert writable <= {"/tmp", "/dev/shm", "/home/learner", "/proc", *devices}
    for folder in (
        "/",
        "/dev",
        "/etc",
        "/files",
        "/home",
        "/inside",
        "/root",
        "/usr",
        "/usr/local",
        "/venv",
        "/proc",
    ):
        assert error(child, f"open('{folder}/planted', 'w')")["ename"] in (
            "OSError",
            "PermissionError",
            "FileNotFoundError",
        )


def test_only_its_own_processes_are_there(box, child):
    with box.start() as other:
        run(other, "import subprocess; p = subprocess.Popen(['sleep', '5'])")
        assert run(child, "import os; print([n for n in os.listdir('/proc') if n.isdigit()])") == "['1']\n"
        assert run(child, "print(os.getpid(), os.getppid())") == "1 0\n"


def test_privileges_are_gone(child):
    status = run(child, "print(open('/proc/self/status').read())")
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert {fields[name].strip("0") for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {""}
    assert fields["NoNewPrivs"] == "1"
    assert fields["Seccomp"] == "2"
    assert "0" not in fields["Uid"].split()


@pytest.mark.parametrize(
    "call",
    [
        "unshare(0x10000000)",
        "ptrace(0, 0, 0, 0)",
        "mount(b'tmpfs', b'/tmp', b'tmpfs', 0, None)",
        "setns(0, 0)",
        "syscall(425, 1, 0)",
        "syscall(250, 0, 0, 0)",
        "syscall(321, 0, 0, 0)",
        "syscall(56, 0x10000011, 0, 0, 0, 0)",
    ],
)
@pytest.mark.skipif(os.uname().machine != "x86_64", reason="numbers of x86_64")
def test_system_calls_into_the_depth_are_denied(child, call):
    source = f"import ctypes; libc = ctypes.CDLL(None, use_errno=True); print(libc.{call}, ctypes.get_errno())"
    assert run(child, source) == "-1 1\n"


def test_nothing_crosses_from_one_child_to_the_next(box):
    plant = """
import os, sys, builtins, numpy as np
np.testing.assert_allclose = np.mean = lambda *a, **k: 42
builtins.planted = sys.planted = True
os.environ["PLANTED"] = "1"
for folder in ["/tmp", "/dev/shm", ".", "/dev", "/", "/inside", "/files", "/venv", *sys.path]:
    try: open(f"{folder}/planted.py", "w").write("x = 1")
    except OSError: pass
get_ipython().input_transformers_cleanup.append(lambda lines: ["print('planted')"])
assert os.path.exists("/tmp/planted.py")
"""
    look = """
import builtins, os, sys, numpy as np
folders = filter(os.path.isdir, ["/tmp", "/dev/shm", "/dev", "/", *sys.path])
found = [f for p in folders for f in os.listdir(p) if "planted" in f]
print(found, hasattr(builtins, "planted"), hasattr(sys, "planted"), "PLANTED" in os.environ)
print(np.mean([1.0, 3.0]))
try: import planted
except ImportError: print("clean")
"""
    with box.start() as first, box.start() as alive_meanwhile:
        run(first, plant)
        expected = "[] False False False\n2.0\nclean\n"
        assert run(alive_meanwhile, look) == expected
        with box.start() as later:
            assert run(later, look) == expected


def test_terminals_are_not_shared(child):
    assert error(child, "import os; os.openpty()")["ename"] in ("OSError", "FileNotFoundError")
    assert run(child, "print(os.listdir('/dev/pts'))") == "[]\n"


# The limits


def test_an_endless_loop_is_interrupted_and_the_next_cell_runs(child):
    with pytest.raises(TimeLimit) as caught:
        child.run_cell("print('before')\nwhile True: pass", seconds=0.3)
    assert printed(caught.value.outputs) == "before\n"
    assert child.alive
    run(child, "def f():\n    while True: pass")
    with pytest.raises(TimeLimit):
        child.call("f", seconds=0.3)
    assert run(child, "print(1)") == "1\n"


@pytest.mark.parametrize(
    "source",
    [
        "import time\nwhile True:\n    try: time.sleep(1)\n    except BaseException: pass",
        "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nimport time; time.sleep(99)",
        "sum(range(10**12))",
    ],
)
def test_what_catches_everything_is_killed(box, source):
    begin = time.monotonic()
    with box.start() as child:
        with pytest.raises(TimeLimit):
            child.run_cell(source, seconds=0.2)
        assert not child.alive
        assert time.monotonic() - begin < 3
        with pytest.raises(ChildDied, match="time limit"):
            child.run_cell("1")
    with box.start() as child:
        assert run(child, "print(1)") == "1\n"


def test_a_reply_that_drips_is_late(box):
    with box.start() as child:
        run(
            child,
            FORGE + "import time\ndef f():\n    while True: os.write(sock.fileno(), b'\\0'); time.sleep(0.1)",
        )
        begin = time.monotonic()
        with pytest.raises((TimeLimit, WireError)):
            child.call("f", seconds=0.5)
        assert time.monotonic() - begin < 3


def test_requests_share_the_time_of_a_block(child):
    run(child, "import time")
    begin = time.monotonic()
    with child.within(0.3):
        child.run_cell("time.sleep(0.2)")
        with pytest.raises(TimeLimit):
            child.run_cell("time.sleep(0.2)")
    assert time.monotonic() - begin < 1
    assert run(child, "print(1)") == "1\n"


def test_a_notebook_has_a_time_of_its_own():
    with Sandbox(Limits(notebook_seconds=0.3)) as box, box.start() as child:
        child.run_cell("import time; time.sleep(0.2)")
        with pytest.raises(TimeLimit):
            child.run_cell("time.sleep(0.2)")


def test_a_fork_bomb_is_bounded(box):
    with box.start() as child:
        text = run(
            child,
            """
import os, time
n = 0
try:
    while True:
        if os.fork() == 0:
            time.sleep(60); os._exit(0)
        n += 1
except OSError as error: print(n, error.errno)
""",
        )
        count, number = map(int, text.split())
        assert count < LIMITS.processes
        assert number == 11
        # a neighbour is not touched
        with box.start() as other:
            assert run(other, "!echo alive") == "alive\n"
    with box.start() as child, pytest.raises((TimeLimit, ChildDied, WireError)):
        child.run_cell("import os\nwhile True:\n    try: os.fork()\n    except BaseException: pass", seconds=0.3)


def test_no_script_is_an_output(child):
    source = "from IPython.display import Javascript, display\ndisplay(Javascript('alert(1)'))"
    assert [set(output["data"]) for output in child.run_cell(source).outputs] == [{"text/plain"}]


def test_a_child_is_killed_while_another_thread_waits_for_it(box):
    with box.start() as child:
        threading.Timer(0.2, child.kill).start()
        begin = time.monotonic()
        with pytest.raises(ChildDied):
            child.run_cell("while True: pass")
        assert time.monotonic() - begin < 3


def test_a_forked_copy_does_not_answer(child):
    assert run(child, "import os\npid = os.fork()\nprint('parent' if pid else 'child')") == "parent\n"
    assert run(child, "print(1)") == "1\n"


def test_memory_is_bounded(child):
    assert error(child, "x = bytearray(1 << 30)")["ename"] == "MemoryError"
    assert error(child, "x = []\nwhile True: x.append(bytearray(1 << 20))")["ename"] == "MemoryError"
    assert run(child, "del x; print(1)") == "1\n"


def test_the_memory_of_many_processes_is_bounded(box):
    with box.start() as child, pytest.raises(ChildDied, match="memory"):
        child.run_cell(
            "import os, time\nfor _ in range(4):\n"
            "    if os.fork() == 0: x = b'x' * 120_000_000; time.sleep(60)\n"
            "time.sleep(60)"
        )


def test_files_are_bounded(child):
    assert error(child, "open('big', 'wb').write(bytes(5 << 20))")["ename"] == "OSError"
    source = "for i in range(9): open(f'/tmp/{i}', 'wb').write(bytes(1 << 19))\n"
    source += "for i in range(9): open(f'/dev/shm/{i}', 'wb').write(bytes(1 << 19))"
    assert "No space left" in error(child, source)["evalue"]
    assert error(child, "files = [open('/dev/null') for _ in range(999)]")["ename"] == "OSError"


@pytest.mark.parametrize(
    "source",
    [
        "import os\nfor _ in range(10_000): print('x' * 100_000)",
        "import os\nblock = b'x' * 1_000_000\nfor _ in range(1_000): os.write(1, block)",
        "for i in range(20_000): display(i)",
        "import os; os.system('head -c 1000000000 /dev/zero');",
    ],
)
def test_a_flood_of_output_is_cut(child, source):
    begin = time.monotonic()
    result = child.run_cell(source)
    assert time.monotonic() - begin < 8
    assert len(str(result.outputs)) < 8 * LIMITS.output_bytes
    assert run(child, "print(1)") == "1\n"


def test_an_endless_flood_is_stopped(child):
    with pytest.raises(TimeLimit) as caught:
        child.run_cell("import os\nwhile True: print('x' * 10_000); os.write(2, b'y' * 10_000)", seconds=0.5)
    assert len(str(caught.value.outputs)) < 8 * LIMITS.output_bytes


def test_a_grader_that_sends_much_to_a_child_that_reads_nothing_is_not_held_up(box):
    with box.start() as child:
        run(child, "def f(g):\n    import threading, time\n    while True: time.sleep(1)")
        with pytest.raises(TimeLimit):
            child.call("f", abs, seconds=0.2)


def processes_of(marker):
    """The ids of this machine's processes that have `marker` in their command line."""
    found = subprocess.run(["pgrep", "-f", marker], capture_output=True, text=True, check=False)
    return found.stdout.split()


def test_whatever_a_learner_starts_is_gone_with_the_child(box):
    with box.start() as child:
        run(
            child,
            """
import subprocess, threading, os, time
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
threading.Thread(target=time.sleep, args=(60,)).start()
p = subprocess.Popen("trap '' TERM HUP INT; setsid sleep 61.5193", shell=True, start_new_session=True)
os.system("nohup setsid sleep 61.5193 & disown 2>/dev/null");
""",
        )
        time.sleep(0.2)
        assert processes_of("[s]leep 61.5193")
    assert not processes_of("[s]leep 61.5193")


def test_a_child_cannot_reach_its_keeper_or_the_warm_process(box):
    with box.start() as child:
        run(
            child,
            "import os, signal\nfor n in range(2, 500):\n    try: os.kill(n, signal.SIGKILL)\n    except OSError: pass",
        )
        run(child, "try: os.kill(-1, signal.SIGKILL)\nexcept OSError: pass")
        assert child.alive
    with box.start() as child:
        assert run(child, "print(1)") == "1\n"


# The machine


def test_the_warm_process_is_started_again_when_it_died():
    with Sandbox(LIMITS) as own:
        with own.start() as child:
            own._kill()
            with pytest.raises(MachineError, match="warm process died"):
                child.run_cell("import time; time.sleep(5)")
        with own.start() as child:
            assert run(child, "print(1)") == "1\n"


def test_the_sandbox_ends_with_the_grader():
    source = (
        "import sys, os; from grading.sandbox.warm import Sandbox; box = Sandbox(); child = box.start()\n"
        'child.run_cell(\'import subprocess; p = subprocess.Popen(["sleep", "62.8271"])\')\n'
        "print('ready', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", source]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as grader:
        grader.stdout.readline()
        assert processes_of("[s]leep 62.8271")
        grader.kill()
    for _ in range(100):
        if not processes_of("[s]leep 62.8271"):
            return
        time.sleep(0.05)
    pytest.fail("a learner's process outlived the grader")


def test_many_threads_share_a_sandbox(box):
    def work(number):
        with box.start() as child:
            run(child, f"def f(): return {number}")
            return child.call("f")

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(24))) == list(range(24))


def test_a_sandbox_started_by_a_thread_that_ends_lives_on():
    with Sandbox(LIMITS) as own:
        thread = threading.Thread(target=lambda: own.start().kill())
        thread.start()
        thread.join()
        process = own._process
        with own.start() as child:
            assert run(child, "print(1)") == "1\n"
        assert own._process is process


def test_nothing_is_left_open(box):
    with box.start():
        pass
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(10):
        with box.start() as child:
            child.run_cell("1")
    assert len(os.listdir("/proc/self/fd")) == before


def test_what_is_missing_is_named(monkeypatch, tmp_path):
    with Sandbox(python=tmp_path / "bin" / "python") as own, pytest.raises(MachineError, match="venv"):
        own.start()
    monkeypatch.setenv("PATH", str(tmp_path))
    with Sandbox() as own, pytest.raises(MachineError, match="apt-get install bubblewrap"):
        own.start()


def test_forbidden_namespaces_are_explained():
    said = "bwrap: setting up uid map: Permission denied"
    assert "namespaces" in bwrap.explain(said)
    assert "did not start" in bwrap.explain("Traceback\nModuleNotFoundError: No module named 'IPython'")


@pytest.mark.parametrize("wrong", [{"kind": "docker"}, {"files": {"../x": b""}}, {"files": {"": b""}}])
def test_wrong_arguments(wrong):
    with pytest.raises(ValueError, match="wanted"):
        Sandbox(**wrong)


def test_the_sandbox_none_runs_the_same_cells():
    with Sandbox(LIMITS, FILES, kind="none") as own, own.start() as child:
        assert run(child, "from check import check\nprint(check(1))\ndef f(x): return x + 1") == "2\n"
        assert child.call("f", 1) == 2
        home = run(child, "import os; print(os.getcwd())").strip()
        with pytest.raises(TimeLimit):
            child.run_cell("import signal; signal.signal(2, signal.SIG_IGN)\nwhile True: pass", seconds=0.2)
        assert not child.alive
    assert not os.path.exists(home)


@pytest.mark.parametrize("base", ["/usr/bin/python3", sys.executable])
def test_a_python_is_found_with_what_it_needs(tmp_path, base):
    if not os.path.exists(base):
        pytest.skip(f"no {base} here")
    subprocess.run([base, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    command = bwrap.bwrap_command(tmp_path / "env" / "bin" / "python", tmp_path)
    inside = ["/venv/bin/python", "-I", "-c", "import os, ssl, sys; print(sys.prefix, os.getuid())"]
    assert subprocess.run([*command, *inside], capture_output=True, text=True, check=True).stdout == "/venv 1000\n"
