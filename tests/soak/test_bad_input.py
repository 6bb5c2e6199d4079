"""Whatever is sent to whichever command: a clear answer for each action or one clear error, and nothing half done."""

from __future__ import annotations

import json
import threading
from typing import Any, Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudshell_local.execution.driver_host import as_context
from driver import HeavenlyCloudShellDriver
from shell.errors import CommandError
from shell.requests import ACTIONS
from tests.audit import audit
from tests.fakes import L2, L3, Clock, ShellHarness, contents_of, in_use, new_harness
from tests.secrets import leaks
from tests.sizes import EXAMPLES, how_many
from tests.soak.conftest import Figures

ODD = [
    "",
    "\0",
    "\ud800",
    "é" * 300,
    "‮evil",
    "'; DROP TABLE heaven_records; --",
    "{{7*7}}",
    "../../etc",
    "NaN",
    "null",
    "-1",
]
odd_texts = st.sampled_from(ODD) | st.text(max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | odd_texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
# What a request is made of, in this version and in others: some fields right, some wrong, some missing, some too many.
NAMES = [
    "actionId", "type", "actionParams", "connectionParams", "appName", "deployment", "deploymentPath", "attributes",
    "appResource", "attributeName", "attributeValue", "customActionAttributes", "connectorAttributes", "actionTarget",
    "vlanServiceAttributes", "vlanId", "mode", "cidr", "alias", "isPublic", "subnetId", "vnicName", "deployedApp",
    "deployedAppJson", "appRequestJson", "securityGroupsConfigurations", "rules", "fromPort", "protocol", "vmdetails",
    "uid", "name", "fullAddress", "saveDeploymentModel", "items", "driverRequest", "actions", "subnetServiceAttributes",
]  # fmt: skip
RIGHT = [
    "1", "True", "11", "100-110", "Access", "Trunk", "10.0.3.0/24", "10.0.3.0/28", "eth1", "web",
    "L2HeavenlyCloudShell.HeavenlyCloudAngelDeployment", "L3HeavenlyCloudShell.HeavenlyCloudManDeployment",
    "VM_UUID", "Vnic Name", "Private IP", "wing_count", "weight", "cloud_size", "cloud_image_id", "Interface", *ACTIONS,
]  # fmt: skip
leaves = st.sampled_from(RIGHT) | values
things = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=25,
)
actions = st.fixed_dictionaries(
    {},
    optional={
        name: st.sampled_from([*ACTIONS, "saveApp"]) | things if name == "type" else things for name in NAMES[:4]
    },
)
huge = st.builds(lambda action, times: [action] * times, actions, st.sampled_from([100, how_many(500, 2000)]))
action_lists = st.lists(actions, max_size=4) | huge
requests = (
    action_lists.map(lambda sent: json.dumps({"driverRequest": {"actions": sent}}))
    | things.map(lambda sent: json.dumps({"driverRequest": sent}))
    | things.map(json.dumps)
    | odd_texts
    | st.none()
)
item_lists = st.lists(things, max_size=4)
details = item_lists.map(lambda items: json.dumps({"items": items})) | requests
groups = item_lists.map(json.dumps) | requests
endpoints = st.lists(
    st.fixed_dictionaries(
        {
            "name": odd_texts,
            "fullname": odd_texts,
            "address": st.none() | odd_texts,
            "attributes": st.dictionaries(odd_texts, odd_texts, max_size=2),
            "app_context": st.fixed_dictionaries(
                {
                    "deployed_app_json": things.map(json.dumps) | odd_texts,
                    "app_request_json": things.map(json.dumps) | odd_texts,
                }
            ),
        }
    ),
    max_size=2,
)
ON_PROVIDER = {
    "Deploy": (L2, L3),
    "ApplyConnectivityChanges": (L2,),
    "PrepareSandboxInfra": (L3,),
    "CleanupSandboxInfra": (L3,),
}
ON_APP = ("PowerOn", "PowerOff", "PowerCycle", "DeleteInstance", "remote_refresh_ip")
TRIED = how_many(EXAMPLES["test"], 1000)
examples = settings(max_examples=TRIED, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


class Impatient(Clock):
    """Time of which no command may take an hour."""

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        assert self.time < 3600, "it would hang"


def driver_of(networking: str) -> tuple[HeavenlyCloudShellDriver, ShellHarness]:
    """Return a driver with a VM, and a harness on the same cloud."""
    harness = new_harness(networking)
    clock = Impatient()
    harness.commands._sleep = clock.sleep
    return harness.driver(), harness


def texts(harness: ShellHarness, command: Callable[[], Any]) -> Any:
    """Do a command; return its answer, None if it raised one clear sentence. A cloud is whole afterwards."""
    before = in_use(harness.heaven)
    try:
        answer = command()
    except CommandError as error:
        text = str(error)
        assert text
        assert "\n" not in text
        assert "unexpected" not in text
        assert leaks(text) == []
        assert in_use(harness.heaven) == before, "what raised has changed nothing"
        return None
    audit(harness.heaven)
    return answer


def check_answers(harness: ShellHarness, before: dict[str, int], found: list[dict[str, Any]], error: str) -> None:
    for each in found:
        reason = each.get(error)
        assert each.get("success", not reason) or reason
        assert "unexpected" not in str(reason)
    if not any(each.get("success", not each.get(error)) for each in found):
        assert in_use(harness.heaven) == before


@pytest.mark.parametrize(
    ("name", "networking"), [(name, each) for name, kinds in ON_PROVIDER.items() for each in kinds]
)
@examples
@given(request=requests)
def test_commands_with_actions(name: str, networking: str, request: str | None) -> None:
    driver, harness = driver_of(networking)
    context, before = as_context(harness.sandbox.resource_context("t")), in_use(harness.heaven)
    answer = texts(harness, lambda: getattr(driver, name)(context, request=request))
    if answer is not None:
        assert request is not None
        found = json.loads(answer)["driverResponse"]["actionResults"]
        assert len(found) == len(json.loads(request)["driverRequest"].get("actions") or [])
        check_answers(harness, before, found, "errorMessage")


@examples
@given(request=details)
def test_vm_details(request: str | None) -> None:
    driver, harness = driver_of(L2)
    context, before = as_context(harness.sandbox.resource_context("t")), in_use(harness.heaven)
    answer = texts(harness, lambda: driver.GetVmDetails(context, requests=request))  # type: ignore[arg-type]
    if answer is not None:
        assert request is not None
        assert len(json.loads(answer)) == len(json.loads(request)["items"])
        check_answers(harness, before, json.loads(answer), "errorMessage")


@examples
@given(request=groups)
def test_security_groups(request: str | None) -> None:
    driver, harness = driver_of(L3)
    context, before = as_context(harness.sandbox.resource_context("t")), in_use(harness.heaven)
    answer = texts(harness, lambda: driver.SetAppSecurityGroups(context, request=request))  # type: ignore[arg-type]
    if answer is not None:
        assert request is not None
        assert len(json.loads(answer)) == len(json.loads(request))
        check_answers(harness, before, json.loads(answer), "error")


@pytest.mark.parametrize("name", ON_APP)
@examples
@given(found=endpoints, delay=odd_texts)
def test_commands_on_apps(name: str, found: list[dict[str, Any]], delay: str) -> None:
    driver, harness = driver_of(L2)
    app = harness.app()
    harness.deployed(app)
    raw = harness.sandbox.remote_context("t", app)
    raw["remote_endpoints"] = found
    context = as_context(raw)
    parameters = {"delay": delay} if name == "PowerCycle" else {}
    texts(harness, lambda: getattr(driver, name)(context, ports=[], **parameters))
    assert app.vm_id in contents_of(harness.heaven).instances, "it was about another one"


@examples
@given(attributes=st.dictionaries(
    st.sampled_from([
        "User", "Password", "Region", "VLAN Type", "Networks in use", "Fault Injection", "Networking type", "Moon"
    ]),
    odd_texts | st.sampled_from(["gabriel", "narnia", "VLAN", "[]", "[1]", '[{"operation": "*", "latency": 1e9}]', "/tmp"]),
))  # fmt: skip
def test_discovery(attributes: dict[str, str]) -> None:
    driver, harness = driver_of(L2)
    context: Any = as_context(harness.sandbox.autoload_context("t"))
    context.resource.attributes.update({f"{harness.sandbox.model}.{name}": value for name, value in attributes.items()})
    texts(harness, lambda: driver.get_inventory(context))


def test_figures(figures: Figures) -> None:
    tests = sum(len(kinds) for kinds in ON_PROVIDER.values()) + len(ON_APP) + 3
    figures.add("Bad input", commands=tests, requests_each=TRIED, threads=threading.active_count())
