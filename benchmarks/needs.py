"""What a course of many learners needs, from what `python -m benchmarks scale` has measured."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

COURSES = (1_000, 10_000, 100_000)
NIGHT = 8  # hours


@dataclass
class Measured:
    """What both parts measured, in seconds, bytes and MB.

    Attributes
    ----------
    write : float
        CPU of one process and of the database for each hand-in that is written.
    write_wall : float
        The same by the clock.
    files, database : float
        Bytes on disk for each hand-in.
    memory : float
        MB of the process that writes, after the first thousand.
    more : float
        MB that it has more at its peak, for each further thousand.
    worker : float
        MB of a worker with its sandbox, at its peak.
    examine : dict of str to float
        CPU for each hand-in that is examined, by chapter.
    """

    write: float = 0.0
    write_wall: float = 0.0
    files: float = 0.0
    database: float = 0.0
    memory: float = 0.0
    more: float = 0.0
    worker: float = 0.0
    examine: dict[str, float] = field(default_factory=dict)


def needs(found: Measured) -> str:
    """What courses of three sizes need, by chapter, as a table with its arithmetic.

    Parameters
    ----------
    found : Measured

    Returns
    -------
    str
        Core hours of examining are learners times CPU seconds, by 3600; cores are those hours by the hours of a night.
    """
    head = "".join(f"{f'{size:,} learners':>24}" for size in COURSES)
    below = "".join(f"{'core hours':>14}{'cores':>10}" for _ in COURSES)
    lines = [f"{'':16}{'CPU s':>8}{head}", f"{'chapter':16}{'each':>8}{below}"]
    for slug, each in found.examine.items():
        row = ""
        for size in COURSES:
            hours = size * each / 3600
            row += f"{hours:14.1f}{math.ceil(hours / NIGHT):10}"
        lines.append(f"{slug:16}{each:8.2f}{row}")
    each = found.files + found.database
    rows: list[tuple[str, Callable[[int], float], str]] = [
        ("writing, hours by the clock", lambda size: size * found.write_wall / 3600, ".1f"),
        ("writing, CPU hours", lambda size: size * found.write / 3600, ".1f"),
        ("writing, GB of memory", lambda size: _memory(found, size) / 1e3, ".1f"),
        ("disk, GB", lambda size: size * each / 1e9, ".1f"),
    ]
    lines += ["", f"{'a chapter':30}" + "".join(f"{size:>10,}" for size in COURSES)]
    lines += [f"{name:30}" + "".join(f"{value(size):>10{form}}" for size in COURSES) for name, value, form in rows]
    lines += [
        "",
        f"Cores: for one night of {NIGHT} hours. Writing is one process: {1e3 * found.write_wall:.0f} ms by the clock "
        f"and {1e3 * found.write:.0f} ms of CPU a hand-in.",
        f"Disk: {found.files / 1e3:.0f} kB of files and {found.database / 1e3:.0f} kB of the database a hand-in. "
        f"Memory: {found.memory:.0f} MB, and {found.more:.1f} MB for each further thousand;",
        f"each core that examines has {found.worker:.0f} MB beside it.",
    ]
    return "\n".join(["", *lines])


def _memory(found: Measured, size: int) -> float:
    return found.memory + found.more * max(0, size - 1_000) / 1_000
