from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from heavenly_cloud import FaultRule, HeavenlyCloud, NicRequest, open_store
from provider.heavenly import LEASE
from provider.unknown_instances import EVERY, Sweep, UnknownInstances
from shell.cloudshell_api import CloudShellApi
from tests.audit import audit
from tests.fakes import ApiSession, Clock, ShellHarness, contents_of, create, new_harness, new_heaven

LOGGER = logging.getLogger("test")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def heaven(tmp_path: Path, clock: Clock) -> Iterator[HeavenlyCloud]:
    cloud = new_heaven(clock, store=open_store(f"sqlite:///{tmp_path}/cloud.db"))
    yield cloud
    audit(cloud)
    cloud.close()


def harness_on(heaven: HeavenlyCloud, networking: str = "L2") -> ShellHarness:
    """A new driver on the cloud, as after the one before was killed."""
    harness = new_harness(networking)
    harness.use(heaven)
    harness.api.sandbox = harness.sandbox.id
    return harness


def known_by(harness: ShellHarness) -> set[str]:
    return {*contents_of(harness.heaven).instances} & {*harness.api.vms.values()}


def test_a_vm_that_was_answered_stays_however_long_nobody_touches_it(heaven: HeavenlyCloud, clock: Clock) -> None:
    harness = harness_on(heaven)
    in_sandbox = harness.deployed(harness.app())
    harness.api.vms = {in_sandbox["vmName"]: in_sandbox["vmUuid"]}
    for _ in range(3):
        clock.time += 100 * LEASE
        again = harness_on(heaven)
        again.api.vms = harness.api.vms
        again.deployed(again.app())
        assert in_sandbox["vmUuid"] in contents_of(heaven).instances


@pytest.mark.parametrize("how", ["in its sandbox, renamed", "in Inventory, its sandbox over"])
def test_a_vm_is_known_by_its_sandbox_or_by_its_resource(heaven: HeavenlyCloud, clock: Clock, how: str) -> None:
    harness = harness_on(heaven)
    vm = harness.deployed(harness.app())
    clock.time += LEASE
    harness = harness_on(heaven)
    if how.startswith("in its sandbox"):
        harness.api.vms = {"another name": vm["vmUuid"]}
    else:
        harness.api.vms, harness.api.sandbox = {vm["vmName"]: vm["vmUuid"]}, ""
    harness.deployed(harness.app())
    assert known_by(harness) == {vm["vmUuid"]}


def test_a_vm_that_cloudshell_does_not_know_is_deleted_when_its_lease_is_over(
    heaven: HeavenlyCloud, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    harness = harness_on(heaven)
    killed, powered_on = (harness.deployed(harness.app()) for _ in range(2))
    heaven.login("gabriel", "halo", "narnia").power_on(powered_on["vmUuid"])
    clock.time += LEASE - 1
    harness_on(heaven).deployed(harness.app())
    assert killed["vmUuid"] in contents_of(heaven).instances
    clock.time += 1
    last = harness_on(heaven).deployed(harness.app())
    assert {killed["vmUuid"], powered_on["vmUuid"]}.isdisjoint(contents_of(heaven).instances)
    assert last["vmUuid"] in contents_of(heaven).instances
    assert f"CloudShell does not know the VM '{killed['vmName']}'" in caplog.text


@pytest.mark.parametrize("fails", ["GetReservationDetails", "GetResourceDetails"])
def test_without_an_answer_of_cloudshell_nothing_is_deleted(
    heaven: HeavenlyCloud, clock: Clock, fails: str, caplog: pytest.LogCaptureFixture
) -> None:
    vm = harness_on(heaven).deployed(harness_on(heaven).app())
    clock.time += LEASE
    harness = harness_on(heaven)
    harness.api.fails = fails
    harness.deployed(harness.app())
    assert vm["vmUuid"] in contents_of(heaven).instances
    assert "It is not known which VMs" in caplog.text
    assert "halo" not in caplog.text


def test_a_cloud_that_fails_the_search_does_not_fail_the_deploy(heaven: HeavenlyCloud, clock: Clock) -> None:
    vm = harness_on(heaven).deployed(harness_on(heaven).app())
    clock.time += LEASE
    heaven.faults.add(FaultRule("delete_instance", error="NoCapacity"))
    harness_on(heaven).deployed(harness_on(heaven).app())
    assert vm["vmUuid"] in contents_of(heaven).instances
    heaven.faults.clear()
    harness_on(heaven).deployed(harness_on(heaven).app())
    assert vm["vmUuid"] not in contents_of(heaven).instances


def test_a_search_is_made_by_the_first_deploy_and_then_every_few_minutes(heaven: HeavenlyCloud, clock: Clock) -> None:
    client, api = heaven.login("gabriel", "halo", "narnia"), ApiSession()
    unknown = UnknownInstances(CloudShellApi(lambda: api), Sweep(clock.now))

    def left_after(seconds: float) -> int:
        create(client, lease=0)
        create(client, lease=0.5)
        clock.time += seconds
        unknown.delete_when_due(client, LOGGER)
        return len(client.get_unconfirmed())

    assert [left_after(seconds) for seconds in (1, 1, EVERY - 2, 1)] == [0, 1, 2, 0]


def test_the_cleanup_of_a_sandbox_deletes_what_would_keep_its_network(heaven: HeavenlyCloud) -> None:
    killed = harness_on(heaven, "L3")
    public, _ = killed.subnets()
    client = heaven.login("gabriel", "halo", "narnia")
    create(client, tag=killed.sandbox.id, nics=(NicRequest(public),), lease=LEASE)
    harness = harness_on(heaven, "L3")
    (answer,) = harness.cleanup()
    assert answer["success"], answer["errorMessage"]
    assert not contents_of(heaven).instances
    assert not contents_of(heaven).networks


def test_the_cleanup_keeps_a_vm_that_the_sandbox_knows(heaven: HeavenlyCloud) -> None:
    harness = harness_on(heaven, "L3")
    public, _ = harness.subnets()
    client = heaven.login("gabriel", "halo", "narnia")
    vm = create(client, tag=harness.sandbox.id, nics=(NicRequest(public),), lease=LEASE)
    harness.api.vms = {vm.name: vm.id}
    (answer,) = harness.cleanup()
    assert f"still used by '{vm.name}'" in answer["errorMessage"]


def test_in_memory_nobody_is_asked(harness: ShellHarness) -> None:
    harness.deployed(harness.app())
    assert {call[0] for call in harness.api.calls} == {"DecryptPassword"}
