"""Medians of things done in turns, so that a noisy machine is noisy for all of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table

console = Console(width=120)


def medians(rounds: int, *things: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> list[float]:
    """Return the median seconds of each thing, done in turns. clock: that of the day, or the processor's."""
    taken: list[list[float]] = [[] for _ in things]
    for _ in range(rounds):
        for times, thing in zip(taken, things):
            begin = clock()
            thing()
            times.append(clock() - begin)
    return [statistics.median(times) for times in taken]


def show(title: str, columns: list[str], rows: list[list[Any]]) -> None:
    """Print a table; numbers on the right."""
    table = Table(*columns, title=title, title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        table.add_row(*map(str, row))
    console.print(table)


def spent(seconds: float) -> str:
    """Return a time as people read it."""
    return f"{seconds * 1e3:.2f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.1f} us"


def ratio(value: float, target: float | None) -> str:
    """Return a ratio with what it should reach, marked when it does not."""
    if target is None:
        return f"{value:.2f}"
    return f"{value:.2f} (<= {target:g}{'' if value <= target else ', MISSED'})"


def per_item(seconds: float, target: float) -> str:
    """Return a time with what it should reach, marked when it does not."""
    return f"{spent(seconds)} (<= {target * 1e3:g} ms{'' if seconds <= target else ', MISSED'})"
