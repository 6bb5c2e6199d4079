from __future__ import annotations

import pytest
from cloudshell.shell.core.driver_context import CancellationContext

from shell.cancellation import SLICE, Cancellation
from shell.errors import Cancelled
from tests.fakes import Clock, stop


def test_a_command_that_cannot_be_stopped_goes_on() -> None:
    Cancellation(None).check()
    Cancellation(CancellationContext()).check()


def test_stop_is_told_with_the_state_it_leaves() -> None:
    with pytest.raises(Cancelled, match="^The command was cancelled; the VM is gone$"):
        Cancellation(stop()).check("the VM is gone")


def test_waiting_takes_as_long_as_it_says(clock: Clock) -> None:
    Cancellation(None, clock.sleep).wait(1.5)
    assert clock.time == pytest.approx(1.5)


def test_stop_is_noticed_within_a_slice(clock: Clock) -> None:
    context = CancellationContext()
    clock.on_sleep = lambda: setattr(context, "is_cancelled", clock.time >= 3)
    with pytest.raises(Cancelled):
        Cancellation(context, clock.sleep).wait(60)
    assert clock.time < 3 + 2 * SLICE


@pytest.mark.parametrize("seconds", [SLICE / 2, SLICE])
def test_stop_during_the_last_slice_is_noticed(clock: Clock, seconds: float) -> None:
    context = CancellationContext()
    clock.on_sleep = lambda: setattr(context, "is_cancelled", True)
    with pytest.raises(Cancelled, match="; the VM is off$"):
        Cancellation(context, clock.sleep).wait(seconds, "the VM is off")
    assert clock.time == pytest.approx(seconds)
