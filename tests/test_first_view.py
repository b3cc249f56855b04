"""What a browser loads before a reader does anything: it is counted as `benchmarks/site.py` counts it, page by page."""

import pytest

from benchmarks import site as benchmark
from publishing.output.serving import serve

pytestmark = pytest.mark.slow

#: A page that cannot come below its aim, and the kB that it reached instead.
REACHED: dict[str, int] = {}


@pytest.fixture(scope="module")
def counted(site):
    with serve(site, benchmark.Counting) as address:
        yield address


@pytest.mark.parametrize("name", benchmark.pages())
def test_a_first_view_is_light(browser, counted, name):
    view = benchmark.first_view(browser, counted, name)
    total = sum(sent for _, sent in view.values()) / 1000
    heaviest = sorted(((sent, path) for path, (_, sent) in view.items()), reverse=True)[:8]
    # To one in a hundred: other versions of zlib pack a little better or worse.
    assert total <= 1.01 * REACHED.get(name, benchmark.aim(name)), (total, heaviest)
    assert total > 100  # it was counted


def test_a_page_below_its_aim_is_held_to_the_aim():
    assert all(reached > benchmark.aim(name) for name, reached in REACHED.items())
