"""Where the things of a diagram stand: services above, Apps below, lines between them. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cloudshell_local.storage.model import Connector

BOX_WIDTH, BOX_HEIGHT, GAP, ROW_GAP, MARGIN = 200, 84, 28, 76, 16
PER_ROW = 4
# How far a line between two of a row hangs below it.
SAG = 34


@dataclass(frozen=True)
class Box:
    """A service or an App, and where its upper left corner is."""

    name: str
    x: int
    y: int


@dataclass(frozen=True)
class Line:
    """A connector. path: as SVG draws it."""

    connector: Connector
    path: str


@dataclass(frozen=True)
class Picture:
    width: int
    height: int
    boxes: dict[str, Box]
    lines: list[Line]


def picture(services: Sequence[str], apps: Sequence[str], connectors: Sequence[Connector]) -> Picture:
    """Return where all are; a line whose ends are not both there is left out."""
    rows = [row for names in (services, apps) for row in _rows(names)]
    widest = max((len(row) for row in rows), default=1)
    width = 2 * MARGIN + widest * BOX_WIDTH + (widest - 1) * GAP
    boxes = {box.name: box for number, row in enumerate(rows) for box in _row(row, number, width)}
    found = [each for each in connectors if each.source in boxes and each.target in boxes]
    lines = [Line(each, _path(boxes[each.source], boxes[each.target])) for each in found]
    sag = SAG if any(boxes[each.source].y == boxes[each.target].y for each in found) else 0
    height = 2 * MARGIN + max(len(rows), 1) * (BOX_HEIGHT + ROW_GAP) - ROW_GAP + sag
    return Picture(width, height, boxes, lines)


def _rows(names: Sequence[str]) -> list[Sequence[str]]:
    return [names[start : start + PER_ROW] for start in range(0, len(names), PER_ROW)]


def _row(names: Sequence[str], number: int, width: int) -> list[Box]:
    """Return a row's boxes, in the middle of the width."""
    free = width - len(names) * BOX_WIDTH - (len(names) - 1) * GAP
    top = MARGIN + number * (BOX_HEIGHT + ROW_GAP)
    return [Box(name, free // 2 + place * (BOX_WIDTH + GAP), top) for place, name in enumerate(names)]


def _path(one: Box, other: Box) -> str:
    upper, lower = sorted((one, other), key=lambda box: box.y)
    (x1, x2), bottom = (upper.x + BOX_WIDTH // 2, lower.x + BOX_WIDTH // 2), upper.y + BOX_HEIGHT
    if upper.y == lower.y:
        return f"M{x1} {bottom} C{x1} {bottom + SAG} {x2} {bottom + SAG} {x2} {bottom}"
    middle = bottom + ROW_GAP // 2
    return f"M{x1} {bottom} C{x1} {middle} {x2} {lower.y - ROW_GAP // 2} {x2} {lower.y}"
