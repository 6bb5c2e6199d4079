"""How much a test repeats: little in `make quick`, some in `make test`, everything in `make soak`."""

from __future__ import annotations

import os
from typing import TypeVar

from hypothesis import HealthCheck, settings

T = TypeVar("T")
IS_SOAK = "SOAK" in os.environ
IS_QUICK = "QUICK" in os.environ
# Examples of a property test.
EXAMPLES = {"quick": 5, "test": 15, "soak": 200}


def how_many(short: T, soak: T) -> T:
    """Return the size of a test: the short one unless this is `make soak`."""
    return soak if IS_SOAK else short


def load_profile() -> None:
    """Set how many examples the property tests try."""
    # A slow machine is no failure, and CI tries the same examples each time.
    for name, examples in EXAMPLES.items():
        settings.register_profile(
            name,
            max_examples=examples,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
            derandomize="CI" in os.environ and name != "soak",
        )
    settings.load_profile("soak" if IS_SOAK else "quick" if IS_QUICK else "test")
