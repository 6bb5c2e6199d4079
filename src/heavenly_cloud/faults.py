"""Fault injection: rules that make operations slow or let them fail, to test what depends on the cloud.

A rule is data, the same in Python (`FaultRule(operation="power_on", latency=2)`), in a configuration file and as JSON text:

    [{"operation": "create_instance", "concerns": "db-*", "error": "NoCapacity", "times": 1},
     {"operation": "power_*", "latency": 2, "jitter": 0.5},
     {"operation": "*", "error": "CloudUnavailable", "phase": "after", "probability": 0.1}]
"""

from __future__ import annotations

import json
import math
import random
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from typing import Any

from heavenly_cloud.errors import (
    HeavenlyError,
    InvalidFaultRules,
    InvalidValue,
    MistakeError,
    TransientError,
    UnknownName,
    error_types,
    quoted_list,
)
from heavenly_cloud.events import CloudCall

BEFORE, AFTER = "before", "after"
LONGEST_LATENCY = 3600.0  # seconds; discovery cannot be stopped, so it must end some day


@dataclass(frozen=True)
class FaultRule:
    """A rule of fault injection; raises InvalidValue or UnknownName when it could never apply.

    operation: the name of an operation; * and ? are wildcards ("power_*");
    concerns: a name of the call's subject: an instance's id or name, a tag, a region or an account; with the same wildcards;
    latency, jitter: seconds that the operation takes longer, at most an hour, plus or minus at most so many;
    error: the name of the error that is raised, or empty for a rule that only delays;
    phase: whether it delays and fails before or after the operation's effect;
    probability: above 0, up to 1; skip: how many matching calls it lets pass first; times: how often it applies at most,
    None for always.
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
        """Refuse a rule that could never apply, or whose error would not be true."""
        for name in ("operation", "concerns", "error", "phase"):
            _require(isinstance(getattr(self, name), str), name, getattr(self, name), "a text")
        for name in ("latency", "jitter"):
            _require(_is_duration(getattr(self, name)), name, getattr(self, name), "a number of seconds from 0 to 3600")
        is_probable = _is_number(self.probability) and 0 < self.probability <= 1
        _require(is_probable, "probability", self.probability, "above 0 and not above 1")
        _require(_is_count(self.skip), "skip", self.skip, "a whole number from 0 up")
        _require(self.times is None or (_is_count(self.times) and self.times > 0), "times", self.times, "from 1 up")
        _require(self.phase in (BEFORE, AFTER), "phase", self.phase, f"'{BEFORE}' or '{AFTER}'")
        _require(bool(self.error or self.latency), "effect", "nothing", "an error or a latency, or both")
        _require(self.jitter <= self.latency, "jitter", self.jitter, "no more than the latency")
        if self.error:
            self._require_error(error_types())

    def _require_error(self, known: dict[str, type[HeavenlyError]]) -> None:
        if self.error not in known:
            raise UnknownName(kind="error", name=self.error, known=quoted_list(sorted(known)))
        # All other errors promise that nothing was changed.
        right = "a TransientError after the effect, as 'CloudUnavailable'"
        _require(self.phase == BEFORE or issubclass(known[self.error], TransientError), "error", self.error, right)


def _require(is_right: bool, name: str, value: object, right: str) -> None:
    if not is_right:
        raise InvalidValue(name=f"A fault rule's {name}", value=value, right=right)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0 and math.isfinite(value)


def _is_duration(value: Any) -> bool:
    return _is_number(value) and value <= LONGEST_LATENCY


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def parse_fault_rules(raw: Any) -> tuple[FaultRule, ...]:
    """Return the rules in JSON text, or in the list that it decodes to; raise InvalidFaultRules."""
    decoded = _decoded(raw) if isinstance(raw, str) else raw
    if not isinstance(decoded, list):
        raise _invalid("the text", InvalidValue(name="The whole", value=raw, right="a list of rules, as JSON"))
    rules = []
    for number, item in enumerate(decoded, 1):
        with _at_rule(number):
            rules.append(_parse_rule(item))
    return tuple(rules)


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f"line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else "the text"
        raise _invalid(where, InvalidValue(name="The whole", value=text, right="a list of rules, as JSON")) from None


def _parse_rule(item: Any) -> FaultRule:
    if not isinstance(item, dict) or "operation" not in item:
        raise InvalidValue(name="A fault rule", value=item, right="an object with an 'operation'")
    known = [field.name for field in fields(FaultRule)]
    for name in item:
        if name not in known:
            raise UnknownName(kind="field of a fault rule", name=name, known=quoted_list(known))
    return FaultRule(**item)


@contextmanager
def _at_rule(number: int) -> Iterator[None]:
    """Have what is wrong with a rule be an error that names the rule's number."""
    try:
        yield
    except MistakeError as error:
        raise _invalid(f"rule {number}", error) from None


def _invalid(where: str, problem: MistakeError) -> InvalidFaultRules:
    facts = problem.facts
    right = f"{facts['name']} should be {facts['right']}" if "right" in facts else f"the {facts['kind']} does not exist"
    return InvalidFaultRules(where=where, problem=problem, right=right)


@dataclass
class RuleStats:
    """Counters of a rule. calls: how many calls matched it; hits: how many of them it was applied to."""

    rule: FaultRule
    calls: int = 0
    hits: int = 0


class FaultInjector:
    """The fault rules in force in one cloud. stats: their counters, in the order of the rules."""

    def __init__(self, operations: Collection[str], rng: random.Random) -> None:
        self.stats: list[RuleStats] = []
        self._operations = operations
        self._rng = rng
        self._lock = threading.Lock()

    def add(self, rule: FaultRule) -> RuleStats:
        """Put a rule in force after the others; raise UnknownName when its operation does not exist."""
        self._require_operation(rule)
        added = RuleStats(rule)
        with self._lock:
            self.stats = [*self.stats, added]
        return added

    def set(self, rules: Sequence[FaultRule]) -> list[RuleStats]:
        """Replace all rules; their counters start at 0. Raises InvalidFaultRules, and changes nothing then."""
        for number, rule in enumerate(rules, 1):
            with _at_rule(number):
                self._require_operation(rule)
        with self._lock:
            self.stats = [RuleStats(rule) for rule in rules]
            return self.stats

    def clear(self) -> None:
        """Remove all rules."""
        self.set([])

    def _require_operation(self, rule: FaultRule) -> None:
        if not any(fnmatchcase(name, rule.operation) for name in self._operations):
            raise UnknownName(kind="operation", name=rule.operation, known=quoted_list(sorted(self._operations)))

    def apply(self, call: CloudCall, phase: str, applied: list[str]) -> None:
        """Delay the call and raise errors as the rules of the phase say; append each rule that applies to applied."""
        for number, rule, seconds in self._due(call, phase):
            applied.append(f"{number}: {rule.operation}")
            if seconds:
                call.caller.wait(seconds)
            if rule.error:
                message = f"The cloud failed {call.operation} ({rule.error}), as a fault rule says (rule {applied[-1]})"
                raise error_types()[rule.error].with_message(message)

    def _due(self, call: CloudCall, phase: str) -> list[tuple[int, FaultRule, float]]:
        due = []
        candidates = [
            (number, stats)
            for number, stats in enumerate(self.stats, 1)
            if stats.rule.phase == phase and fnmatchcase(call.operation, stats.rule.operation)
        ]
        names = call.names() if any(stats.rule.concerns != "*" for _, stats in candidates) else ()
        with self._lock:
            for number, stats in candidates:
                if not self._applies(stats, names):
                    continue
                due.append((number, stats.rule, self._seconds(stats.rule)))
                if stats.rule.error:
                    break  # The call ends here, so later rules do not count it.
        return due

    def _applies(self, stats: RuleStats, names: Sequence[str]) -> bool:
        rule = stats.rule
        if rule.concerns != "*" and not any(fnmatchcase(name, rule.concerns) for name in names):
            return False
        stats.calls += 1
        if stats.calls <= rule.skip or (rule.times is not None and stats.hits >= rule.times):
            return False
        if rule.probability < 1 and self._rng.random() >= rule.probability:
            return False
        stats.hits += 1
        return True

    def _seconds(self, rule: FaultRule) -> float:
        return rule.latency + (self._rng.uniform(-rule.jitter, rule.jitter) if rule.jitter else 0)
