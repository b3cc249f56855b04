"""What a cell shows is text, or stands in a frame of its own, from which nothing runs and nothing is asked for."""

import json
import re
import socket
import threading

import pytest
from exercise_pages import CONTRAST, KEPT
from playwright.sync_api import expect
from test_runner import FIRST, PLOT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("runner")]

RAN = "top.ran=1;parent.ran=1;window.ran=1;fetch('ASK/fetched');localStorage.setItem('stolen',1)"
#: What a stranger might have a cell show. ASK is an address of another host, which nothing may ask.
ON = f'"{RAN}"'
PAYLOADS = {
    "an image that fails": f"<img src=x onerror={ON}>",
    "an image of another host": "<img src='ASK/image'><img srcset='ASK/set 1x'><input type=image src='ASK/input'>",
    "an image of the site": "<img src='/logout'><video src='/logout' poster='/logout'></video><audio src='/logout'>",
    "a drawing": f"<svg onload={ON}><image href='ASK/drawn'/><use href='ASK/used#a'/></svg>",
    "a script in a drawing": f"<svg><script>{RAN}</script><animate onbegin={ON} dur=1s /></svg>",
    "a script": f"<script>{RAN}</script><script src='ASK/script.js'></script>",
    "a module": "<script type=module>import 'ASK/module.js'</script>",
    "a frame": f"""<iframe srcdoc="<script>{RAN}</script>"></iframe><iframe src="ASK/framed"></iframe>""",
    "an object": "<object data='ASK/object'></object><embed src='ASK/embedded'>",
    "a frame of a script": f"""<iframe src="javascript:{RAN}"></iframe>""",
    "a link": f"""<a href="javascript:{RAN}">1</a> <a href="ASK/followed" ping="ASK/ping">2</a> <a href="#x">3</a>""",
    "a link to the whole page": "<a href='ASK/top' target='_top'>one</a> <a href='ASK/new' target='_blank'>two</a>",
    "a form": f"""<form action="ASK/sent" method="post"><button formaction="javascript:{RAN}">send</button></form>""",
    "a refresh": "<meta http-equiv='refresh' content='0; url=ASK/refreshed'>",
    "a style": "<style>@import url('ASK/imported'); p { background: url('ASK/p') }</style><p>x</p>",
    "a style of one element": "<p style=\"background: url('ASK/background')\">x</p>",
    "a font": "<style>@font-face { font-family: f; src: url('ASK/font') } p { font-family: f }</style><p>x</p>",
    "a connection opened ahead": "<link rel=preconnect href='ASK'><link rel=dns-prefetch href='ASK'>",
    "a file loaded ahead": (
        "<link rel=prefetch href='ASK/ahead'><link rel=preload as=image href='ASK/pre'>"
        "<link rel=modulepreload href='ASK/m.js'><link rel=stylesheet href='ASK/s.css'>"
    ),
    "a base": "<base href='ASK/'><img src='based'><script src='based.js'></script><a href='x'>one</a>",
    "an end of what holds it": f"</body></html></iframe></textarea></title></style>--><img src=x onerror={ON}>",
    "what begins as something else": (
        f"<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror={ON}&gt;'>"
    ),
    "a comment and a template": f"<!--><img src=x onerror={ON}>--><template><img src=x onerror={ON}></template>",
    "a policy of its own": f"<meta http-equiv='Content-Security-Policy' content='script-src *'><script>{RAN}</script>",
    "a plain text": f"<plaintext><img src=x onerror={ON}>",
    "a thing that gets the focus": f"<input autofocus onfocus={ON}><details open ontoggle={ON}>x</details>",
}


@pytest.fixture
def other_host():
    """Another host: its address, and a list of what came to it, connections without a request too."""
    came = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.settimeout(2)
                    try:
                        came.append(connection.recv(200))
                    except OSError:
                        came.append(b"a connection")

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", came
        server.shutdown(socket.SHUT_RDWR)
    thread.join(10)


def quoted(text):
    """A Python text in one line that a person could type: without backslashes before quotes of its own."""
    return json.dumps(text)


def show(here, html):
    """Have a cell show HTML, and wait until its frame has said how high it is."""
    here.run(FIRST, f"from IPython.display import HTML\nHTML({quoted(html)})")
    frame = here.cell(FIRST).locator("iframe.runner-frame")
    frame.and_(here.page.locator("[style*=height]")).wait_for()
    return frame


def test_nothing_that_a_cell_shows_runs_or_asks_a_host(exercise, other_host):
    address, came = other_host
    names, payloads = list(PAYLOADS), [html.replace("ASK", address) for html in PAYLOADS.values()]
    half = len(payloads) // 2  # a cell shows at most 20 frames
    parts = {FIRST: slice(half), PLOT: slice(half, None)}
    code = "from IPython.display import HTML, display\nfor html in {}:\n    display(HTML(html))"
    kept = {f"{KEPT}code:transform:{cell}": code.format(payloads[part]) for cell, part in parts.items()}
    here = exercise(kept=kept)
    # Python and its packages are loaded: what is asked for from now on is asked for by what is shown.
    here.run("identity_parameters", "from IPython.display import HTML")
    asked, blocked = [], []
    here.page.on("request", lambda request: asked.append(request.url))
    here.page.on("requestfailed", lambda request: "csp" in request.failure.lower() and blocked.append(request.url))
    for cell, part in parts.items():
        here.cell(cell).scroll_into_view_if_needed()
        here.run(cell)
        frames = here.cell(cell).locator("iframe.runner-frame")
        expect(frames).to_have_count(len(names[part]))
        for number, name in enumerate(names[part]):
            frame = frames.nth(number)
            frame.scroll_into_view_if_needed()
            frame.and_(here.page.locator("[style*=height]")).wait_for()  # its one script has run
            inside = frame.content_frame
            for link in inside.locator("a, button").all():
                link.click()
            left = inside.locator("script, iframe, link, base, object, embed, [onerror], [onload]")
            assert left.count() == 1, name  # ours
        here.page.wait_for_timeout(1000)  # a refresh after 0 s has happened by then
        children = here.page.main_frame.child_frames[-len(names[part]) :]
        for name, child in zip(names[part], children, strict=True):
            assert child.url == "about:srcdoc", name
            assert child.evaluate("window.ran") is None, name
            assert child.evaluate("window.origin") == "null", name
        assert here.page.evaluate("window.ran") is None
        assert here.page.evaluate("localStorage.getItem('stolen')") is None
    assert here.page.url.endswith("/book/transform/exercise.html")
    assert len(here.context.pages) == 1
    assert set(asked) <= {"about:srcdoc", *blocked}
    assert came == []
    assert any("Content Security Policy" in told for told in here.complaints)  # the browser tells what it has blocked
    here.complaints.clear()
    here.foreign.clear()  # all of it was blocked, and nothing came to the other host


def test_a_text_is_shown_as_it_is(exercise):
    here = exercise()
    markup = "<img src=x onerror=window.ran=1>"
    told = here.run(
        FIRST, f"print('\\x1b[31m{markup}')\nimport sys\nprint({quoted(markup)}, file=sys.stderr)\n{quoted(markup)}"
    )
    assert told.count(markup) == 3
    odd = f"class Odd(Exception): pass\nOdd.__name__ = {quoted(markup)}\nraise Odd({quoted(markup)})"
    told = here.run(FIRST, odd, f"^{re.escape(markup)} in line 3$")
    assert told.count(markup) == 1
    # What a cell passes to the page by the same way as the course's own code.
    report = {
        "name": markup,
        "findings": [[markup, markup]],
        "rows": [[markup, markup, markup, markup]],
        "footer": markup,
    }
    forged = [
        "from page import emit",
        f"emit('note {markup}', {quoted(markup)})",
        f"emit('image', {quoted(chr(34) + markup)}, {quoted(markup)})",
        f"emit('check', {quoted(json.dumps(report))})",
        f"emit('check', {quoted('[1]')})",
    ]
    told = here.run(FIRST, "\n".join(forged))
    assert told.count(markup) == 8
    assert "An output is left out here" in told
    assert [told for told in here.complaints if "ERR_INVALID_URL" not in told] == []  # it is no picture
    here.complaints.clear()
    assert here.cell(FIRST).locator(".runner-output :is(img:not(.runner-image), iframe)").count() == 0
    assert here.page.evaluate("window.ran") is None


def test_a_frame_is_as_high_as_its_content_or_scrolls_by_keyboard(exercise):
    here = exercise(color_scheme="dark")
    rows = "".join(f"<tr><th>{k}</th><td>{k * k}</td></tr>" for k in range(3))
    frame = show(here, f"<table>{rows}</table>")
    assert frame.get_attribute("title") == "HTML in the output of cell 2"
    table = frame.content_frame.locator("table").bounding_box()
    assert 0 <= frame.bounding_box()["height"] - table["height"] <= 10
    assert frame.content_frame.locator("td").first.evaluate(CONTRAST) >= 7
    dark = frame.content_frame.locator("html").evaluate("e => getComputedStyle(e).backgroundColor")
    here.page.evaluate("document.documentElement.dataset.theme = 'light'")
    expect(frame.content_frame.locator("html")).not_to_have_css("background-color", dark)
    assert frame.content_frame.locator("td").first.evaluate(CONTRAST) >= 7

    frame = show(here, "<p>line</p>" * 100)
    assert frame.bounding_box()["height"] == 480
    here.cell(FIRST).get_by_role("button", name="Start over").focus()
    here.page.keyboard.press("Tab")
    assert here.page.evaluate("document.activeElement.tagName") == "IFRAME"
    here.page.keyboard.press("End")
    expect(frame.content_frame.locator("p").last).to_be_in_viewport()

    told = here.run(
        FIRST, "from IPython.display import HTML, display\nfor k in range(25):\n    display(HTML('<p>x</p>'))"
    )
    assert here.cell(FIRST).locator("iframe").count() == 20
    assert told.count("at most 20 pieces") == 1


def test_what_an_error_means_stands_below_it(exercise):
    here = exercise()
    for line, status, words in (
        ("x = np.ones((4, 3))^2", "TypeError", "In other words: ^ is no power in Python: a power is written with **"),
        ("x = np.ones((4, 3)) - np.ones(4)", "ValueError", "In other words: shapes (4, 3) and (4,) do not line up"),
        ("x = np.ones(3) \u2212 1", "SyntaxError", "It comes with copied text: type - in its place."),
        ("x = (3 - 2)np", "SyntaxError", "Is an operator missing in 2)np, such as *?"),
        ("x = numpy.ones(3)", "NameError", "After import numpy as np its name is np."),
    ):
        told = here.run(FIRST, f"import numpy as np\n{line}", f"^{status} in line 2$")
        assert words in told, told
    for line in ("x = nothing", "x = (1", "raise ValueError('mine')"):  # Python's own words say it all
        assert "In other words" not in here.run(FIRST, line, r"Error in line 1$")


def test_a_check_shows_a_few_lines_of_what_an_answer_prints(exercise):
    here = exercise()
    name = "identity_parameters"
    here.type(name, "def identity_parameters(x, eps=1e-5):\n    print(x)\n")
    here.press(name, "Check my answer")
    told = here.wait(name, "did not pass yet")
    assert "print shows a value, and only return hands it back" in told
    assert re.search(r"\[and \d+ more lines while the check called your code\]", told)
    assert told.count("[[") < 5
