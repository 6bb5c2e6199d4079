from __future__ import annotations

from dataclasses import dataclass

import pytest

from cloudshell_local import CloudShellLocal
from cloudshell_local.storage.model import Resource, Sandbox
from tests.cloudshell_local.portal.portal_client import PortalClient
from tests.cloudshell_local.toy import Toy, until


@pytest.fixture
def client(server: CloudShellLocal) -> PortalClient:
    return PortalClient(server)


@dataclass
class SandboxClient:
    """A client of the portal with a sandbox: the Apps "Web" and "Db" on a VLAN, none of them deployed yet."""

    toy: Toy
    client: PortalClient
    id: str

    @property
    def path(self) -> str:
        return f"/sandboxes/{self.id}"

    @property
    def sandbox(self) -> Sandbox:
        return self.toy.services.sandboxes.get(self.id)

    @property
    def feed(self) -> str:
        return "\n".join(message.text for message in self.toy.cloudshell.feed(self.sandbox))

    def app(self, name: str) -> Resource:
        return self.toy.cloudshell.deployed(self.sandbox)[name]

    def submit(self, action: str, /, **fields: str) -> None:
        """Send the form of an action, and wait until nothing runs in the sandbox."""
        assert self.client.submit(f"{self.path}/{action}", **fields) == ""
        until(lambda: not self.toy.services.background.running(self.id))
        until(lambda: all(each.answer.done() for each in self.toy.cloudshell.executions()))
        self.toy.services.lifecycle.wait(self.id)

    def set_up(self) -> None:
        self.submit("setup")
        assert self.sandbox.state == "Active"


@pytest.fixture
def workspace(toy: Toy, client: PortalClient) -> SandboxClient:
    for app in ("Web", "Db"):
        toy.app(app)
    toy.cloudshell.add_blueprint("B", ["Web", "Db"], {"V": ("VLAN Auto", {})}, [("Web", "V"), ("Db", "V")])
    sandbox = toy.services.lifecycle.reserve("B", "Mine", "admin", 60, set_up=False)
    return SandboxClient(toy, client, sandbox.id)
