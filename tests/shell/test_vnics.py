from __future__ import annotations

import pytest

from shell.vnics import vnic_index, vnic_name


@pytest.mark.parametrize(
    ("asked", "name", "index"),
    [
        ("1", "eth1", 1),
        ("eth1", "eth1", 1),
        (" ETH10 ", "eth10", 10),
        ("007", "eth7", 7),
        ("Data", "Data", None),
        ("", "", None),
        ("eth", "eth", None),
        ("1000", "1000", None),
    ],
)
def test_an_interface_is_asked_for_by_number_or_by_name(asked: str, name: str, index: int | None) -> None:
    assert vnic_name(asked) == name
    assert vnic_index(asked) == vnic_index(name) == index
