from __future__ import annotations

from typing import Any

import pytest

from heavenly_cloud import (
    Angel,
    Man,
    SecurityRule,
    errors,
)


@pytest.mark.parametrize(
    "being", [lambda: Angel(-1, 1.0), lambda: Angel(2, 0), lambda: Man(float("nan"), 1), lambda: Man(1, -3)]
)
def test_a_being_that_cannot_be_is_refused(being: Any) -> None:
    with pytest.raises(errors.InvalidValue):
        being()


@pytest.mark.parametrize(
    "rule",
    [("sctp", 1, 2, "0.0.0.0/0"), ("tcp", 5, 4, "0.0.0.0/0"), ("tcp", 1, 70000, "0.0.0.0/0"), ("tcp", 1, 2, "x")],
)
def test_a_security_rule_that_makes_no_sense_is_refused(rule: tuple[str, int, int, str]) -> None:
    with pytest.raises(errors.MistakeError):
        SecurityRule(*rule)
