from __future__ import annotations

from dataclasses import replace

import pytest

from cloudshell_local.failure_report import sections, snapshot
from cloudshell_local.storage.model import Message, VmDetails
from tests.cloudshell_local.toy import Toy

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"
REQUEST = '{"driverRequest": {"actions": [{"actionId": "1", "type": "deployApp", "actionParams": {}}]}}'


def test_only_what_happened_since_a_snapshot_is_reported(toy: Toy) -> None:
    store, sandboxes = toy.services.store, toy.services.sandboxes
    old, used = sandboxes.create("old", "admin", 60), sandboxes.create("used", "admin", 60)
    toy.fail(Deploy={"raise": "before"})
    toy.services.commands.start(toy.provider, "Deploy", request=REQUEST).answer.exception()
    before = snapshot(toy.cloudshell)
    assert sections(toy.cloudshell, before) == []
    sandboxes.post(used.id, "a line")
    new = sandboxes.create("new", "admin", 60)
    store.add_message(new.id, Message("now", f'<font color="red">{KEY} failed</font>'))
    found = dict(sections(toy.cloudshell, before))
    assert list(found) == ["CloudShell: activity feed of 'used', Active", "CloudShell: activity feed of 'new', Active"]
    assert found["CloudShell: activity feed of 'new', Active"].endswith("\nnow ERROR (hidden) failed")
    assert f"activity feed of '{old.name}'" in str(sections(toy.cloudshell))


@pytest.mark.parametrize(
    ("fault", "expected"), [({"raise": "broken"}, "RuntimeError: broken"), ({"refuse": "full"}, "deployApp: full")]
)
def test_failed_executions_and_the_ends_of_the_drivers_logs_are_reported(
    toy: Toy, fault: dict[str, str], expected: str
) -> None:
    before = snapshot(toy.cloudshell)
    toy.services.commands.run(toy.provider, "echo", text="hello")
    output = f"CloudShell: end of logs/{toy.provider.name}/driver.out"
    assert [title for title, _ in sections(toy.cloudshell, before)] == [output]
    toy.fail(Deploy=fault)
    toy.services.commands.start(toy.provider, "Deploy", request=REQUEST).answer.exception()
    (toy.cloudshell.logs / toy.provider.name / "a.log").write_text("x" * 9999 + f"\nthe last line {KEY}")
    failure, printed, log = sections(toy.cloudshell, before)
    assert failure[0].startswith(f"CloudShell: 'Deploy' on '{toy.provider.name}', ")
    assert expected in failure[1]
    assert "this goes to driver.out" in printed[1]
    assert log[1].endswith("the last line (hidden)")
    assert len(log[1]) < 100


def test_passwords_that_a_driver_writes_are_hidden_in_its_error_and_in_the_ends_of_its_logs(toy: Toy) -> None:
    toy.services.inventory.set_attributes(toy.provider.name, {"Password": "s3cret-of-toys"})
    provider = toy.services.store.resources.get(toy.provider.name)
    sandbox = toy.services.sandboxes.create("S", "admin", 60)
    toy.fail(PowerOn={"raise": "no login with s3cret-of-toys"})
    vm = replace(provider, name="vm", vm_details=VmDetails("", "vm-1", provider.name))
    execution = toy.services.commands.start_on_app(vm, "PowerOn", sandbox)
    assert "no login with (hidden)" in str(execution.answer.exception())
    assert "no login with (hidden)" in str(toy.cloudshell.feed(sandbox))
    assert "s3cret-of-toys" in (toy.cloudshell.logs / provider.name / "driver.out").read_text()
    found = dict(sections(toy.cloudshell))
    assert "no login with (hidden)" in found[f"CloudShell: end of logs/{provider.name}/driver.out"]
    assert "s3cret-of-toys" not in str(found)
