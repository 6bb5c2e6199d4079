"""Packages of the toy shell, good ones and bad ones, and a server with a toy provider, which most tests need."""

from __future__ import annotations

import io
import json
import os
import re
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudshell_local import CloudShellLocal
from cloudshell_local.services.container import Services
from cloudshell_local.storage.model import Resource

DRIVER = Path(__file__).with_name("toy_driver.py").read_text(encoding="utf-8")
L3_COMMANDS = ("PrepareSandboxInfra", "CleanupSandboxInfra")
META = "TOSCA-Meta-File-Version: 1.0\nEntry-Definitions: shell-definition.yaml\n"
DEFINITION = """
tosca_definitions_version: tosca_simple_yaml_1_0
metadata: {template_name: Toy, template_author: Tests, template_version: 1.2.0}
imports:
  - cloudshell_standard: cloudshell_cloud_provider_standard_1_0_0.yaml
node_types:
  vendor.resource.Toy:
    derived_from: cloudshell.nodes.CustomCloudProvider
    properties:
      User: {type: string}
      Password: {type: cloudshell.datatypes.Password}
      Control: {type: string}
      Limit: {type: integer, default: 5}
      Color: {type: string, default: red, constraints: [{valid_values: [red, blue]}]}
    capabilities:
      concurrent_execution:
        type: cloudshell.capabilities.SupportConcurrentCommands
      auto_discovery_capability:
        type: cloudshell.capabilities.AutoDiscovery
        properties:
          enable_auto_discovery: {type: boolean, default: true}
          inventory_description: {type: string, default: A toy}
          hide_address: {type: string, default: true}
          User: {type: string, default: someone}
          Region: {type: string}
    artifacts:
      icon: {file: icon.png, type: tosca.artifacts.File}
      driver: {file: ToyDriver.zip, type: tosca.artifacts.File}
      deployment: {file: Deployments.zip, type: tosca.artifacts.File}
"""
OPTIONS = """
metadata: {template_name: Toys}
description: Toys to deploy
imports:
  - cloudshell_standard: cloudshell_cloud_provider_standard_1_0_0.yaml
node_types:
  vendor.resource.Brick:
    derived_from: cloudshell.nodes.CustomDeploymentOption
    properties:
      VM Name: {type: string}
      Size: {type: integer, default: 1, tags: [user_input]}
      Auto Delete: {type: boolean, default: true}
      Auto Power On: {type: boolean, default: true}
    artifacts:
      icon: {file: brick.png, type: tosca.artifacts.File}
"""
METADATA = """
<Driver MainClass="driver.ToyDriver" Name="ToyDriver" Version="1.0.0" PythonVersion="3"><Layout>
  <Category Name="Power">
    <Command Name="PowerOn" DisplayName="Power On" Tags="power"/><Command Name="PowerOff" Tags="power"/>
    <Command Name="remote_refresh_ip" Tags="remote_connectivity,allow_shared" EnableCancellation="true"/>
  </Category>
  <Category Name="Toys">
    <Command Name="echo" DisplayName="Echo" Description="Says it again"><Parameters>
      <Parameter Name="text" Mandatory="True" Type="String"/><Parameter Name="number" DefaultValue="7"/>
    </Parameters></Command>
    <Command Name="left" Description="What is left"/>
  </Category>
  <Category Name="Hidden Commands">
    <Command Name="Deploy" EnableCancellation="true"/><Command Name="DeleteInstance" Tags="remote_app_management"/>
  </Category>
</Layout></Driver>
"""
APP_DEFINITION = """
metadata: {template_name: Puppet, template_author: Tests, template_version: 1.0.0}
imports:
  - cloudshell_standard: cloudshell_deployed_app_standard_1_0_2.yaml
node_types:
  vendor.resource.Puppet:
    derived_from: cloudshell.nodes.DeployedApp
    properties: {Strings: {type: integer, default: 4}}
    artifacts:
      driver: {file: PuppetDriver.zip, type: tosca.artifacts.File}
"""
APP_DRIVER = """
class PuppetDriver:
    def initialize(self, context):
        pass
    def get_inventory(self, context):
        if context.resource.attributes["Puppet.Strings"] == "0":
            raise ValueError("no strings attached")
        return {"resources": [], "attributes": []}
"""
APP_METADATA = '<Driver MainClass="driver.PuppetDriver" Name="PuppetDriver" PythonVersion="3"><Layout/></Driver>'


def zipped(files: dict[str, str | bytes]) -> bytes:
    """Return a zip, which is the same at any time: its files have no date."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def without_l3(source: str) -> str:
    """Return the driver's source without the commands that make it an L3 driver."""
    for command in L3_COMMANDS:
        source = re.sub(rf"    def {command}\(.*?(?=\n    def )", "", source, flags=re.DOTALL)
    return source


def package(
    change: Callable[[str], str] = lambda text: text,
    *,
    name: str = "Toy",
    l3: bool = False,
    driver: dict[str, str | bytes | None] | None = None,
    options: dict[str, str | bytes] | None = None,
    files: dict[str, str | bytes | None] | None = None,
) -> bytes:
    """Return a package of the toy shell.

    change: applied to its definition. driver, files: files that replace those in the driver's zip and in the package; None
    leaves one out. options: the files in Deployments.zip.
    """
    source = {"driver.py": DRIVER if l3 else without_l3(DRIVER), "drivermetadata.xml": METADATA, "requirements.txt": ""}
    inner = {file: content for file, content in {**source, **(driver or {})}.items() if content is not None}
    definition = change(DEFINITION).replace("Toy", name) if name != "Toy" else change(DEFINITION)
    outer: dict[str, str | bytes | None] = {
        "TOSCA-Metadata/TOSCA.meta": META,
        "shell-definition.yaml": definition,
        "icon.png": b"an icon",
        f"{name}Driver.zip": zipped(inner),
        "Deployments.zip": zipped(
            {"deployment.yaml": OPTIONS, "brick.png": b"a brick"} if options is None else options
        ),
        **(files or {}),
    }
    return zipped({file: content for file, content in outer.items() if content is not None})


def app_package() -> bytes:
    """Return the package of a shell for deployed apps, whose discovery fails when the app has no strings."""
    driver = zipped({"driver.py": APP_DRIVER, "drivermetadata.xml": APP_METADATA})
    return zipped(
        {"TOSCA-Metadata/TOSCA.meta": META, "shell-definition.yaml": APP_DEFINITION, "PuppetDriver.zip": driver}
    )


def lines_of(file: Path, seen: int) -> list[Any]:
    """Return the JSON lines of a file that another process is writing, without those that were seen before."""
    content = file.read_text() if file.exists() else ""
    whole = content[: content.rfind("\n") + 1]
    return [json.loads(line) for line in whole.splitlines()[seen:]]


def own_address() -> str:
    """Return a loopback address that only this test process uses; the others take the first free ones of 127.0.0.0/24."""
    return f"127.1.{os.getpid() >> 8 & 0xFF}.{os.getpid() & 0xFF}"


def until(condition: Callable[[], object], seconds: float = 20) -> None:
    """Wait until a condition is true; fail the test when that takes too long."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"the condition was not true within {seconds} seconds"
        time.sleep(0.01)


@dataclass
class Toy:
    """A server with a toy provider. control: the folder in which its driver records commands and reads faults."""

    cloudshell: CloudShellLocal
    provider: Resource
    control: Path
    seen: int = 0

    @classmethod
    def on(cls, cloudshell: CloudShellLocal, control: Path, l3: bool = False) -> Toy:
        catalog = cloudshell.services.catalog
        if "Toy" in [shell.name for shell in catalog]:
            catalog.update("Toy", package(l3=l3), "admin")
        else:
            catalog.add(package(l3=l3), "admin")
        provider = cloudshell.create_resource("Toy", f"toys {control.name}", {"Control": str(control)})
        return cls(cloudshell, provider, control)

    @property
    def services(self) -> Services:
        return self.cloudshell.services

    def fail(self, **faults: Any) -> None:
        """Set the faults of the driver's commands from now on; without any, none fails. See toy_driver.py."""
        (self.control / "faults.json").write_text(json.dumps(faults))

    def calls(self) -> list[Any]:
        """Return the commands that the driver got since the last call of this, with their requests."""
        found = lines_of(self.control / "calls", self.seen)
        self.seen += len(found)
        return found

    def commands(self) -> list[str]:
        """Return the names of the commands that the driver got since the last call of this or of `calls`."""
        return [command for command, _ in self.calls()]

    def app(self, name: str, **deployment: str) -> None:
        """Add an App template for the toy provider, with attributes of its deployment path."""
        self.cloudshell.add_app(name, "Toy.Brick", self.provider.name, deployment, {"Password": "pw"})

    def left(self) -> Any:
        """Return the VMs and networks that are left in the toy cloud, and the driver's process id."""
        return json.loads(self.services.commands.run(self.provider, "left") or "")
