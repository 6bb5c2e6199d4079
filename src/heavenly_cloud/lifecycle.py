"""The life of an instance: one table of the steps that are possible, and which of them time does. Pure."""

from __future__ import annotations

from enum import Enum

from heavenly_cloud.errors import IllegalStep


class State(str, Enum):
    """What an instance is; DELETED exists in the table only, never in a record."""

    BUILDING = "Building"
    OFF = "Off"
    STARTING = "Starting"
    ON = "On"
    STOPPING = "Stopping"
    DELETED = "Deleted"


class Step(str, Enum):
    """What can happen to an instance."""

    FINISH = "finish"
    POWER_ON = "power on"
    POWER_OFF = "power off"
    DELETE = "delete"


TRANSITIONS: dict[tuple[State, Step], State] = {
    (State.BUILDING, Step.FINISH): State.OFF,
    (State.STARTING, Step.FINISH): State.ON,
    (State.STOPPING, Step.FINISH): State.OFF,
    (State.OFF, Step.POWER_ON): State.STARTING,
    (State.STARTING, Step.POWER_ON): State.STARTING,
    (State.ON, Step.POWER_ON): State.ON,
    (State.ON, Step.POWER_OFF): State.STOPPING,
    (State.STARTING, Step.POWER_OFF): State.STOPPING,
    (State.STOPPING, Step.POWER_OFF): State.STOPPING,
    (State.OFF, Step.POWER_OFF): State.OFF,
    (State.BUILDING, Step.DELETE): State.DELETED,
    (State.STOPPING, Step.DELETE): State.DELETED,
    (State.OFF, Step.DELETE): State.DELETED,
}
# Which of a region's times says how long a state lasts until it finishes by itself.
DURATIONS = {State.BUILDING: "build_seconds", State.STARTING: "start_seconds", State.STOPPING: "stop_seconds"}


def after(state: State, step: Step, name: str) -> State:
    """Return the state after a step of the instance called name; raise IllegalStep when the table has none."""
    try:
        return TRANSITIONS[state, step]
    except KeyError:
        raise IllegalStep(name=name, state=state.value.lower(), step=f"'{step.value}'") from None


def passed(state: State, since: float, seconds: float, now: float) -> tuple[State, float]:
    """Return the state now, and since when, of one that lasts so many seconds; of others, what was given."""
    finished = TRANSITIONS.get((state, Step.FINISH))
    if finished is None or now - since < seconds:
        return state, since
    return finished, since + seconds


def progress(state: State, since: float, seconds: float, now: float) -> int:
    """Return how much of a state that finishes by itself is over, in percent; of the others, 100."""
    if state not in DURATIONS or now - since >= seconds:
        return 100
    return max(int(100 * (now - since) / seconds), 0)  # clocks are set back at times
