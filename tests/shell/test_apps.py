from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from cloudshell_local.execution.driver_host import as_context
from cloudshell_local.testing import SandboxApp, SandboxContext
from shell.apps import app_from_json, remote_app
from shell.errors import BadApp

DEPLOYED = {"name": "web-1", "address": "10.0.0.5", "attributes": None, "vmdetails": {"uid": "vm-1"}}


def context_with(*endpoints: SimpleNamespace) -> Any:
    return SimpleNamespace(remote_endpoints=list(endpoints))


def test_an_app_is_read_from_a_remote_context() -> None:
    sent = SandboxApp(
        "web", "L2.P", {"L2.P.Refresh IP Timeout": "30"}, {"Linux.Public IP": ""}, "Linux", "web-1", "1.1.1.1", "vm-1"
    )
    app = remote_app(as_context(SandboxContext("127.0.0.1", "heaven", "L2", {}).remote_context("t", sent)))
    assert (app.name, app.vm_id, app.address, app.refresh_ip_timeout) == ("web-1", "vm-1", "1.1.1.1", 30)
    assert app.attributes == {"Linux.Public IP": ""}


def test_the_context_of_a_command_is_newer_than_the_apps_own_description() -> None:
    sent = SandboxApp("web", "L2.P", {}, {"User": "ubuntu", "Public IP": ""}, "Linux", "web-1", "1.1.1.1", "vm-1")
    context = as_context(SandboxContext("127.0.0.1", "heaven", "L2", {}).remote_context("t", sent))
    (endpoint,) = context.remote_endpoints
    endpoint.address, endpoint.attributes = "2.2.2.2", {"Public IP": "198.51.100.2"}
    app = remote_app(context)
    assert (app.address, app.attributes) == ("2.2.2.2", {"User": "ubuntu", "Public IP": "198.51.100.2"})


def test_a_static_vm_has_no_request() -> None:
    for nothing in (None, ""):
        app = app_from_json(DEPLOYED, nothing)
        assert (app.name, app.vm_id, app.deployment, app.refresh_ip_timeout) == ("web-1", "vm-1", {}, 600)


@pytest.mark.parametrize(
    "deployed", [None, 7, "text", [], {}, {"name": "web-1", "vmdetails": None}, {"vmdetails": {"uid": ""}}]
)
def test_an_app_without_a_vm_is_refused(deployed: Any) -> None:
    with pytest.raises(BadApp):
        app_from_json(deployed)


def test_a_remote_command_without_an_app_is_refused() -> None:
    with pytest.raises(BadApp, match="named no app"):
        remote_app(context_with())
    endpoint = SimpleNamespace(fullname="web-1", app_context=SimpleNamespace(deployed_app_json="", app_request_json=""))
    with pytest.raises(BadApp, match="'web-1'.*not a JSON object"):
        remote_app(context_with(endpoint))
