from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heavenly_cloud.errors import IllegalStep
from heavenly_cloud.lifecycle import TRANSITIONS, State, Step, after


@given(st.lists(st.sampled_from(Step)))
def test_whatever_is_tried_an_instance_is_where_the_table_says(steps: list[Step]) -> None:
    state = State.BUILDING
    for step in steps:
        if (state, step) in TRANSITIONS:
            state = after(state, step, "web")
        else:
            with pytest.raises(IllegalStep, match=f"'web' is {state.value.lower()}.*'{step.value}'"):
                after(state, step, "web")


def test_what_is_deleted_stays_deleted() -> None:
    assert not [step for state, step in TRANSITIONS if state is State.DELETED]


def test_power_steps_are_idempotent_and_nothing_that_runs_is_deleted() -> None:
    assert after(State.ON, Step.POWER_ON, "web") is State.ON
    assert after(State.OFF, Step.POWER_OFF, "web") is State.OFF
    with pytest.raises(IllegalStep):
        after(State.ON, Step.DELETE, "web")
