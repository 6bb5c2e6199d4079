"""Mistakes of callers, in every operation: each is refused by a sentence that names what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, tostring

import pytest
from cloudshell.api.cloudshell_api import SecurityGroup, SecurityGroupRule, SecurityGroupsConfiguration
from cloudshell.api.common_cloudshell_api import CloudShellAPIError

from cloudshell_local import CloudShellLocal, automation_api
from cloudshell_local.automation_api.api import AutomationApi, operation_groups
from cloudshell_local.automation_api.xml import Records, Texts
from cloudshell_local.xml import node
from tests.cloudshell_local.toy import Toy, package

# Values that mean something to some operation, so that its next check is reached.
VALUES = ["", "nothing", "toys", "App", "Resource", "Web", "S", "VLAN Auto", "{}", "[]", '"x"', "null", "Global", "/"]
# What is no value of a parameter's type.
WRONG = {
    str: node("p", node("string", "a")),
    bool: node("p", "perhaps"),
    int: node("p", "many"),
    float: node("p", "NaN"),
    Texts: node("p", "a"),
    Records: node("p", node("string", "a")),
}


@dataclass
class Caller:
    """A caller of the operations of a server without drivers. It has a resource, an App template and a sandbox."""

    api: AutomationApi
    token: str
    sandbox: str

    def error(self, operation: str, parameters: Mapping[str, Element]) -> str:
        """Call an operation, and return the error of its response."""
        for name, element in parameters.items():
            element.tag = name
        body = tostring(node(operation, *parameters.values()))
        return self.api.respond(operation, f"Token={self.token}", body).decode().partition("<Error>")[2]

    def parameters(self, operation: str, value: str) -> dict[str, Element]:
        """Return all parameters of an operation, of the right types, with a value."""
        types = self.api.operations[operation].types
        return {name: self._parameter(name, kind, value) for name, kind in types.items()}

    def _parameter(self, name: str, kind: Any, value: str) -> Element:
        if name == "reservationId":
            return node("p", self.sandbox)
        if kind == Texts:
            return node("p", node("string", value), node("string", value))
        if kind == Records:
            return node("p", _record(value))
        return node("p", value if kind is str else "1")


def _record(value: str) -> Element:
    """Return a record that has all fields that any operation reads; lists have one record with all texts."""
    code = "".join(path.read_text() for path in Path(automation_api.__path__[0]).glob("*.py"))
    texts = {name: node(name, value) for name in re.findall(r"\.text\(\s*\"(\w+)\"", code)}
    lists = [node(name, node("Record", *texts.values())) for name in re.findall(r"\.records\(\s*\"(\w+)\"", code)]
    return node("Record", *texts.values(), *lists)


@pytest.fixture(scope="module")
def server() -> Iterator[CloudShellLocal]:
    with CloudShellLocal() as cloudshell:
        cloudshell.services.catalog.add(package(), "admin")
        cloudshell.create_resource("Toy", "toys", discover=False)
        cloudshell.add_app("Web", "Toy.Brick", "toys")
        yield cloudshell


@pytest.fixture
def caller(server: CloudShellLocal) -> Iterator[Caller]:
    services = server.services
    sandbox = services.lifecycle.reserve_empty("S", "admin", 5)
    services.sandboxes.add_app(sandbox.id, services.blueprints.new_app("Web"))
    with services.access.command_token() as token:
        yield Caller(
            AutomationApi(services.access, services.permissions, operation_groups(services)), token, sandbox.id
        )


def test_a_missing_parameter_is_named(caller: Caller) -> None:
    for name, operation in caller.api.operations.items():
        for missing in operation.required:
            parameters = caller.parameters(name, "nothing")
            del parameters[missing]
            assert caller.error(name, parameters).startswith(f"The call of '{name}' has no '{missing}'"), name


def test_a_parameter_of_a_wrong_type_is_named_with_what_would_be_right(caller: Caller) -> None:
    for name, operation in caller.api.operations.items():
        for wrong, kind in operation.types.items():
            parameters = {**caller.parameters(name, "nothing"), wrong: WRONG[kind]}
            assert caller.error(name, parameters).startswith(f"The call of '{name}': '{wrong}' should be "), name


@pytest.mark.parametrize("value", VALUES)
def test_no_value_makes_the_server_fail(
    server: CloudShellLocal, caller: Caller, value: str, caplog: pytest.LogCaptureFixture
) -> None:
    runs_drivers = ("AutoLoad",) if value == "toys" else ()
    for name in caller.api.operations.keys() - runs_drivers:
        assert "The server failed" not in caller.error(name, caller.parameters(name, value)), (name, caplog.text)


def test_a_record_without_fields_does_not_make_the_server_fail(
    caller: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    for name, operation in caller.api.operations.items():
        empty = {field: node("p", node("Record")) for field, kind in operation.types.items() if kind == Records}
        error = caller.error(name, {**caller.parameters(name, "Web"), **empty})
        assert "The server failed" not in error, (name, caplog.text)


def test_a_rule_of_a_security_group_that_has_numbers_for_texts_is_refused_and_names_the_field(toy: Toy) -> None:
    api: Any = toy.cloudshell.session()
    toy.app("Web")
    toy.cloudshell.add_blueprint("B", ["Web"])
    sandbox = toy.cloudshell.reserve("B")
    (app,) = sandbox.resources
    rule = SecurityGroupRule(22, 22, "tcp", "0.0.0.0/0")
    groups = [SecurityGroup(app, [SecurityGroupsConfiguration("subnet", [rule])])]
    with pytest.raises(CloudShellAPIError, match="A SecurityGroupRule should have a text 'FromPort'"):
        api.SetAppSecurityGroups(sandbox.id, groups)
