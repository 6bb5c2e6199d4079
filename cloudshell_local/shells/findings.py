"""Findings of the check of a package: problems, for which it is refused, and warnings, with which it is installed."""

from __future__ import annotations

from dataclasses import dataclass, field

from cloudshell_local.text import cleaned, shortened

# Of each kind, and of the characters of each.
MOST, LONGEST = 200, 2000


@dataclass
class Findings:
    """The problems and warnings of a package: a sentence each, which begins with its location in the package.

    problems: the package is refused for them. warnings: the package is installed, and they are kept with the shell.
    """

    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def fail(self, problem: str) -> None:
        """Add a problem, unless there are very many."""
        _add(problem, self.problems)

    def warn(self, warning: str) -> None:
        """Add a warning, unless it is there already, or there are very many."""
        if warning not in self.warnings:
            _add(warning, self.warnings)


def _add(sentence: str, sentences: list[str]) -> None:
    if len(sentences) < MOST:
        sentences.append(shortened(cleaned(sentence), LONGEST))
