"""With the client that drivers use, unmodified."""

from __future__ import annotations

import socket
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from cloudshell.api.cloudshell_api import CloudShellAPISession
from cloudshell.api.common_cloudshell_api import CloudShellAPIError

from cloudshell_local import automation_api
from cloudshell_local.automation_api import AutomationApi, Resource
from cloudshell_local.errors import NoFreeAddress


@pytest.fixture
def api() -> Iterator[AutomationApi]:
    with AutomationApi() as api:
        api.resources["web-1"] = Resource("web-1", "1.1.1.1", {"Public IP": ""})
        yield api


def session(api: AutomationApi, token: str | None = None) -> Any:
    return CloudShellAPISession(
        host=api.address, token_id=token or api.new_token(), username=None, password=None, domain="Global"
    )


def code(call: Any, *arguments: str) -> str:
    with pytest.raises(CloudShellAPIError) as caught:
        call(*arguments)
    return str(caught.value.code)


def test_a_driver_sees_and_changes_its_resource(api: AutomationApi) -> None:
    client = session(api)
    client.UpdateResourceAddress("web-1", "10.0.0.5")
    client.SetAttributeValue("web-1", "Public IP", "<&\"' é")
    client.SetResourceLiveStatus("web-1", "Online", "Active")
    client.WriteMessageToReservationOutput("s1", "hello")
    assert api.resources["web-1"].address == "10.0.0.5"
    assert client.GetAttributeValue("web-1", "Public IP").Value == "<&\"' é"
    assert api.resources["web-1"].live_status == [("Online", "Active")]
    assert api.messages == ["hello"]
    assert api.calls[0] == "SecureLogon"


def test_passwords_travel_encrypted_and_come_back_whole(api: AutomationApi) -> None:
    for password in ("halo", "", "<&> ü"):
        encrypted = api.encrypt(password)
        assert not password or password not in encrypted
        assert session(api).DecryptPassword(encrypted).Value == password
    assert api.encrypt("") != ""


def test_a_token_dies_with_its_command(api: AutomationApi) -> None:
    token = api.new_token()
    client = session(api, token)
    api.end_token(token)
    assert code(client.DecryptPassword, api.encrypt("halo")) == "118"
    with pytest.raises(CloudShellAPIError):
        session(api, token)


def test_a_wrong_call_has_the_right_code(api: AutomationApi) -> None:
    client = session(api)
    assert code(client.UpdateResourceAddress, "web-2", "1.1.1.1") == "102"
    assert code(client.SetAttributeValue, "web-1", "Color", "red") == "102"
    assert code(client.DecryptPassword, "not encrypted") == "100"


def test_an_operation_that_is_not_there_says_so_by_name(api: AutomationApi) -> None:
    with pytest.raises(CloudShellAPIError, match="'GetServerDateAndTime' is not there"):
        session(api).GetServerDateAndTime()


@pytest.mark.parametrize(
    "body", [b"", b"<DecryptPassword", b"<DecryptPassword/>", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>']
)
def test_what_is_no_call_is_an_error_and_no_crash(api: AutomationApi, body: bytes) -> None:
    request = urllib.request.Request(
        f"http://{api.address}:8029/ResourceManagerApiService/DecryptPassword",
        data=body,
        headers={"Authorization": f"Token={api.new_token()}; MachineName=x"},
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        assert b'Success="false"' in answer.read()


def test_several_run_side_by_side(api: AutomationApi) -> None:
    with AutomationApi() as other:
        assert other.address != api.address
        assert session(other)


def test_when_no_address_is_free_the_error_names_the_port(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setattr(automation_api, "ADDRESSES", ["127.0.0.1"])
        monkeypatch.setattr(automation_api, "PORT", taken.getsockname()[1])
        with pytest.raises(NoFreeAddress, match=str(taken.getsockname()[1])), AutomationApi():
            pass
