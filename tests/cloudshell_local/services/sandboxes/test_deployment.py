from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import Any

import pytest

from cloudshell_local.errors import CommandFailed, NotFound, RemovalFailed
from cloudshell_local.services.sandboxes.deployment import DeploymentResult
from cloudshell_local.storage.model import Resource, Sandbox, VmDetails
from tests.cloudshell_local.toy import DRIVER, Toy, app_package, package, without_l3


@pytest.fixture
def sandbox(toy: Toy) -> Sandbox:
    """A sandbox with two Apps, which no orchestration touches."""
    toy.app("Web")
    toy.app("Db", Size="3")
    sandbox = toy.services.sandboxes.create("s", "admin", 60)
    for name in ("Web", "Db"):
        toy.services.sandboxes.add_app(sandbox.id, toy.services.blueprints.new_app(name))
    return toy.cloudshell.sandbox(sandbox)


def vm_details_of(resource: Resource) -> VmDetails:
    assert resource.vm_details
    return resource.vm_details


def deploy(toy: Toy, sandbox: Sandbox, *names: str, **wanted: str) -> Any:
    return toy.services.deployment.deploy(sandbox.id, names, wanted)


def test_deploy_runs_once_per_app_with_all_attributes_of_the_blueprint(toy: Toy, sandbox: Sandbox) -> None:
    toy.calls()
    deploy(toy, sandbox, "Web", "Db")
    requested = [request["driverRequest"]["actions"] for command, request in toy.calls() if command == "Deploy"]
    assert len(requested) == 2
    for (action,) in requested:
        parameters = action["actionParams"]
        attributes = {each["attributeName"]: each["attributeValue"] for each in parameters["deployment"]["attributes"]}
        assert parameters["deployment"]["deploymentPath"] == "Toy.Brick"
        assert attributes["Toy.Brick.Size"] == {"Web": "1", "Db": "3"}[parameters["appName"]]
        app = {each["attributeName"]: each["attributeValue"] for each in parameters["appResource"]["attributes"]}
        assert toy.services.passwords.decrypt(app["Password"]) == "pw"


def test_an_app_whose_turn_comes_after_the_sandbox_has_ended_is_not_deployed(toy: Toy, sandbox: Sandbox) -> None:
    toy.services.lifecycle.end(sandbox.id)
    toy.services.lifecycle.wait(sandbox.id)
    result = toy.services.deployment._deploy_and_report(sandbox.id, "Web", "Web")
    assert (result.resource, result.error) == (None, "The sandbox 's' has ended")
    assert toy.left()["vms"] == []


def test_a_deployed_app_of_another_sandbox_is_removed_but_not_deleted(toy: Toy, sandbox: Sandbox) -> None:
    (deployed,) = deploy(toy, sandbox, "Web")
    other = toy.services.sandboxes.create("other", "admin", 60)
    toy.services.sandboxes.add_resources(other.id, [deployed.resource.name])
    toy.services.deployment.remove(other.id, [deployed.resource.name])
    assert toy.cloudshell.sandbox(other).resources == {}
    assert list(toy.cloudshell.deployed(sandbox)) == ["Web"]
    assert len(toy.left()["vms"]) == 1


def test_the_driver_of_a_deployed_app_ends_with_it(toy: Toy) -> None:
    toy.services.catalog.add(app_package(), "admin")
    toy.cloudshell.add_app("Pup", "Toy.Brick", toy.provider.name, {}, {"Strings": "4"}, "Puppet")
    sandbox = toy.services.sandboxes.create("s", "admin", 60)
    toy.services.sandboxes.add_app(sandbox.id, toy.services.blueprints.new_app("Pup"))
    (deployed,) = deploy(toy, sandbox, "Pup")
    toy.services.inventory.discover(deployed.resource.name)
    assert deployed.resource.id in toy.services.execution_server._instances
    toy.services.deployment.remove(sandbox.id, [deployed.resource.name])
    assert list(toy.services.execution_server._instances) == [toy.provider.id]


def test_the_app_becomes_a_resource_with_what_the_driver_answered(toy: Toy, sandbox: Sandbox) -> None:
    (deployed,) = deploy(toy, sandbox, "Web")
    resource = toy.services.store.resources.get(deployed.resource.name)
    assert (resource.model, resource.family, resource.address) == (
        "Generic App Model",
        "Generic App Family",
        "10.9.0.1",
    )
    assert resource.attributes["Public IP"] == "198.51.100.1"
    assert resource.created_in == sandbox.id
    assert resource.vm_details
    assert resource.vm_details.custom_parameters == {"auto_delete": "True", "zone": "7"}
    assert [item.name for item in resource.vm_details.instance] == ["Image", "secret"]
    now = toy.cloudshell.sandbox(sandbox)
    assert [app.name for app in now.apps] == ["Db"]
    assert list(now.resources) == [resource.name]
    assert f"The App 'Web' was deployed as '{resource.name}'" in toy.cloudshell.feed(sandbox)[-1].text


def test_a_requested_name_is_passed_to_the_driver(toy: Toy, sandbox: Sandbox) -> None:
    (deployed,) = deploy(toy, sandbox, "Web", Web="front")
    assert deployed.resource.name.startswith("front-")
    assert deployed.app == "Web"


def test_one_failure_leaves_the_other_apps_deployed_and_shows_on_its_own(toy: Toy, sandbox: Sandbox) -> None:
    toy.fail(Deploy={"refuse": "no bricks left", "times": 1})
    results = deploy(toy, sandbox, "Web", "Db")
    failed = next(result for result in results if result.error)
    assert failed.error == "no bricks left"
    assert sum(1 for result in results if result.resource) == 1
    (app,) = toy.cloudshell.sandbox(sandbox).apps
    assert (app.name, app.live_status) == (failed.app, ("Error", "no bricks left"))
    assert any("failed: no bricks left" in message.text for message in toy.cloudshell.feed(sandbox))


def test_a_driver_that_raises_is_a_failure_too_and_the_app_can_be_deployed_again(toy: Toy, sandbox: Sandbox) -> None:
    toy.fail(Deploy={"raise": "out of clay"})
    (failed,) = deploy(toy, sandbox, "Web")
    assert "Description: out of clay" in failed.error
    toy.fail()
    (deployed,) = deploy(toy, sandbox, "Web")
    assert deployed.resource


def test_a_repeated_call_waits_for_the_first_and_deploys_nothing_twice(toy: Toy, sandbox: Sandbox) -> None:
    """The client repeats a call whose connection broke."""
    toy.fail(Deploy={"wait": 0.3})
    toy.calls()
    answers: list[Any] = []
    threads = [threading.Thread(target=lambda: answers.extend(deploy(toy, sandbox, "Web"))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers.extend(deploy(toy, sandbox, "Web"))
    assert len({answer.resource.name for answer in answers}) == 1
    assert toy.commands() == ["Deploy"]


def test_a_name_that_is_taken_is_a_failure_and_its_vm_is_deleted(toy: Toy, sandbox: Sandbox) -> None:
    toy.services.store.resources.put("mine", Resource("mine", "f", "m", "", {}))
    toy.app("Odd", **{"VM Name": "mine"})
    toy.services.sandboxes.add_app(sandbox.id, toy.services.blueprints.new_app("Odd"))
    (failed,) = deploy(toy, sandbox, "Odd")
    assert failed.error == "A resource named 'mine' already exists"
    assert toy.left()["vms"] == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"vmName": ', '"vmTitle": ', "'Deploy' answered no vmName or no vmUuid"),
        ('"attributeName": "Public IP"', '"name": "Public IP"', "'Deploy' answered what cannot be read: KeyError"),
        (
            '"deployedAppAdditionalData": {',
            '"deployedAppAdditionalData": 7, "x": {',
            "'Deploy' answered what cannot be read",
        ),
    ],
)
def test_an_answer_that_cannot_be_read_is_a_failure_and_its_vm_is_deleted(
    toy: Toy, sandbox: Sandbox, old: str, new: str, problem: str
) -> None:
    assert old in DRIVER
    toy.services.catalog.update("Toy", package(driver={"driver.py": without_l3(DRIVER).replace(old, new)}), "admin")
    (failed,) = deploy(toy, sandbox, "Web")
    assert problem in failed.error
    assert toy.left()["vms"] == []


def test_an_attribute_that_the_app_does_not_have_is_left_out_and_posted(toy: Toy, sandbox: Sandbox) -> None:
    driver = without_l3(DRIVER).replace('"attributeName": "Public IP"', '"attributeName": "Shoe Size"')
    toy.services.catalog.update("Toy", package(driver={"driver.py": driver}), "admin")
    (deployed,) = deploy(toy, sandbox, "Web")
    assert deployed.resource
    assert any("'Shoe Size' not found" in message.text for message in toy.cloudshell.feed(sandbox))


def test_an_unknown_app_is_an_error_before_anything_is_deployed(toy: Toy, sandbox: Sandbox) -> None:
    with pytest.raises(NotFound, match="Apps to deploy: Web, Db"):
        deploy(toy, sandbox, "Web", "Cache")
    assert toy.left()["vms"] == []


def test_an_excluded_provider_deploys_nothing(toy: Toy, sandbox: Sandbox) -> None:
    toy.services.inventory.set_excluded(toy.provider.name, True)
    (failed,) = deploy(toy, sandbox, "Web")
    assert "is excluded" in failed.error


def test_vm_details_are_read_from_the_driver_each_time(toy: Toy, sandbox: Sandbox) -> None:
    names = [each.resource.name for each in deploy(toy, sandbox, "Web", "Db")]
    toy.calls()
    toy.services.deployment.refresh(sandbox.id, names)
    ((command, request),) = toy.calls()
    assert command == "GetVmDetails"
    assert [item["deployedAppJson"]["name"] for item in request["items"]] == names
    assert request["items"][0]["appRequestJson"]["name"] == "Web"


def test_an_answer_without_details_leaves_the_last_ones_and_is_told_in_the_feed(
    toy: Toy, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    (web,) = (each.resource for each in deploy(toy, sandbox, "Web"))
    entry = {"appName": web.name, "vmInstanceData": [], "vmNetworkData": [], "error": "the VM is gone"}
    monkeypatch.setattr(toy.services.commands, "run", lambda *_, **__: json.dumps([entry]))
    toy.services.deployment.refresh(sandbox.id, [web.name])
    error = "'GetVmDetails' answered no details, but the unknown field error"
    assert vm_details_of(toy.services.store.resources.get(web.name)) == replace(vm_details_of(web), error=error)
    assert vm_details_of(web).instance
    assert toy.cloudshell.feed(sandbox)[-1].text == f"{web.name}: {error}; the last ones stay"


def test_details_that_cannot_be_read_are_an_error_and_the_others_are_stored(toy: Toy, sandbox: Sandbox) -> None:
    web, db = (each.resource for each in deploy(toy, sandbox, "Web", "Db"))
    toy.services.commands.run_on_app(web, "DeleteInstance", sandbox)
    with toy.services.store.resources.changing(db.name) as changed:
        vm_details_of(changed).instance = []
    with pytest.raises(CommandFailed, match=f"^{web.name}: there is no {vm_details_of(web).uid}$"):
        toy.services.deployment.refresh(sandbox.id, [web.name, db.name])
    assert vm_details_of(toy.services.store.resources.get(db.name)).instance


def test_removed_apps_are_deleted_in_the_cloud_and_in_inventory(toy: Toy, sandbox: Sandbox) -> None:
    names = [each.resource.name for each in deploy(toy, sandbox, "Web", "Db")]
    toy.services.deployment.remove(sandbox.id, names)
    assert toy.left()["vms"] == []
    assert toy.cloudshell.sandbox(sandbox).resources == {}
    assert not any(name in toy.services.store.resources for name in names)


def test_an_app_that_cannot_be_deleted_stays_and_is_an_error_with_its_code(toy: Toy, sandbox: Sandbox) -> None:
    names = [each.resource.name for each in deploy(toy, sandbox, "Web", "Db")]
    toy.fail(DeleteInstance={"raise": "glued", "times": 1})
    with pytest.raises(RemovalFailed, match="Description: glued") as caught:
        toy.services.deployment.remove(sandbox.id, names)
    assert caught.value.code == 153
    assert len(toy.cloudshell.sandbox(sandbox).resources) == 1


def test_resources_that_the_sandbox_did_not_deploy_are_only_removed_from_it(toy: Toy, sandbox: Sandbox) -> None:
    toy.services.sandboxes.add_resources(sandbox.id, [toy.provider.name])
    toy.services.deployment.remove(sandbox.id, [toy.provider.name])
    assert toy.provider.name in toy.services.store.resources
    assert toy.cloudshell.sandbox(sandbox).resources == {}


def test_a_deployed_app_may_stay_in_the_cloud(toy: Toy, sandbox: Sandbox) -> None:
    (deployed,) = deploy(toy, sandbox, "Web")
    toy.services.deployment.remove(sandbox.id, [deployed.resource.name], delete_deployed_apps=False)
    assert len(toy.left()["vms"]) == 1
    assert deployed.resource.name in toy.services.store.resources


def test_many_apps_are_deployed_by_as_many_threads_as_there_are_slots(
    toy: Toy, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"Web {number}" for number in range(12)]
    for name in names:
        toy.services.sandboxes.add_app(sandbox.id, toy.services.blueprints.new_app("Web", name))
    monkeypatch.setattr(toy.services.execution_server, "slots", 3)
    deployment = toy.services.deployment
    deploy_one, threads, deploying = deployment._deploy_and_report, set[str](), list[bool]()

    def counted(sandbox_id: str, name: str, wanted: str) -> DeploymentResult:
        threads.add(threading.current_thread().name)
        if not deploying:
            deploying.extend(deployment.is_deploying(sandbox_id, each) for each in names)
        return deploy_one(sandbox_id, name, wanted)

    monkeypatch.setattr(deployment, "_deploy_and_report", counted)
    results = deployment.deploy(sandbox.id, names)
    assert [(each.app, each.error) for each in results] == [(name, "") for name in names]
    assert 1 <= len(threads) <= 3
    assert deploying == [True] * 12, "an App that waits for a thread is being deployed, too"
    assert not any(deployment.is_deploying(sandbox.id, each) for each in names)


def test_an_app_that_is_removed_while_it_is_deployed_is_deployed_all_the_same(
    toy: Toy, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment, sandboxes = toy.services.deployment, toy.services.sandboxes
    add_resource = deployment._add_resource

    def add_and_remove_app(*arguments: Any) -> Resource:
        sandboxes.remove_app(sandbox.id, "Web")
        return add_resource(*arguments)

    monkeypatch.setattr(deployment, "_add_resource", add_and_remove_app)
    (deployed,) = deploy(toy, sandbox, "Web")
    assert deployed.error == ""
    assert list(sandboxes.get(sandbox.id).resources) == [deployed.resource.name]


def test_what_the_driver_has_to_say_about_a_success_is_in_the_feed(toy: Toy) -> None:
    answer = '"success": not refused,'
    driver = without_l3(DRIVER).replace(answer, answer + '"infoMessage": "mind the gap", ')
    toy.services.catalog.update("Toy", package(driver={"driver.py": driver}), "admin")
    toy.app("Web")
    toy.cloudshell.add_blueprint("B", ["Web"], {"V": ("VLAN Auto", {})}, [("Web", "V")])
    sandbox = toy.services.lifecycle.reserve("B", "", "admin", 60, set_up=False)
    (deployed,) = deploy(toy, sandbox, "Web")
    toy.services.vlans.connect(sandbox.id, [deployed.resource.name, "V"])
    feed = [message.text for message in toy.cloudshell.feed(sandbox)]
    assert feed[-2:] == ["'Web': mind the gap", f"'{deployed.resource.name}': mind the gap"]


def test_the_error_of_vm_details_is_in_the_feed_and_beside_the_details(toy: Toy, sandbox: Sandbox) -> None:
    (deployed,) = deploy(toy, sandbox, "Web")
    name = deployed.resource.name
    toy.services.commands.run_on_app(deployed.resource, "DeleteInstance")
    with pytest.raises(CommandFailed, match="there is no vm-1"):
        toy.services.deployment.refresh(sandbox.id, [name])
    details = toy.services.store.resources.get(name).vm_details
    assert details
    assert details.error.startswith("there is no vm-1")
    assert details.instance[0].value == "toy"
    assert f"Refreshing the VM details of '{name}' failed: there is no vm-1" in toy.cloudshell.feed(sandbox)[-1].text


def test_a_get_vm_details_that_raises_is_in_the_feed(toy: Toy, sandbox: Sandbox) -> None:
    (deployed,) = deploy(toy, sandbox, "Web")
    toy.fail(GetVmDetails={"raise": "no eyes"})
    with pytest.raises(CommandFailed):
        toy.services.deployment.refresh(sandbox.id, [deployed.resource.name])
    assert "no eyes" in toy.cloudshell.feed(sandbox)[-1].text
