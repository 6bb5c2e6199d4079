"""Layout of a diagram: services above, Apps below, lines between them. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cloudshell_local.storage.model import Connector

# In pixels.
BOX_WIDTH, BOX_HEIGHT, GAP, ROW_GAP, MARGIN = 200, 84, 28, 76, 16
BOXES_PER_ROW = 4
# How far a line between two boxes of one row hangs below them.
SAG = 34


@dataclass(frozen=True)
class Box:
    """The place of a service or an App. x, y: of its upper left corner, in pixels."""

    name: str
    x: int
    y: int


@dataclass(frozen=True)
class ConnectorLine:
    """The line of a connector. path: the `d` attribute of SVG's path."""

    connector: Connector
    path: str


@dataclass(frozen=True)
class DiagramLayout:
    """The size of a diagram in pixels, its boxes by their names, and its lines."""

    width: int
    height: int
    boxes: dict[str, Box]
    lines: list[ConnectorLine]


def diagram_layout(services: Sequence[str], apps: Sequence[str], connectors: Iterable[Connector]) -> DiagramLayout:
    """Return the layout of services and Apps; connectors with an end outside of the diagram are left out."""
    rows = [row for names in (services, apps) for row in _rows(names)]
    widest = max((len(row) for row in rows), default=1)
    width = 2 * MARGIN + widest * BOX_WIDTH + (widest - 1) * GAP
    boxes = {box.name: box for number, row in enumerate(rows) for box in _row(row, number, width)}
    found = [each for each in connectors if each.source in boxes and each.target in boxes]
    lines = [ConnectorLine(each, _path(boxes[each.source], boxes[each.target])) for each in found]
    sag = SAG if any(boxes[each.source].y == boxes[each.target].y for each in found) else 0
    height = 2 * MARGIN + max(len(rows), 1) * (BOX_HEIGHT + ROW_GAP) - ROW_GAP + sag
    return DiagramLayout(width, height, boxes, lines)


def _rows(names: Sequence[str]) -> list[Sequence[str]]:
    return [names[start : start + BOXES_PER_ROW] for start in range(0, len(names), BOXES_PER_ROW)]


def _row(names: Sequence[str], number: int, width: int) -> list[Box]:
    """Return a row's boxes, centred in the width."""
    free = width - len(names) * BOX_WIDTH - (len(names) - 1) * GAP
    top = MARGIN + number * (BOX_HEIGHT + ROW_GAP)
    return [Box(name, free // 2 + column * (BOX_WIDTH + GAP), top) for column, name in enumerate(names)]


def _path(one: Box, other: Box) -> str:
    upper, lower = sorted((one, other), key=lambda box: box.y)
    (x1, x2), bottom = (upper.x + BOX_WIDTH // 2, lower.x + BOX_WIDTH // 2), upper.y + BOX_HEIGHT
    if upper.y == lower.y:
        return f"M{x1} {bottom} C{x1} {bottom + SAG} {x2} {bottom + SAG} {x2} {bottom}"
    middle = bottom + ROW_GAP // 2
    return f"M{x1} {bottom} C{x1} {middle} {x2} {lower.y - ROW_GAP // 2} {x2} {lower.y}"
