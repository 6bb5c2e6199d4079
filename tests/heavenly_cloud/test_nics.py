from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heavenly_cloud.errors import NicBusy
from heavenly_cloud.models import Nic
from heavenly_cloud.networks import nic_index
from heavenly_cloud.nics import slots, with_nic

asked = st.lists(st.sampled_from(["", "eth0", "eth1", "eth5", "Data", "data"]), max_size=5)


@given(asked)
def test_each_interface_has_a_slot_of_its_own_and_the_one_it_asks_for(names: list[str]) -> None:
    try:
        found = slots("web", names)
    except NicBusy:
        wanted = [name.lower() for name in names if name]
        assert len(set(wanted)) < len(wanted)
        return
    assert len({slot.name.lower() for slot in found}) == len({slot.index for slot in found}) == len(names)
    for name, slot in zip(names, found):
        assert name in ("", slot.name)
        assert nic_index(name) in (None, slot.index)


def test_a_slot_that_is_taken_is_refused_by_name() -> None:
    with pytest.raises(NicBusy, match="'eth1' of the VM 'web'"):
        slots("web", ["eth1"], [Nic("eth1", 1, "02:00:00:00:00:01")])


def test_interfaces_stand_in_the_order_of_their_index() -> None:
    first, second = Nic("eth0", 0, "a"), Nic("eth2", 2, "b")
    assert with_nic([first, second], Nic("eth1", 1, "c"))[1].mac == "c"
    assert with_nic([first, second], Nic("eth2", 2, "b", "net")) == (first, Nic("eth2", 2, "b", "net"))
