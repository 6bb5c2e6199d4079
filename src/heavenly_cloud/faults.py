"""The weather: rules that make operations slow or let them fail, so that what depends on the cloud can be tried.

A rule is data, the same in Python (`Fault(operation="power_on", latency=2)`), in a data file and in a resource's attribute:

    [{"operation": "create_instance", "concerns": "db-*", "error": "NoCapacity", "times": 1},
     {"operation": "power_*", "latency": 2, "jitter": 0.5},
     {"operation": "*", "error": "CloudUnavailable", "phase": "after", "probability": 0.1}]
"""

from __future__ import annotations

import json
import math
import random
import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from typing import Any

from heavenly_cloud.errors import HeavenlyError, InvalidValue, TransientError, UnknownName, kinds, listed
from heavenly_cloud.events import Call

BEFORE, AFTER = "before", "after"


@dataclass(frozen=True)
class Fault:
    """One rule.

    operation: a name of an operation, * and ? stand for others ("power_*");
    concerns: what it must be about: the id or name of an instance, a sandbox's id, a region or an account, likewise;
    latency, jitter: seconds that the operation takes longer, more or less by up to so many;
    error: the name of the one that is raised, or empty for a rule that is only slow;
    phase: whether it is slow and fails before or after its effect;
    probability: from 0 to 1; skip: how many times it lets pass first; times: how often it strikes, None for always.
    """

    operation: str
    concerns: str = "*"
    latency: float = 0
    jitter: float = 0
    error: str = ""
    phase: str = BEFORE
    probability: float = 1
    skip: int = 0
    times: int | None = None

    def __post_init__(self) -> None:
        """Refuse what can never strike, or would say what is not so."""
        for name in ("operation", "concerns", "error", "phase"):
            _require(isinstance(getattr(self, name), str), name, getattr(self, name), "a text")
        for name in ("latency", "jitter"):
            _require(_is_number(getattr(self, name)), name, getattr(self, name), "a number of seconds from 0 up")
        is_probable = _is_number(self.probability) and 0 < self.probability <= 1
        _require(is_probable, "probability", self.probability, "above 0 and not above 1")
        _require(_is_count(self.skip), "skip", self.skip, "a whole number from 0 up")
        _require(self.times is None or (_is_count(self.times) and self.times > 0), "times", self.times, "from 1 up")
        _require(self.phase in (BEFORE, AFTER), "phase", self.phase, f"'{BEFORE}' or '{AFTER}'")
        _require(bool(self.error or self.latency), "a rule", "nothing", "an error or a latency, or both")
        _require(self.jitter <= self.latency, "jitter", self.jitter, "no more than the latency")
        if self.error:
            self._require_error(kinds())

    def _require_error(self, known: dict[str, type[HeavenlyError]]) -> None:
        if self.error not in known:
            raise UnknownName(kind="error", name=self.error, known=listed(sorted(known)))
        # All others say that nothing was changed.
        right = "a TransientError after the effect, as 'CloudUnavailable'"
        _require(self.phase == BEFORE or issubclass(known[self.error], TransientError), "error", self.error, right)


def _require(is_right: bool, name: str, value: object, right: str) -> None:
    if not is_right:
        raise InvalidValue(name=f"The weather's {name}", value=value, right=right)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0 and math.isfinite(value)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def parse_weather(raw: Any) -> tuple[Fault, ...]:
    """Return the rules that JSON text, or the list in it, says; raise InvalidValue or UnknownName."""
    if isinstance(raw, str):
        try:
            raw = json.loads(raw)
        except ValueError:
            raise InvalidValue(name="The weather", value=raw, right="JSON, a list of rules") from None
    _require(isinstance(raw, list), "rules", raw, "a list of objects")
    return tuple(_rule(item) for item in raw)


def _rule(item: Any) -> Fault:
    _require(isinstance(item, dict) and "operation" in item, "rule", item, "an object with an 'operation'")
    known = [field.name for field in fields(Fault)]
    for name in item:
        if name not in known:
            raise UnknownName(kind="field of a weather rule", name=name, known=listed(known))
    return Fault(**item)


@dataclass
class Record:
    """How a rule fared: how often it was asked for, and how often it struck."""

    rule: Fault
    asked: int = 0
    hits: int = 0


class Faults:
    """The rules in force, of one cloud."""

    def __init__(self, operations: Collection[str], rng: random.Random) -> None:
        self._operations = operations
        # How each rule fared; those with no hits were never hit.
        self.records: list[Record] = []
        self._rng = rng
        self._lock = threading.Lock()

    def add(self, rule: Fault) -> Record:
        """Put a rule in force, behind the others; raise UnknownName when it is about no operation."""
        return self._put([*(record.rule for record in self.records), rule], keep=len(self.records))[-1]

    def set(self, rules: Sequence[Fault]) -> list[Record]:
        """Put rules in force instead of all before, which are counted anew; raise UnknownName, and change nothing."""
        return self._put(rules, keep=0)

    def clear(self) -> None:
        """Take all rules out of force."""
        self._put([], keep=0)

    def _put(self, rules: Sequence[Fault], keep: int) -> list[Record]:
        for rule in rules:
            if not any(fnmatchcase(name, rule.operation) for name in self._operations):
                raise UnknownName(kind="operation", name=rule.operation, known=listed(sorted(self._operations)))
        with self._lock:
            self.records = [*self.records[:keep], *(Record(rule) for rule in rules[keep:])]
            return self.records

    def strike(self, call: Call, phase: str, struck: list[str]) -> None:
        """Be slow and raise, as the rules say; struck: is given each rule that strikes, by its number."""
        for number, rule, seconds in self._due(call, phase):
            struck.append(f"{number}: {rule.operation}")
            if seconds:
                call.client.wait(seconds)
            if rule.error:
                text = f"The cloud failed {call.operation} ({rule.error}), as its weather says (rule {struck[-1]})"
                raise kinds()[rule.error].told(text)

    def _due(self, call: Call, phase: str) -> list[tuple[int, Fault, float]]:
        found = []
        candidates = [
            (number, record)
            for number, record in enumerate(self.records, 1)
            if record.rule.phase == phase and fnmatchcase(call.operation, record.rule.operation)
        ]
        names = call.about() if any(record.rule.concerns != "*" for _, record in candidates) else ()
        with self._lock:
            for number, record in candidates:
                if self._strikes(record, names):
                    found.append((number, record.rule, self._seconds(record.rule)))
                    if record.rule.error:
                        break  # The operation ends here; what comes after is not asked.
        return found

    def _strikes(self, record: Record, names: Sequence[str]) -> bool:
        rule = record.rule
        if rule.concerns != "*" and not any(fnmatchcase(name, rule.concerns) for name in names):
            return False
        record.asked += 1
        if record.asked <= rule.skip or (rule.times is not None and record.hits >= rule.times):
            return False
        if rule.probability < 1 and self._rng.random() >= rule.probability:
            return False
        record.hits += 1
        return True

    def _seconds(self, rule: Fault) -> float:
        return rule.latency + (self._rng.uniform(-rule.jitter, rule.jitter) if rule.jitter else 0)
