"""Faults on request, so that what depends on the cloud can be tried when it fails: `cloud.faults.add(Fault(...))`."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass

from heavenly_cloud.errors import CloudUnavailable, HeavenlyError, InvalidValue, UnknownName, listed

BEFORE = "before"
AFTER = "after"


@dataclass
class Fault:
    """One rule: the operation, whether it fails before or after its effect, after how many calls, how often.

    error: what is raised, CloudUnavailable if None. hits counts how often the rule struck.
    """

    operation: str
    phase: str = BEFORE
    skip: int = 0
    times: int = 1
    error: HeavenlyError | None = None
    hits: int = 0

    def strikes(self, operation: str, phase: str) -> bool:
        """Count this call, and return whether it must fail."""
        if (operation, phase) != (self.operation, self.phase) or self.hits >= self.times:
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.hits += 1
        return True


class Faults:
    """The rules in force. Adding one checks it: a rule that can never strike is a mistake."""

    def __init__(self, operations: Collection[str]) -> None:
        self._operations = operations
        self._rules: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, rule: Fault) -> Fault:
        """Put a rule in force; raise UnknownName or InvalidValue."""
        if rule.operation not in self._operations:
            raise UnknownName(kind="operation", name=rule.operation, known=listed(sorted(self._operations)))
        if rule.phase not in (BEFORE, AFTER):
            raise InvalidValue(name="phase", value=rule.phase, right=f"'{BEFORE}' or '{AFTER}'")
        with self._lock:
            self._rules.append(rule)
        return rule

    def clear(self) -> None:
        """Take all rules out of force."""
        with self._lock:
            self._rules.clear()

    def strike(self, operation: str, phase: str) -> None:
        """Raise the error of the first rule that says so."""
        if not self._rules:
            return
        with self._lock:
            rule = next((rule for rule in self._rules if rule.strikes(operation, phase)), None)
        if rule is not None:
            raise rule.error or CloudUnavailable(operation=operation)
