"""The life of an instance: one table of the steps that are possible. Pure."""

from __future__ import annotations

from enum import Enum

from heavenly_cloud.errors import IllegalStep


class State(str, Enum):
    """What an instance is; DELETED exists in the table only, never in a record."""

    BUILDING = "Building"
    OFF = "Off"
    ON = "On"
    DELETED = "Deleted"


class Step(str, Enum):
    """What can happen to an instance."""

    FINISH_BUILDING = "finish building"
    POWER_ON = "power on"
    POWER_OFF = "power off"
    DELETE = "delete"


TRANSITIONS: dict[tuple[State, Step], State] = {
    (State.BUILDING, Step.FINISH_BUILDING): State.OFF,
    (State.BUILDING, Step.DELETE): State.DELETED,
    (State.OFF, Step.POWER_ON): State.ON,
    (State.ON, Step.POWER_ON): State.ON,
    (State.ON, Step.POWER_OFF): State.OFF,
    (State.OFF, Step.POWER_OFF): State.OFF,
    (State.OFF, Step.DELETE): State.DELETED,
}


def after(state: State, step: Step, name: str) -> State:
    """Return the state after a step of the instance called name; raise IllegalStep when the table has none."""
    try:
        return TRANSITIONS[state, step]
    except KeyError:
        raise IllegalStep(name=name, state=state.value.lower(), step=f"'{step.value}'") from None
