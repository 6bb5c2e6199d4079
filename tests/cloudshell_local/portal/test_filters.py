from __future__ import annotations

from cloudshell_local.portal.filters import quoted, short_name, visible_pairs
from cloudshell_local.storage.model import DetailField


def test_a_name_is_a_single_part_of_an_address() -> None:
    assert quoted("a b/c?d&e") == "a%20b%2Fc%3Fd%26e"


def test_the_short_name_of_an_attribute_has_no_model() -> None:
    assert (short_name("Toy.Brick.Size"), short_name("User")) == ("Size", "User")


def test_hidden_vm_details_are_left_out() -> None:
    assert visible_pairs([DetailField("Image", "toy"), DetailField("secret", "5", hidden=True)]) == [("Image", "toy")]
