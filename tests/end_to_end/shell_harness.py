"""A packed shell on a server, one command at a time, each with a request of the test's own making."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from cloudshell_local import CloudShellLocal
from cloudshell_local import testing as contexts
from cloudshell_local.storage.model import Resource, Sandbox
from cloudshell_local.testing import SandboxApp

PASSWORD = "halo"
KEY_MARK = "PRIVATE KEY"
APP_SECRET = "s3cret-of-the-app"


@dataclass
class PackedShell:
    """resource: the provider; sandbox: the one that commands are of."""

    shell: str
    cloudshell: CloudShellLocal
    resource: Resource
    sandbox: Sandbox

    @classmethod
    def of(cls, shell: str, cloudshell: CloudShellLocal) -> PackedShell:
        resource = cloudshell.create_resource(shell, f"heaven of {shell[:2]}", {"Password": PASSWORD}, discover=False)
        return cls(shell, cloudshell, resource, cloudshell.services.sandboxes.create("packed", "admin", 60))

    def new_sandbox(self) -> None:
        self.sandbox = self.cloudshell.services.sandboxes.create("packed", "admin", 60)

    def set(self, **attributes: str) -> None:
        self.cloudshell.services.inventory.set_attributes(self.resource.name, attributes)
        self.resource = self.cloudshell.services.store.resources.get(self.resource.name)

    def discover(self) -> Any:
        return json.loads(self.cloudshell.services.commands.discover(self.resource) or "")

    def on_provider(self, command: str, **parameters: str) -> Any:
        answer = self.cloudshell.services.commands.run(self.resource, command, self.sandbox, **parameters)
        return json.loads(answer) if answer else None

    def on_app(self, command: str, app: SandboxApp, reserved: bool = True) -> None:
        resource = app.resource(self.resource.name)
        if resource.name in self.cloudshell.services.store.resources:
            resource = self.cloudshell.services.store.resources.get(resource.name)
        self.cloudshell.services.commands.run_on_app(resource, command, self.sandbox if reserved else None)

    def actions(self, command: str, *actions: contexts.Json) -> list[Any]:
        """Do a command with actions; return the results, which succeeded, in the order of the actions."""
        answer = self.on_provider(command, request=contexts.request(actions))
        results = {result["actionId"]: result for result in answer["driverResponse"]["actionResults"]}
        assert len(results) == len(actions)
        for result in results.values():
            assert result["success"], result["errorMessage"]
        return [results[action["actionId"]] for action in actions]

    def deploy(self, app: SandboxApp, *subnets: contexts.Json) -> None:
        """Deploy an App, and put its resource into Inventory."""
        app.deployed(self.actions("Deploy", *subnets, contexts.deploy_app(app))[-1])
        self.cloudshell.services.store.resources.put(
            app.resource_name, app.resource(self.resource.name, self.sandbox.id)
        )

    def details(self, *apps: SandboxApp) -> dict[str, Any]:
        answer = self.on_provider("GetVmDetails", requests=contexts.vm_details(apps))
        assert [item["appName"] for item in answer] == [app.resource_name for app in apps]
        return {item["appName"]: item for item in answer}

    def status(self, app: SandboxApp) -> str:
        return self.cloudshell.services.store.resources.get(app.resource_name).live_status[0]

    def kept(self, app: SandboxApp) -> Resource:
        return self.cloudshell.services.store.resources.get(app.resource_name)


def secrets_of(cloudshell: CloudShellLocal) -> list[str]:
    """Return what no log and no error may have: passwords, stored or sent, and private keys."""
    stored = [
        value
        for resource in cloudshell.services.store.resources
        for name, value in resource.attributes.items()
        if name.endswith(".Password") and value
    ]
    return [APP_SECRET, KEY_MARK, f'"{PASSWORD}"', f"'{PASSWORD}'", *stored]


def written_logs(cloudshell: CloudShellLocal) -> str:
    """Return what a server, its drivers and its orchestration have written to their logs."""
    files = (path for path in cloudshell.logs.rglob("*") if path.is_file())
    return "".join(path.read_text(errors="replace") for path in files)


def secrets_in_logs(cloudshell: CloudShellLocal) -> list[str]:
    """Return the secrets that are in a server's logs."""
    written = written_logs(cloudshell)
    return [secret for secret in secrets_of(cloudshell) if secret in written]


def angel(shell: str, **deployment: str) -> SandboxApp:
    """Return an App that is an angel."""
    return _app("Angel", shell, "HeavenlyCloudAngelDeployment", wing_count="6", flight_speed="11.5", **deployment)


def man(shell: str, **deployment: str) -> SandboxApp:
    """Return an App that is a man."""
    return _app("Man", shell, "HeavenlyCloudManDeployment", weight="70.5", height="180.1", **deployment)


def _app(name: str, shell: str, path: str, **deployment: str) -> SandboxApp:
    path = f"{shell}.{path}"
    usual = {"cloud_size": "small", "cloud_image_id": "ubuntu", "Private IP": "", "Auto Power Off": "True"}
    attributes = {f"{path}.{attribute}": value for attribute, value in {**usual, **deployment}.items()}
    return SandboxApp(name, path, attributes, {"User": "ubuntu", "Password": "", "Public IP": ""})
