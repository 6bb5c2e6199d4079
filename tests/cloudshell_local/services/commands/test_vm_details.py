from __future__ import annotations

from typing import Any

import pytest

from cloudshell_local.errors import CommandFailed
from cloudshell_local.services.commands.vm_details import by_app, missing, read, refreshed
from cloudshell_local.storage.model import DetailField, NetworkInterface, VmDetails


def test_what_a_driver_answers_is_stored_as_text() -> None:
    nic = {
        "interfaceId": "i",
        "networkId": 7,
        "isPrimary": True,
        "networkData": [{"key": "MAC", "value": "02", "hidden": True}],
    }
    data = {"vmInstanceData": [{"key": "CPU", "value": 2, "hidden": False}], "vmNetworkData": [nic]}
    details = read(VmDetails("1", "vm", "heaven", {"a": "b"}), data)
    assert details.instance == [DetailField("CPU", "2")]
    assert details.networks == [NetworkInterface("i", "7", True, [DetailField("MAC", "02", True)])]
    assert (details.uid, details.custom_parameters) == ("vm", {"a": "b"})


def test_details_may_be_empty() -> None:
    empty = read(VmDetails("1", "vm", "heaven"), {"vmInstanceData": None, "vmNetworkData": [{}]})
    assert (empty.instance, empty.networks) == ([], [NetworkInterface("", "", False)])


def test_an_answer_without_details_is_said_with_the_fields_that_nobody_knows() -> None:
    empty: dict[str, Any] = {"appName": "web", "vmInstanceData": [], "vmNetworkData": None, "errorMessage": ""}
    assert missing(empty) == "'GetVmDetails' answered no details"
    assert missing({**empty, "error": "gone"}) == "'GetVmDetails' answered no details, but the unknown field error"
    assert missing({**empty, "vmNetworkData": [{}]}) == ""
    assert missing({**empty, "vmInstanceData": [{}], "error": "gone"}) == ""


def test_details_are_found_by_the_apps_name() -> None:
    assert by_app('[{"appName": "web", "errorMessage": ""}]') == {"web": {"appName": "web", "errorMessage": ""}}
    for text in (None, "", "x", '{"a": 1}', "[1]", "[{}]"):
        with pytest.raises(CommandFailed, match="each with its appName"):
            by_app(text)


def test_an_entry_with_an_error_leaves_the_details_with_the_error_beside_them() -> None:
    before = VmDetails("1", "vm", "heaven", instance=[DetailField("CPU", "2")])
    failed = refreshed(before, {"appName": "web", "errorMessage": "no such VM", "vmInstanceData": None})
    assert (failed.error, failed.instance) == ("no such VM", before.instance)
    assert refreshed(before, None).error == "'GetVmDetails' answered nothing of it"
    again = refreshed(failed, {"appName": "web", "errorMessage": "", "vmInstanceData": [{"key": "CPU", "value": 4}]})
    assert (again.error, again.instance) == ("", [DetailField("CPU", "4")])
