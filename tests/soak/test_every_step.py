"""Every command, while the cloud fails, or the user presses Stop, at every step that it takes."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest

from heavenly_cloud import FaultRule
from heavenly_cloud.client import PAUSES
from tests.audit import audit
from tests.fakes import data_with, in_use, new_harness
from tests.secrets import leaks, leaks_in_cloud
from tests.sizes import how_many
from tests.soak.command_cases import CASES, NAMES, Case, Outcome, Scene, is_success, tear_down
from tests.soak.conftest import Figures

each_case = pytest.mark.parametrize("case", CASES, ids=NAMES)
# What the cloud does at the step: fails once, until the command gives up, or refuses.
MISFORTUNES = {
    "no answer": {"error": "CloudUnavailable", "times": 1},
    "no answer, effect there": {"error": "CloudUnavailable", "times": 1, "phase": "after"},
    "out of order": {"error": "CloudUnavailable", "times": len(PAUSES) + 1},
    "out of order, effect there": {"error": "CloudUnavailable", "times": len(PAUSES) + 1, "phase": "after"},
    "refused": {"error": "NoCapacity", "times": 1},
}
SLOW = {"build_seconds": 2.0, "start_seconds": 2.0, "stop_seconds": 2.0, "boot_seconds": 2.0}


def scene_of(case: Case) -> Scene:
    harness = new_harness(case.networking, data_with(**SLOW))
    scene = case.ready(harness)
    harness.clock.sleep(10)  # What was begun to get there is done.
    harness.api.calls.clear()
    scene.before = scene.vm
    return scene


def steps_of(case: Case) -> int:
    scene = scene_of(case)
    before = len(scene.harness.heaven.events)
    outcome = case.outcome(scene)
    assert is_success(outcome), outcome
    case.holds(scene, outcome)
    return len(scene.harness.heaven.events) - before


@each_case
@pytest.mark.parametrize("misfortune", MISFORTUNES)
def test_a_fault_at_every_step(case: Case, misfortune: str, figures: Figures) -> None:
    rule, steps, failed = MISFORTUNES[misfortune], steps_of(case), 0
    # In `make test` every third step, beginning with another one for each misfortune: together they meet every step.
    first = how_many(list(MISFORTUNES).index(misfortune) % 3, 0)
    for step in range(first, steps + 1, how_many(3, 1)):
        scene = scene_of(case)
        empty, untouched = in_use(new_harness(case.networking).heaven), in_use(scene.harness.heaven)
        stats = scene.harness.heaven.faults.add(FaultRule("*", skip=step, **rule))  # type: ignore[arg-type]
        outcome = case.outcome(scene)
        assert stats.hits or step >= steps, "the step was there"
        audit(scene.harness.heaven)
        case.holds(scene, outcome)
        assert _leaked(scene, outcome) == []
        if rule["times"] == 1 and rule["error"] == "CloudUnavailable":
            assert is_success(outcome), "one lost answer is no reason to fail"
        if not is_success(outcome):
            failed += 1
            _explained(outcome)
            if case.name == "Deploy":
                assert in_use(scene.harness.heaven) == untouched
        _goes_on(case, scene)
        tear_down(scene)
        assert in_use(scene.harness.heaven) == empty, "nothing is left over"
    figures.add(f"A fault at every step, {misfortune}", commands=1, steps=steps, failed=failed)


def _leaked(scene: Scene, outcome: Outcome) -> list[str]:
    """Return the secrets in an answer, but for the key that it is there to give, and in the cloud."""
    answers = [{**answer, "accessKey": ""} for answer in outcome.answers or []]
    return leaks(outcome.error + str(answers)) + leaks_in_cloud(scene.harness.heaven)


def _explained(outcome: Outcome) -> None:
    texts = [
        outcome.error,
        *(str(answer.get("errorMessage") or answer.get("error")) for answer in outcome.answers or []),
    ]
    assert any("as a fault rule says" in text for text in texts)


def _goes_on(case: Case, scene: Scene) -> None:
    """The fault rules are gone, and the command is done again."""
    scene.harness.clock.on_sleep = lambda: None
    scene.harness.heaven.faults.clear()
    scene.harness.clock.sleep(10)
    scene.harness.api.calls.clear()
    if case.name == "Deploy":  # Whoever deploys an App again has deleted it.
        tear_down_apps(scene)
    again = case.outcome(scene)
    assert is_success(again), again
    case.holds(scene, again)
    audit(scene.harness.heaven)


def tear_down_apps(scene: Scene) -> None:
    client = scene.harness.heaven.login("gabriel", "halo", "narnia")
    for vm_id in audit(scene.harness.heaven).instances:
        client.delete_instance(vm_id)


CANCELLABLE = [case for case in CASES if case.name.split(",")[0] in (
    "Deploy", "PowerOn", "PowerOff", "PowerCycle", "remote_refresh_ip", "GetVmDetails", "PrepareSandboxInfra",
)]  # fmt: skip


@pytest.mark.parametrize("case", CANCELLABLE, ids=[f"{case.name} ({case.networking})" for case in CANCELLABLE])
def test_stop_at_every_step(case: Case, figures: Figures) -> None:
    """Stop is pressed each time that somebody waits: for the cloud, before and after its effect, or for the VM.

    In `make test` it is pressed at every third of these moments.
    """
    waits = stopped = 0
    while True:
        scene = scene_of(case)
        untouched, cancellation = in_use(scene.harness.heaven), SimpleNamespace(is_cancelled=False)
        rules = [FaultRule("*", latency=3), FaultRule("*", latency=3, phase="after")]
        scene.harness.heaven.faults.set(rules)
        pressed = _press(scene, cancellation, waits)
        outcome = case.outcome(scene, cancellation)
        if not pressed:
            break
        assert scene.harness.clock.time - pressed[0] <= 1.0
        audit(scene.harness.heaven)
        case.holds(scene, outcome)
        assert _leaked(scene, outcome) == []
        if not is_success(outcome):
            stopped += 1
            texts = str(outcome)
            assert "cancelled" in texts
            if case.name == "Deploy":
                assert in_use(scene.harness.heaven) == untouched
        _goes_on(case, scene)
        tear_down(scene)
        waits += how_many(3, 1)
    assert stopped
    figures.add("Stop at every step", commands=1, moments=waits, ended_early=stopped)


def _press(scene: Scene, cancellation: Any, after: int) -> list[float]:
    """Have Stop pressed at the sleep of this number; return when that was, as soon as it was."""
    pressed: list[float] = []
    sleeps = [0]

    def on_sleep() -> None:
        if sleeps[0] == after and not pressed:
            cancellation.is_cancelled = True
            pressed.append(scene.harness.clock.time)
            # What is undone then takes no longer than it would under a clear sky.
            scene.harness.heaven.faults.clear()
        sleeps[0] += 1

    scene.harness.clock.on_sleep = on_sleep
    return pressed


@pytest.mark.parametrize("name", ["Deploy", "PowerOn", "remote_refresh_ip"])
@pytest.mark.parametrize("waits_for", ["the VM", "the cloud"])
def test_in_real_time_stop_ends_a_command_within_a_second(name: str, waits_for: str) -> None:
    """The VM takes an hour, or each answer of the cloud does."""
    case = next(case for case in CASES if case.name == name)
    harness = new_harness(case.networking)
    scene = case.ready(harness)
    harness.commands._sleep = time.sleep
    hour = 3600.0
    if waits_for == "the VM":
        harness.heaven.config = data_with(build_seconds=hour, start_seconds=hour, boot_seconds=hour)
    else:
        harness.heaven.faults.set([FaultRule("*", latency=hour)])
    cancellation = SimpleNamespace(is_cancelled=False)
    stop = threading.Timer(0.3, lambda: setattr(cancellation, "is_cancelled", True))
    stop.start()
    began = time.monotonic()
    if waits_for == "the cloud":  # The rollback waits for nobody: by then no rule is left.
        threading.Timer(0.3, harness.heaven.faults.clear).start()
    outcome = case.outcome(scene, cancellation)
    assert "cancelled" in str(outcome)
    assert time.monotonic() - began < 1.3
