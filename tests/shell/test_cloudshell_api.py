"""With the real client, against a server over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cloudshell_local import CloudShellLocal
from cloudshell_local.execution.driver_host import as_context
from cloudshell_local.storage.model import GENERIC_APP_MODEL, Resource
from cloudshell_local.testing import SandboxContext
from shell.cloudshell_api import CloudShellApi, open_session
from shell.errors import CloudShellRefused


@pytest.fixture
def api(cloudshell: CloudShellLocal) -> Iterator[CloudShellApi]:
    web = Resource("web-1", "Generic App Family", GENERIC_APP_MODEL, "", {"Public IP": ""})
    cloudshell.services.store.resources.put(web.name, web)
    with cloudshell.services.access.command_token() as token:
        context = as_context(SandboxContext(cloudshell.address, "heaven", "L2", {}).resource_context(token))
        yield CloudShellApi(lambda: open_session(context))
    cloudshell.services.store.resources.remove(web.name)


def test_it_says_to_the_server_what_it_was_told(cloudshell: CloudShellLocal, api: CloudShellApi) -> None:
    assert api.decrypt_password(cloudshell.services.passwords.encrypt("halo")) == "halo"
    api.set_address("web-1", "10.0.0.5")
    api.set_attribute("web-1", "Public IP", "1.2.3.4")
    api.set_live_status("web-1", "Online", "Active")
    web = cloudshell.services.store.resources.get("web-1")
    assert (web.address, web.attributes, web.live_status) == (
        "10.0.0.5",
        {"Public IP": "1.2.3.4"},
        ("Online", "Active"),
    )


def test_it_logs_on_once_and_only_when_it_is_used() -> None:
    opened: list[str] = []

    class Session:
        def UpdateResourceAddress(self, name: str, address: str) -> None:
            """Take it."""

    def open_one() -> Any:
        opened.append("a session")
        return Session()

    api = CloudShellApi(open_one)
    assert opened == []
    api.set_address("web-1", "10.0.0.5")
    api.set_address("web-1", "10.0.0.6")
    assert opened == ["a session"]


def test_a_refusal_is_named_with_the_servers_code(api: CloudShellApi) -> None:
    with pytest.raises(CloudShellRefused, match=r"did not accept UpdateResourceAddress for 'web-2' \(error 102\)"):
        api.set_address("web-2", "10.0.0.5")


def test_a_server_that_is_not_there_is_a_refusal_too() -> None:
    def nobody() -> Any:
        raise ConnectionError("password=halo")

    with pytest.raises(CloudShellRefused, match=r"\(ConnectionError\)") as caught:
        CloudShellApi(nobody).decrypt_password("c1ph3r")
    assert "halo" not in str(caught.value)
    assert caught.value.__suppress_context__
