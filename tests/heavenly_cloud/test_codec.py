from __future__ import annotations

from dataclasses import is_dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heavenly_cloud import Angel, InstanceState, Man, Nic, SecurityRule, Subnet, VirtualNetwork, Vlan, models
from heavenly_cloud.allocators import PoolUse
from heavenly_cloud.codec import _CLASSES, decode, encode
from heavenly_cloud.errors import InvalidData
from heavenly_cloud.models import CidrBlock, EncryptedKeyPair, Identity, Image, Instance, Size, Usage

text = st.text(max_size=8)
numbers = st.floats(0.1, 1e6)
vlans = st.builds(Vlan, text, text, text)
rules = st.builds(SecurityRule, st.sampled_from(["tcp", "any"]), st.just(1), st.integers(1, 9), st.just("10.0.0.0/8"))
nics = st.builds(
    Nic, text, st.integers(), text, text, text, text, st.none() | vlans, st.lists(rules, max_size=2).map(tuple)
)
instances = st.builds(
    Instance,
    *[text] * 5,
    st.builds(Angel, st.integers(0, 9), numbers) | st.builds(Man, numbers, numbers),
    st.builds(Image, text, text),
    st.builds(Size, text, st.integers(), st.integers(), st.integers()),
    st.sampled_from(InstanceState),
    st.floats(allow_nan=False, allow_infinity=False),
    st.lists(nics, max_size=3).map(tuple),
    text,
)
subnets = st.builds(Subnet, text, text, text, text, st.booleans())
pairs = st.builds(EncryptedKeyPair, text, text)
networks = st.builds(
    VirtualNetwork, text, text, text, text, st.lists(subnets, max_size=2).map(tuple), st.none() | pairs
)
others = [
    st.builds(CidrBlock, text, text),
    st.builds(Identity, text, st.integers()),
    st.builds(Usage, st.integers(), st.integers(), st.integers()),
    st.builds(PoolUse, *[st.integers()] * 5),
]


@given(st.one_of(instances, networks, vlans, *others, text, st.integers()))
def test_every_record_decodes_to_what_was_encoded(record: Any) -> None:
    assert decode(encode(record), "here") == record


def test_every_record_class_can_be_decoded() -> None:
    never_stored = {"InstanceRequest", "NicRequest", "KeyPair"}
    stored = {name for name, each in vars(models).items() if is_dataclass(each)} - never_stored
    assert stored <= set(_CLASSES)


@pytest.mark.parametrize(
    "written", ["", "{", "{}", '{"is": "Moon"}', '{"is": "Vlan"}', '{"is": "Vlan", "moon": 1}', '{"is": "InstanceState"}',
                '{"is": "InstanceState", "value": "Dead"}', '{"is": "Angel", "wing_count": -1, "flight_speed": 1}',
                '[{"is": 7}]'],
)  # fmt: skip
def test_text_that_is_not_a_record_is_refused_with_its_place(written: str) -> None:
    with pytest.raises(InvalidData, match="wrong at row 7: it is not a record of this cloud"):
        decode(written, "row 7")
