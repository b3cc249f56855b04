"""Draw `docs/floors.svg`, the three floors of the code, from its imports: `python docs/floors.py`.

Each box is a package or a module, and is above all boxes that it imports. Inside a top-level package, a line goes down
from the importing box to the imported one; between two top-level packages, one line stands for all imports.
"""

import sys
from html import escape
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[1]
#: The floors from the top down; on each, the top-level packages ("buildings") with their left edge and width in pixels.
FLOORS = ({"grading": (20, 530), "publishing": (570, 410)}, {"course": (20, 960)}, {"solutions": (20, 960)})
BUILDINGS = [building for floor in FLOORS for building in floor]
ROOM, STEP, GAP = 34, 60, 12  # a room's height, from one row to the next, between two rooms of a row
HEAD, BETWEEN = 30, 54  # above a building's rooms, and between two floors


def rooms(graph: grimp.ImportGraph, building: str) -> list[str]:
    """The packages and modules right inside a building; `solutions` is drawn as one room."""
    return [building] if building == "solutions" else sorted(graph.find_children(building))


def edges(graph: grimp.ImportGraph) -> list[tuple[str, str]]:
    """Pairs of rooms: one that imports, and one that it imports."""
    room_of = {}
    for building in BUILDINGS:
        for room in rooms(graph, building):
            for module in {room, *graph.find_descendants(room)}:
                room_of[module] = room
    found = set()
    for importer, inside in room_of.items():
        for imported in graph.find_modules_directly_imported_by(importer):
            there = room_of.get(imported)
            if there and there != inside:
                found.add((inside, there))
    return sorted(found)


def row_of(inside: list[str], links: list[tuple[str, str]]) -> dict[str, int]:
    """The row of each room in its building, counted from the bottom: above all rooms that it imports there."""
    below = {room: {b for a, b in links if a == room and b in inside} for room in inside}
    rows: dict[str, int] = {}

    def row(room: str) -> int:
        if room not in rows:
            rows[room] = 1 + max((row(other) for other in below[room]), default=-1)
        return rows[room]

    return {room: row(room) for room in inside}


def draw() -> str:
    """The picture as SVG."""
    sys.path.insert(0, str(ROOT))
    graph = grimp.build_graph(*BUILDINGS, cache_dir=None)
    links = edges(graph)
    rows = {}
    for building in BUILDINGS:
        # A room without imports is left out, except `solutions`, which is loaded by name.
        inside = [r for r in rooms(graph, building) if r == "solutions" or any(r in link for link in links)]
        rows[building] = row_of(inside, links)
    where: dict[str, tuple[float, float, float]] = {}  # left, top and width of each building and each room
    bottom, shapes = 0.0, []
    for floor in FLOORS:
        top = bottom + (BETWEEN if bottom else 10)
        bottom = top + HEAD + STEP * max(1 + max(rows[building].values()) for building in floor)
        for building, (left, width) in floor.items():
            height = HEAD + STEP * (1 + max(rows[building].values()))
            where[building] = left, bottom - height, width
            shapes.append(box("house", left, bottom - height, width, height))
            shapes.append(f'<text class="name" x="{left + 12}" y="{bottom - height + 20:.0f}">{building}/</text>')
            for number in range(1 + max(rows[building].values())):
                here = sorted(room for room, row in rows[building].items() if row == number)
                each = min(165.0, (width - 24 - GAP * (len(here) - 1)) / len(here))
                start = left + (width - each * len(here) - GAP * (len(here) - 1)) / 2
                for k, room in enumerate(here):
                    where[f"{room} "] = start + k * (each + GAP), bottom - STEP * (number + 1) + 12, each
    between: set[tuple[str, str]] = set()
    for a, b in links:
        inside, there = a.partition(".")[0], b.partition(".")[0]
        if inside == there:
            shapes.append(line(where[f"{a} "], where[f"{b} "], ROOM))
        else:
            between.add((inside, there))
    for a, b in sorted(between):
        x, y = where[a][0] + where[a][2] / 2, where[b][1]
        shapes.append(f'<path class="floor" d="M{x:.0f} {y - BETWEEN + 2:.0f} V{y - 8:.0f}"/>')
    x, y = where["course"][0] + where["course"][2] / 2, where["solutions"][1]
    shapes.append(f'<path class="floor" stroke-dasharray="5 4" d="M{x:.0f} {y - BETWEEN + 2:.0f} V{y - 8:.0f}"/>')
    shapes.append(f'<text class="count" x="{x + 12:.0f}" y="{y - BETWEEN / 2 + 4:.0f}">loaded by name</text>')
    for room, (x, y, width) in where.items():
        if room.endswith(" "):
            name = room.strip().rpartition(".")[2]
            shapes.append(box("room", x, y, width, ROOM))
            shapes.append(f'<text x="{x + width / 2:.0f}" y="{y + 21:.0f}">{escape(name)}</text>')
    body = "\n".join(shapes)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 {bottom + 10:.0f}" role="img">
<title>The three floors: grading and publishing stand on course, course on solutions</title>
<style>
text {{ font: 12px system-ui, sans-serif; text-anchor: middle; fill: #1c2330 }}
.name {{ font-weight: 600; font-size: 15px; text-anchor: start }}
.count {{ text-anchor: start; fill: #5a6577 }}
.house {{ fill: #f4f6f9; stroke: #c9d0da }} .room {{ fill: #ffffff; stroke: #2f6db3 }}
.import {{ fill: none; stroke: #2f6db3; stroke-opacity: .4 }} .floor {{ fill: none; stroke: #2f6db3; stroke-width: 3;
marker-end: url(#tip) }}
</style>
<defs><marker id="tip" viewBox="0 0 6 6" refX="3" refY="3" markerWidth="3.5" markerHeight="3.5" orient="auto">
<path d="M0 0 L6 3 L0 6 z" fill="#2f6db3"/></marker></defs>
<rect width="1000" height="{bottom + 10:.0f}" fill="#ffffff"/>
{body}
</svg>
"""


def box(kind: str, left: float, top: float, width: float, height: float) -> str:
    """A rectangle as SVG."""
    return f'<rect class="{kind}" x="{left:.0f}" y="{top:.0f}" width="{width:.0f}" height="{height:.0f}" rx="5"/>'


def line(a: tuple[float, float, float], b: tuple[float, float, float], height: float) -> str:
    """A curve as SVG, from the bottom of one room to the top of another."""
    (ax, ay, aw), (bx, by, bw) = a, b
    x, y, there, top = ax + aw / 2, ay + height, bx + bw / 2, by
    bend = f"C{x:.0f} {y + 26:.0f} {there:.0f} {top - 26:.0f} {there:.0f} {top:.0f}"
    return f'<path class="import" d="M{x:.0f} {y:.0f} {bend}"/>'


if __name__ == "__main__":
    (ROOT / "docs" / "floors.svg").write_text(draw(), encoding="utf-8")
