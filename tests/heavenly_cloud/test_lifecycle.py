from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heavenly_cloud.errors import IllegalStep
from heavenly_cloud.lifecycle import TRANSITIONS, InstanceState, Step, elapsed_state, next_state, progress


@given(st.lists(st.sampled_from(Step)))
def test_any_steps_lead_to_the_state_in_the_table(steps: list[Step]) -> None:
    state = InstanceState.BUILDING
    for step in steps:
        if (state, step) in TRANSITIONS:
            state = next_state(state, step, "web")
        else:
            with pytest.raises(IllegalStep, match=f"'web' is {state.value.lower()}.*'{step.value}'"):
                next_state(state, step, "web")


def test_no_step_leads_out_of_deleted() -> None:
    assert not [step for state, step in TRANSITIONS if state is InstanceState.DELETED]


def test_power_steps_are_idempotent_and_nothing_that_runs_is_deleted() -> None:
    assert next_state(InstanceState.ON, Step.POWER_ON, "web") is InstanceState.ON
    assert next_state(InstanceState.OFF, Step.POWER_OFF, "web") is InstanceState.OFF
    with pytest.raises(IllegalStep):
        next_state(InstanceState.ON, Step.DELETE, "web")


@pytest.mark.parametrize(
    ("now", "percent", "finished"),
    [(50, 0, False), (100, 0, False), (105, 50, False), (109.9, 99, False), (110, 100, True)],
)
def test_progress_is_a_percentage_also_when_the_clock_was_set_back(now: float, percent: int, finished: bool) -> None:
    assert progress(InstanceState.BUILDING, 100, 10, now) == percent
    state, since = elapsed_state(InstanceState.BUILDING, 100, 10, now)
    assert (state, since) == ((InstanceState.OFF, 110) if finished else (InstanceState.BUILDING, 100))
