from __future__ import annotations

import pytest

from cloudshell_local.errors import WrongCall
from cloudshell_local.services.commands.parameters import by_position, completed, values_not_allowed
from cloudshell_local.shells.driver_source import CommandInfo, Parameter

COMMAND = CommandInfo(
    "save",
    parameters=(
        Parameter("name", mandatory=True),
        Parameter("memory", default="No", values=("Yes", "No")),
        Parameter("comment", default="x", own_default=True),
    ),
)


def test_positional_values_bind_in_the_order_of_the_parameters() -> None:
    assert by_position(COMMAND, ["a", "Yes"]) == {"name": "a", "memory": "Yes"}
    assert by_position(COMMAND, []) == {}
    with pytest.raises(WrongCall, match="The command 'save' got 4 values, but it has: name, memory, comment"):
        by_position(COMMAND, ["1", "2", "3", "4"])
    with pytest.raises(WrongCall, match="got 1 values, but it has: none"):
        by_position(CommandInfo("left"), ["1"])


def test_defaults_are_filled_in_but_not_those_that_the_method_has_itself() -> None:
    assert completed(COMMAND, {"name": "a"}) == {"name": "a", "memory": "No"}
    assert completed(COMMAND, {"name": "a", "comment": "", "ports": []}) == {
        "name": "a", "memory": "No", "comment": "", "ports": []
    }  # fmt: skip


def test_a_value_that_is_missing_is_named() -> None:
    for values in ({}, {"name": ""}):
        with pytest.raises(WrongCall, match="The command 'save' needs its parameter 'name'"):
            completed(COMMAND, values)
    unlisted = CommandInfo("cycle", parameters=(Parameter("delay"),))
    with pytest.raises(WrongCall, match="The command 'cycle' needs its parameter 'delay'"):
        completed(unlisted, {"ports": []})
    assert completed(unlisted, {"delay": ""}) == {"delay": ""}


def test_a_value_that_is_unknown_is_refused_and_so_is_what_the_server_fills_in() -> None:
    for name in ("colour", "context", "cancellation_context"):
        with pytest.raises(WrongCall, match=f"'save' has no parameter '{name}'; it has: name, memory, comment"):
            completed(COMMAND, {"name": "a", name: "x"})


def test_a_value_outside_of_a_lookup_is_named_with_the_allowed_ones() -> None:
    assert list(values_not_allowed(COMMAND, {"memory": "Maybe"})) == [
        "'save' is run with memory 'Maybe', which is not among the values that its metadata allows: Yes, No"
    ]
    assert list(values_not_allowed(COMMAND, {"memory": "Yes", "name": "anything"})) == []
