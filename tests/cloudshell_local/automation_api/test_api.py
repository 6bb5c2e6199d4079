"""Requests that are no valid call of an operation, sent with Quali's own client and without it."""

from __future__ import annotations

import socket
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from cloudshell.api.common_cloudshell_api import CloudShellAPIError
from hypothesis import given
from hypothesis import strategies as st

from cloudshell_local import CloudShellLocal
from cloudshell_local.automation_api.api import AutomationApi, Operation
from cloudshell_local.automation_api.xml import Records, Texts
from cloudshell_local.http import AUTOMATION_PORT
from tests.cloudshell_local.toy import Toy


def code(call: Any, *arguments: Any) -> str:
    with pytest.raises(CloudShellAPIError) as caught:
        call(*arguments)
    return str(caught.value.code)


def test_a_client_that_disconnects_during_its_request_is_no_defect_of_the_server(
    toy: Toy, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_connection((toy.cloudshell.address, AUTOMATION_PORT)) as caller:
        head = "POST /ResourceManagerApiService/Logon HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n<Logon"
        caller.sendall(head.encode())
        time.sleep(0.2)
    time.sleep(0.3)
    assert "Traceback" not in caplog.text
    assert toy.cloudshell.session().GetResourceList().Resources


def test_an_unknown_operation_is_named(api: Any) -> None:
    with pytest.raises(
        CloudShellAPIError, match="'SaveSandbox' does not exist on this server; it has: AddAppToReservation"
    ):
        api.SaveSandbox("id", "name", "", "admin")


def test_errors_have_the_codes_that_clients_look_at(toy: Toy, api: Any) -> None:
    assert code(api.GetResourceDetails, "nobody") == "102"
    assert code(api.CreateResource, "", "Toy", toy.provider.name) == "114"
    assert (
        code(api.DisconnectRoutesInReservation, api.CreateImmediateReservation("s", "", 5).Reservation.Id, ["a", "b"])
        == "123"
    )
    assert code(api.DecryptPassword, "nothing") == "100"


def test_without_a_valid_token_nothing_is_done(toy: Toy, api: Any) -> None:
    assert (
        code(
            lambda: type(api)(host=toy.cloudshell.address, token_id="no", username=None, password=None, domain="Global")
        )
        == "118"
    )
    api.Logoff()
    assert code(api.GetResourceList) == "118"


def test_a_commands_token_is_a_session_until_its_command_ends(toy: Toy, api: Any) -> None:
    with toy.services.access.command_token() as token:
        session = type(api)(host=toy.cloudshell.address, token_id=token, username=None, password=None, domain="Global")
        assert session.GetResourceList().Resources
    assert code(session.GetResourceList) == "118"


@pytest.mark.parametrize(
    "body", [b"", b"<GetResourceDetails", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', b"\xff\xfe", b"<a>\x00</a>"]
)
def test_a_request_that_is_no_xml_is_an_error(toy: Toy, body: bytes) -> None:
    with toy.services.access.command_token() as token:
        response = post(toy.cloudshell, "GetResourceDetails", body, f"Token={token};MachineName=x")
    assert b'Success="false"' in response
    assert b"is not XML" in response


def test_a_missing_parameter_is_named(toy: Toy) -> None:
    with toy.services.access.command_token() as token:
        response = post(toy.cloudshell, "GetResourceDetails", b"<GetResourceDetails/>", f"MachineName=x; Token={token}")
    assert b"The call of 'GetResourceDetails' has no 'resourceFullPath'" in response


def test_an_invalid_number_is_an_error(api: Any) -> None:
    with pytest.raises(CloudShellAPIError, match="'durationInMinutes' should be a number, not 'long'"):
        api.CreateImmediateReservation("s", "", "long")


def test_a_response_is_one_compact_line_with_http_200(toy: Toy) -> None:
    response = post(
        toy.cloudshell, "Logon", b"<Logon><username>admin</username><password>no</password></Logon>", "Unset"
    )
    assert response.startswith(
        b'<?xml version="1.0" encoding="utf-8"?><Response CommandName="Logon" Success="false" xmlns="http'
    )
    assert b"\n" not in response


def test_a_failure_of_the_server_is_a_sentence_for_the_client_and_a_traceback_for_the_log(
    toy: Toy, api: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(toy.services.inventory, "set_address", lambda *_: 1 / 0)
    with pytest.raises(CloudShellAPIError, match="The server failed: ZeroDivisionError; its log tells more"):
        api.UpdateResourceAddress(toy.provider.name, "x")
    assert "Traceback" in caplog.text


def test_an_operations_parameters_are_those_of_its_method() -> None:
    class Group:
        def Do(self, one: str, many: Texts, some: Records, yes: bool = False) -> None: ...

        def helper(self) -> None: ...

    api = AutomationApi(None, None, [Group()])  # type: ignore[arg-type]
    assert list(api.operations) == ["Do"]
    assert api.operations["Do"].required == {"one", "many", "some"}
    assert isinstance(api.operations["Do"], Operation)


@given(
    operation=st.sampled_from(
        ["GetReservationDetails", "SetConnectorsInReservation", "DeployAppToCloudProviderBulk", "ExecuteCommand"]
    ),
    body=st.binary(max_size=60),
)
def test_every_request_gets_a_response(cloudshell: CloudShellLocal, operation: str, body: bytes) -> None:
    with cloudshell.services.access.command_token() as token:
        wrapped = b"<x><reservationId>" + body + b"</reservationId></x>"
        assert b'Success="false"' in post(cloudshell, operation, wrapped, f"Token={token}")


def post(cloudshell: CloudShellLocal, operation: str, body: bytes, authorization: str) -> bytes:
    request = urllib.request.Request(
        f"http://{cloudshell.address}:8029/ResourceManagerApiService/{operation}",
        data=body,
        headers={"Authorization": authorization},
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return bytes(response.read())


def test_an_unknown_name_is_refused_with_the_kind_of_thing_and_those_that_there_are(toy: Toy, api: Any) -> None:
    sandbox = api.CreateImmediateReservation("Mine", "", 60).Reservation.Id
    toy.cloudshell.add_app("Web", "Toy.Brick", toy.provider.name)
    toy.cloudshell.add_blueprint("B", ["Web"])
    calls: dict[str, Callable[[], object]] = {
        rf"Entity 'Moon' not found\. Resources: {toy.provider.name}\.": lambda: api.GetResourceDetails("Moon"),
        r"Entity '' not found\. Resources: ": lambda: api.GetResourceDetails(""),
        rf"Entity '' not found\. Sandboxes: Mine \({sandbox}\)\.": lambda: api.GetReservationDetails(""),
        r"Entity 'C' not found\. Blueprints: B\.": lambda: api.GetTopologyDetails("C"),
        r"Entity 'C' not found\. App templates: Web\.": lambda: api.AddAppToReservation(sandbox, "C"),
        r"Entity 'C' not found\. Services: none\.": lambda: api.SetServiceName(sandbox, "C", "D"),
        r"There is no connection between 'C' and 'D'\. Connections: none\.": (
            lambda: api.ConnectRoutesInReservation(sandbox, ["C", "D"], "bi")
        ),
        r"Entity 'eve' not found\. Users: admin\.": lambda: api.CreateImmediateReservation("S", "eve", 60),
    }
    for message, call in calls.items():
        with pytest.raises(CloudShellAPIError, match=message):
            call()
