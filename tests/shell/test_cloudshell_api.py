"""With the real client, against a server over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cloudshell_local.automation_api import AutomationApi, Resource
from cloudshell_local.contexts import Sandbox
from cloudshell_local.driver_host import as_context
from shell.cloudshell_api import CloudShellApi, open_session
from shell.errors import CloudShellRefused


@pytest.fixture
def server() -> Iterator[AutomationApi]:
    with AutomationApi() as server:
        server.resources["web-1"] = Resource("web-1", "", {"Public IP": ""})
        yield server


@pytest.fixture
def api(server: AutomationApi) -> CloudShellApi:
    context = as_context(Sandbox(server.address, "heaven", "L2", {}).resource_context(server.new_token()))
    return CloudShellApi(lambda: open_session(context))


def test_it_says_to_the_server_what_it_was_told(server: AutomationApi, api: CloudShellApi) -> None:
    assert server.calls == []
    assert api.decrypt_password(server.encrypt("halo")) == "halo"
    api.set_address("web-1", "10.0.0.5")
    api.set_attribute("web-1", "Public IP", "1.2.3.4")
    api.set_live_status("web-1", "Online", "Active")
    web = server.resources["web-1"]
    assert (web.address, web.attributes, web.live_status) == (
        "10.0.0.5",
        {"Public IP": "1.2.3.4"},
        [("Online", "Active")],
    )
    assert server.calls.count("SecureLogon") == 1


def test_a_refusal_is_named_with_the_servers_code(api: CloudShellApi) -> None:
    with pytest.raises(CloudShellRefused, match=r"did not accept UpdateResourceAddress for 'web-2' \(error 102\)"):
        api.set_address("web-2", "10.0.0.5")


def test_a_server_that_is_not_there_is_a_refusal_too() -> None:
    def nobody() -> None:
        raise ConnectionError("password=halo")

    with pytest.raises(CloudShellRefused, match=r"\(ConnectionError\)") as caught:
        CloudShellApi(nobody).decrypt_password("c1ph3r")
    assert "halo" not in str(caught.value)
    assert caught.value.__suppress_context__
