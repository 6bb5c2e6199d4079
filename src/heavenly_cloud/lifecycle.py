"""The life of an instance: one table of the possible steps, and the states that end by themselves. Pure."""

from __future__ import annotations

from enum import Enum

from heavenly_cloud.errors import IllegalStep


class InstanceState(str, Enum):
    """State of an instance; DELETED exists in the table only, never in a record."""

    BUILDING = "Building"
    OFF = "Off"
    STARTING = "Starting"
    ON = "On"
    STOPPING = "Stopping"
    DELETED = "Deleted"


class Step(str, Enum):
    """Step from one state to another. FINISH is the one that time does."""

    FINISH = "finish"
    POWER_ON = "power on"
    POWER_OFF = "power off"
    DELETE = "delete"


TRANSITIONS: dict[tuple[InstanceState, Step], InstanceState] = {
    (InstanceState.BUILDING, Step.FINISH): InstanceState.OFF,
    (InstanceState.STARTING, Step.FINISH): InstanceState.ON,
    (InstanceState.STOPPING, Step.FINISH): InstanceState.OFF,
    (InstanceState.OFF, Step.POWER_ON): InstanceState.STARTING,
    (InstanceState.STARTING, Step.POWER_ON): InstanceState.STARTING,
    (InstanceState.ON, Step.POWER_ON): InstanceState.ON,
    (InstanceState.ON, Step.POWER_OFF): InstanceState.STOPPING,
    (InstanceState.STARTING, Step.POWER_OFF): InstanceState.STOPPING,
    (InstanceState.STOPPING, Step.POWER_OFF): InstanceState.STOPPING,
    (InstanceState.OFF, Step.POWER_OFF): InstanceState.OFF,
    (InstanceState.BUILDING, Step.DELETE): InstanceState.DELETED,
    (InstanceState.STOPPING, Step.DELETE): InstanceState.DELETED,
    (InstanceState.OFF, Step.DELETE): InstanceState.DELETED,
}
# The setting of a region that says how many seconds a state lasts until it ends by itself.
DURATIONS = {
    InstanceState.BUILDING: "build_seconds",
    InstanceState.STARTING: "start_seconds",
    InstanceState.STOPPING: "stop_seconds",
}


def next_state(state: InstanceState, step: Step, name: str) -> InstanceState:
    """Return the state after a step of the instance called name; raise IllegalStep when the table has none."""
    try:
        return TRANSITIONS[state, step]
    except KeyError:
        raise IllegalStep(name=name, state=state.value.lower(), step=f"'{step.value}'") from None


def elapsed_state(state: InstanceState, since: float, seconds: float, now: float) -> tuple[InstanceState, float]:
    """Return the state at the time now, and since when.

    seconds: how long the state lasts if it ends by itself; a state that does not is returned unchanged.
    """
    finished = TRANSITIONS.get((state, Step.FINISH))
    if finished is None or now - since < seconds:
        return state, since
    return finished, since + seconds


def progress(state: InstanceState, since: float, seconds: float, now: float) -> int:
    """Return how much of a state that ends by itself has passed, in percent; 100 for the other states."""
    if state not in DURATIONS or now - since >= seconds:
        return 100
    return max(int(100 * (now - since) / seconds), 0)  # A clock may have been set back.
