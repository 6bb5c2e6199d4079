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
from tests.doubles import data_with, holdings, new_lab
from tests.secrets import leaks, leaks_in_cloud
from tests.soak.conftest import Figures
from tests.soak.story import CASES, NAMES, Case, Outcome, Scene, is_success, tear_down

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
    lab = new_lab(case.networking, data_with(**SLOW))
    scene = case.ready(lab)
    lab.clock.sleep(10)  # What was begun to get there is done.
    lab.api.calls.clear()
    scene.before = scene.vm
    return scene


def steps_of(case: Case) -> int:
    scene = scene_of(case)
    before = len(scene.lab.heaven.events)
    outcome = case.outcome(scene)
    assert is_success(outcome), outcome
    case.holds(scene, outcome)
    return len(scene.lab.heaven.events) - before


@each_case
@pytest.mark.parametrize("misfortune", MISFORTUNES)
def test_a_fault_at_every_step(case: Case, misfortune: str, figures: Figures) -> None:
    rule, steps, failed = MISFORTUNES[misfortune], steps_of(case), 0
    for step in range(steps + 1):
        scene = scene_of(case)
        empty, untouched = holdings(new_lab(case.networking).heaven), holdings(scene.lab.heaven)
        record = scene.lab.heaven.faults.add(FaultRule("*", skip=step, **rule))  # type: ignore[arg-type]
        outcome = case.outcome(scene)
        assert record.hits or step >= steps, "the step was there"
        audit(scene.lab.heaven)
        case.holds(scene, outcome)
        assert _leaked(scene, outcome) == []
        if rule["times"] == 1 and rule["error"] == "CloudUnavailable":
            assert is_success(outcome), "one lost answer is no reason to fail"
        if not is_success(outcome):
            failed += 1
            _explained(outcome)
            if case.name == "Deploy":
                assert holdings(scene.lab.heaven) == untouched
        _goes_on(case, scene)
        tear_down(scene)
        assert holdings(scene.lab.heaven) == empty, "nothing is left over"
    figures.add(f"A fault at every step, {misfortune}", commands=1, steps=steps, failed=failed)


def _leaked(scene: Scene, outcome: Outcome) -> list[str]:
    """Return the secrets in an answer, but for the key that it is there to give, and in the cloud."""
    answers = [{**answer, "accessKey": ""} for answer in outcome.answers or []]
    return leaks(outcome.error + str(answers)) + leaks_in_cloud(scene.lab.heaven)


def _explained(outcome: Outcome) -> None:
    told = [
        outcome.error,
        *(str(answer.get("errorMessage") or answer.get("error")) for answer in outcome.answers or []),
    ]
    assert any("as a fault rule says" in text for text in told)


def _goes_on(case: Case, scene: Scene) -> None:
    """The weather is fine again, and the command is done again."""
    scene.lab.clock.on_sleep = lambda: None
    scene.lab.heaven.faults.clear()
    scene.lab.clock.sleep(10)
    scene.lab.api.calls.clear()
    if case.name == "Deploy":  # Whoever deploys an App again has deleted it.
        tear_down_apps(scene)
    again = case.outcome(scene)
    assert is_success(again), again
    case.holds(scene, again)
    audit(scene.lab.heaven)


def tear_down_apps(scene: Scene) -> None:
    client = scene.lab.heaven.login("gabriel", "halo", "narnia")
    for vm_id in audit(scene.lab.heaven).instances:
        client.delete_instance(vm_id)


CANCELLABLE = [case for case in CASES if case.name.split(",")[0] in (
    "Deploy", "PowerOn", "PowerOff", "PowerCycle", "remote_refresh_ip", "GetVmDetails", "PrepareSandboxInfra",
)]  # fmt: skip


@pytest.mark.parametrize("case", CANCELLABLE, ids=[f"{case.name} ({case.networking})" for case in CANCELLABLE])
def test_stop_at_every_step(case: Case, figures: Figures) -> None:
    """Stop is pressed each time that somebody waits: for the cloud, before and after its effect, or for the VM."""
    waits = stopped = 0
    while True:
        scene = scene_of(case)
        untouched, cancellation = holdings(scene.lab.heaven), SimpleNamespace(is_cancelled=False)
        rules = [FaultRule("*", latency=3), FaultRule("*", latency=3, phase="after")]
        scene.lab.heaven.faults.set(rules)
        pressed = _press(scene, cancellation, waits)
        outcome = case.outcome(scene, cancellation)
        if not pressed:
            break
        assert scene.lab.clock.time - pressed[0] <= 1.0
        audit(scene.lab.heaven)
        case.holds(scene, outcome)
        assert _leaked(scene, outcome) == []
        if not is_success(outcome):
            stopped += 1
            told = str(outcome)
            assert "cancelled" in told
            if case.name == "Deploy":
                assert holdings(scene.lab.heaven) == untouched
        _goes_on(case, scene)
        tear_down(scene)
        waits += 1
    assert stopped
    figures.add("Stop at every step", commands=1, moments=waits, ended_early=stopped)


def _press(scene: Scene, cancellation: Any, after: int) -> list[float]:
    """Have Stop pressed at the sleep of this number; return when that was, as soon as it was."""
    pressed: list[float] = []
    sleeps = [0]

    def on_sleep() -> None:
        if sleeps[0] == after and not pressed:
            cancellation.is_cancelled = True
            pressed.append(scene.lab.clock.time)
            # What is undone then takes no longer than it would under a clear sky.
            scene.lab.heaven.faults.clear()
        sleeps[0] += 1

    scene.lab.clock.on_sleep = on_sleep
    return pressed


@pytest.mark.parametrize("name", ["Deploy", "PowerOn", "remote_refresh_ip"])
@pytest.mark.parametrize("waits_for", ["the VM", "the cloud"])
def test_in_real_time_stop_ends_a_command_within_a_second(name: str, waits_for: str) -> None:
    """The VM takes an hour, or each answer of the cloud does."""
    case = next(case for case in CASES if case.name == name)
    lab = new_lab(case.networking)
    scene = case.ready(lab)
    lab.commands._sleep = time.sleep
    hour = 3600.0
    if waits_for == "the VM":
        lab.heaven.config = data_with(build_seconds=hour, start_seconds=hour, boot_seconds=hour)
    else:
        lab.heaven.faults.set([FaultRule("*", latency=hour)])
    cancellation = SimpleNamespace(is_cancelled=False)
    stop = threading.Timer(0.3, lambda: setattr(cancellation, "is_cancelled", True))
    stop.start()
    began = time.monotonic()
    if waits_for == "the cloud":  # What is undone waits for nobody, so the weather has cleared by then.
        threading.Timer(0.3, lab.heaven.faults.clear).start()
    outcome = case.outcome(scene, cancellation)
    assert "cancelled" in str(outcome)
    assert time.monotonic() - began < 1.3
