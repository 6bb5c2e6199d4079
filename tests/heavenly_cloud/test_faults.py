from __future__ import annotations

import pytest

from heavenly_cloud import (
    Client,
    Fault,
    HeavenlyCloud,
    State,
    errors,
)
from tests.doubles import create


@pytest.mark.parametrize("phase", ["before", "after"])
def test_a_fault_strikes_when_and_as_often_as_it_says(heaven: HeavenlyCloud, client: Client, phase: str) -> None:
    web = create(client)
    fault = heaven.faults.add(Fault("power_on", phase, skip=1, times=2))
    client.power_on(web.id)
    client.power_off(web.id)
    for _ in range(2):
        with pytest.raises(errors.CloudUnavailable, match="power_on"):
            client.power_on(web.id)
    assert client.get_instance(web.id).state is (State.ON if phase == "after" else State.OFF)
    client.power_on(web.id)
    assert fault.hits == 2
    heaven.faults.clear()


def test_a_fault_that_could_never_strike_is_refused(heaven: HeavenlyCloud) -> None:
    with pytest.raises(errors.UnknownName, match="operation 'Power\\*'.*'power_on'"):
        heaven.faults.add(Fault("Power*"))
    with pytest.raises(errors.InvalidValue, match="phase"):
        heaven.faults.add(Fault("power_on", "during"))
