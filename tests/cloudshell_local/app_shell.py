"""Package of a shell for deployed Apps and static VMs, whose discovery answers what a test writes into an attribute."""

from __future__ import annotations

import json
from typing import Any

from tests.cloudshell_local.toy import META, zipped

MODEL = "Puppet"
_DEFINITION = """
metadata: {template_name: Puppet, template_author: Tests, template_version: 1.0.0}
imports:
  - cloudshell_standard: cloudshell_deployed_app_standard_1_0_2.yaml
node_types:
  vendor.resource.Puppet:
    derived_from: cloudshell.nodes.DeployedApp
    properties:
      Inventory: {type: string}
      GenericVPort.Requested vNIC Name: {type: string}
      GenericVPort.Console Password: {type: cloudshell.datatypes.Password}
    artifacts:
      driver: {file: PuppetDriver.zip, type: tosca.artifacts.File}
"""
_DRIVER = """
import json


class PuppetDriver:
    def initialize(self, context):
        pass

    def get_inventory(self, context):
        return context.resource.attributes["Puppet.Inventory"] or None

    def connectors(self, context):
        return json.dumps([[type(each).__name__, vars(each)] for each in context.connectors])
"""
_METADATA = '<Driver MainClass="driver.PuppetDriver" Name="PuppetDriver" PythonVersion="3"><Layout/></Driver>'


def app_shell() -> bytes:
    """Return the package: a model Puppet, which takes its inventory from its attribute Inventory."""
    driver = zipped({"driver.py": _DRIVER, "drivermetadata.xml": _METADATA})
    return zipped({"TOSCA-Metadata/TOSCA.meta": META, "shell-definition.yaml": _DEFINITION, "PuppetDriver.zip": driver})


def part(name: str, address: str, model: str = f"{MODEL}.GenericVPort", identifier: str | None = None) -> Any:
    """Return a sub-resource as get_inventory answers it."""
    return {"name": name, "relative_address": address, "model": model, "unique_identifier": identifier}


def attribute(address: str, name: str, value: object) -> Any:
    """Return an attribute as get_inventory answers it."""
    return {"relative_address": address, "attribute_name": name, "attribute_value": value}


def static_vm(provider: str, uid: str = "vm-7", **parameters: str) -> Any:
    """Return the attribute that makes a resource a static VM, as the developer guide's code answers it."""
    more = [{"Name": name, "Value": value} for name, value in parameters.items()]
    value = {"CloudProviderName": provider, "UID": uid, "VmCustomParams": more}
    return attribute("", "VmDetails", json.dumps(value))


def details(*found: Any) -> str:
    """Return AutoLoadDetails with these sub-resources and attributes, as a driver's answer has them."""
    return json.dumps(
        {
            "resources": [each for each in found if "model" in each],
            "attributes": [each for each in found if "attribute_name" in each],
        }
    )
