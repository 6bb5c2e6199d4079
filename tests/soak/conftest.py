"""What the tests that nothing is lost share: the figures that they print."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.heavenly_cloud.conftest import postgresql
from tests.secrets import leaks_in_files

__all__ = ["postgresql"]


@pytest.fixture(autouse=True, scope="module")
def _no_secret_is_logged(_logs: Path) -> Iterator[None]:
    yield
    assert leaks_in_files(_logs) == {}


@dataclass
class Figures:
    """What is printed at the end of the run, a line for each name."""

    sums: dict[str, dict[str, float]] = field(default_factory=dict)

    def add(self, name: str, **numbers: float) -> None:
        """Add numbers to those of the same name."""
        line = self.sums.setdefault(name, {})
        for what, number in numbers.items():
            line[what] = line.get(what, 0) + number

    def lines(self) -> Iterator[str]:
        for name, numbers in self.sums.items():
            texts = ", ".join(f"{what.replace('_', ' ')} {number:,.4g}" if number < 1000 else
                             f"{what.replace('_', ' ')} {number:,.0f}" for what, number in numbers.items())  # fmt: skip
            yield f"{name}: {texts}"


KEY = pytest.StashKey[Figures]()


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    return request.config.stash.setdefault(KEY, Figures())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    found = config.stash.get(KEY, None)
    if found:
        terminalreporter.section("figures")
        for line in found.lines():
            terminalreporter.write_line(line)
