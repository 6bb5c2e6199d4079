from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cloudshell_local import testing as contexts
from cloudshell_local.execution.driver_host import as_context
from heavenly_cloud import CloudStore, HeavenlyCloud
from heavenly_cloud.store import MemoryStore
from operations.inventory import discover
from provider.cloud import Command
from provider.connection import CloudConnections
from provider.heavenly import HeavenlyProvider
from shell.errors import CommandError
from tests.fakes import ShellHarness, contents_of, new_harness, results

_connected: list[ShellHarness] = []
SLOW = json.dumps([{"operation": "power_on", "latency": 3}, {"operation": "power_off", "error": "NoCapacity"}])


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while _connected:
        _connected.pop().commands._connections.reset()


def set_on(harness: ShellHarness, **attributes: str) -> None:
    for name, value in attributes.items():
        harness.sandbox.attributes[f"{harness.sandbox.model}.{name.replace('_', ' ')}"] = value


def with_store(harness: ShellHarness, url: str) -> ShellHarness:
    """Set the store as an administrator does; the API decrypts it."""
    secrets = {"c1ph3r": "halo", "st0re": url, "st0re2": f"{url}.other"}
    harness.commands._open_session = lambda _: SimpleNamespace(
        DecryptPassword=lambda text: SimpleNamespace(Value=secrets[text])
    )
    set_on(harness, Cloud_Store="st0re")
    _connected.append(harness)
    return harness


def test_without_a_store_the_cloud_is_in_memory(harness: ShellHarness) -> None:
    harness.deployed(harness.app())
    assert len(contents_of(harness.heaven).instances) == 1


def test_a_cloud_in_a_store_is_there_for_the_next_driver(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/heaven.db"
    first, app = with_store(new_harness("L2"), url), new_harness("L2").app()
    first.deployed(app)
    assert contents_of(first.heaven).instances == {}
    (details,) = with_store(new_harness("L2"), url).details(app)
    assert (details["appName"], details["errorMessage"]) == (app.resource_name, "")


def test_in_memory_a_vm_of_an_earlier_driver_is_told_to_be_gone_with_the_remedy(harness: ShellHarness) -> None:
    app, later = harness.app(), new_harness("L2")
    harness.deployed(app)
    later.use(HeavenlyCloud())
    remedy = "ten idle minutes, and is gone with it; deploy the App again, and set 'Cloud Store'"
    with pytest.raises(CommandError, match=remedy):
        with later.remote(app) as command:
            command.cloud.power_on(app.vm_id)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://heaven:s3cret@host/heaven", "should be 'sqlite:///path' or 'postgresql\\+psycopg://"),
        ("sqlite:///heaven.db", "path in 'Cloud Store' should be absolute, as in 'sqlite:////var/lib/heaven.db'"),
        ("sqlite:////nowhere/at/all/heaven.db", "cannot be used \\(unable to open database file\\)"),
        ("postgresql+psycopg://heaven:s3cret@127.0.0.1:1/heaven", "cannot be used.*Connection refused"),
    ],
)
def test_a_store_that_cannot_be_used_is_told_without_its_password(harness: ShellHarness, url: str, says: str) -> None:
    with pytest.raises(CommandError, match=says) as caught:
        with with_store(harness, url).command():
            pass
    assert "s3cret" not in str(caught.value)


def test_discovery_opens_the_store_anew(harness: ShellHarness, tmp_path: Path) -> None:
    with_store(harness, f"sqlite:///{tmp_path}/heaven.db")
    with harness.command() as first:
        pass
    with harness.command() as second:
        assert cloud_of(second) is cloud_of(first)
    with harness.commands.discovery(_context(harness)) as third:
        assert cloud_of(third) is not cloud_of(first)


class OpenedStore(MemoryStore):
    """A store that counts how often it is closed."""

    is_persistent = True

    def __init__(self) -> None:
        super().__init__()
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def opened(harness: ShellHarness) -> list[OpenedStore]:
    """The stores that the driver opened, one after the other."""
    stores: list[OpenedStore] = []

    def open_store(_: str) -> CloudStore:
        stores.append(OpenedStore())
        return stores[-1]

    harness.commands._connections = CloudConnections(harness.heaven, open_store)
    harness.commands._open_session = lambda _: SimpleNamespace(DecryptPassword=lambda text: SimpleNamespace(Value=text))
    set_on(harness, Password="halo", Cloud_Store="sqlite:////first.db")
    return stores


def test_a_store_that_the_resource_no_longer_names_is_closed(harness: ShellHarness, opened: list[OpenedStore]) -> None:
    closed = []
    for store in ("sqlite:////first.db", "sqlite:////second.db", "", ""):
        set_on(harness, Cloud_Store=store)
        with harness.command():
            closed.append([each.closed for each in opened])
    assert closed == [[0], [1, 0], [1, 1], [1, 1]]


def test_spaces_around_a_store_mean_nothing(harness: ShellHarness, opened: list[OpenedStore]) -> None:
    set_on(harness, Cloud_Store=" \n")
    with harness.command():
        assert opened == []


def test_discovery_closes_the_store_that_it_opens_anew(harness: ShellHarness, opened: list[OpenedStore]) -> None:
    with harness.command():
        assert [each.closed for each in opened] == [0]
    with harness.commands.discovery(_context(harness)):
        assert [each.closed for each in opened] == [1, 0]


def test_no_store_stays_open_when_another_cannot_be_used(harness: ShellHarness, opened: list[OpenedStore]) -> None:
    for store, region in (("sqlite:////first.db", "narnia"), ("", "mordor"), ("sqlite:////first.db", "narnia")):
        set_on(harness, Cloud_Store=store, Region=region)
        with suppress(CommandError), harness.command():
            pass
    assert [each.closed for each in opened] == [1, 0]
    harness.commands._connections.reset()
    assert [each.closed for each in opened] == [1, 1]


@pytest.mark.parametrize("other", ["", "another"])
def test_a_command_that_still_runs_on_a_store_ends_on_it(harness: ShellHarness, tmp_path: Path, other: str) -> None:
    app = harness.app()
    with_store(harness, f"sqlite:///{tmp_path}/heaven.db")
    with harness.command() as running:
        set_on(harness, Cloud_Store="st0re2" if other else "")
        with harness.command():
            pass
        actions = [contexts.deploy_app(app)]
        app.deployed(results(harness.deploy_actions(running, actions))[0])
        assert running.cloud.get_instance(app.vm_id).id == app.vm_id
        cloud_of(running).close()  # In a driver, that is left to the garbage collector.
    assert contents_of(harness.heaven).instances == {}
    (details,) = with_store(harness, f"sqlite:///{tmp_path}/heaven.db").details(app)
    assert details["errorMessage"] == ""


def _context(harness: ShellHarness) -> Any:
    return as_context(harness.sandbox.resource_context("t", reserved=False))


def cloud_of(command: Command) -> HeavenlyCloud:
    assert isinstance(command.cloud, HeavenlyProvider)
    cloud = command.cloud._client._cloud
    assert isinstance(cloud, HeavenlyCloud)
    return cloud


def power_on(harness: ShellHarness, app: Any) -> float:
    began = harness.clock.time
    with harness.remote(app) as command:
        command.cloud.power_on(app.vm_id)
    return harness.clock.time - began


@pytest.mark.parametrize("is_file", [False, True])
def test_fault_rules_are_in_the_attribute_or_in_a_file(harness: ShellHarness, tmp_path: Path, is_file: bool) -> None:
    app, file = harness.app(), tmp_path / "rules.json"
    harness.deployed(app)
    file.write_text(SLOW)
    set_on(harness, Fault_Injection=str(file) if is_file else SLOW)
    assert power_on(harness, app) == pytest.approx(3)
    with pytest.raises(CommandError, match="failed power_off \\(NoCapacity\\)"):
        with harness.remote(app) as command:
            command.cloud.power_off(app.vm_id)
    set_on(harness, Fault_Injection="")
    assert power_on(harness, app) == 0


def test_rules_are_counted_from_command_to_command(harness: ShellHarness) -> None:
    app = harness.app()
    harness.deployed(app)
    set_on(harness, Fault_Injection=json.dumps([{"operation": "power_on", "latency": 2, "times": 2}]))
    assert [round(power_on(harness, app)) for _ in range(3)] == [2, 2, 0]


def test_a_file_that_was_changed_is_read_again(harness: ShellHarness, tmp_path: Path) -> None:
    app, file = harness.app(), tmp_path / "rules.json"
    harness.deployed(app)
    file.write_text(SLOW)
    set_on(harness, Fault_Injection=str(file))
    assert power_on(harness, app) == pytest.approx(3)
    file.write_text("[]")
    os.utime(file, (1, 1))
    assert power_on(harness, app) == 0


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ('[{"operation": "fly", "latency": 1}]', "operation 'fly' does not exist; known are .*'power_on'"),
        ('[{"operation": "power_on", "error": "Rain"}]', "error 'Rain' does not exist; known are .*'NoCapacity'"),
        ("[{", "should be a list of rules, as JSON"),
        (
            "/nowhere/rules.json",
            "'Fault Injection' is '/nowhere/rules.json' but should be a list of rules as JSON, or the path",
        ),
    ],
)
def test_rules_that_could_never_apply_are_refused_when_they_are_set(
    harness: ShellHarness, rules: str, says: str
) -> None:
    set_on(harness, Fault_Injection=rules)
    with pytest.raises(CommandError, match=says):
        with harness.commands.discovery(_context(harness)):
            pass


S3CRET = "s3cret-of-a-file"


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (f"root:{S3CRET}:20228", "line 1, column 1: The whole should be a list of rules"),
        (f'{{"password": "{S3CRET}"}}', "the text: The whole should be a list of rules"),
        ("[" * 100_000 + S3CRET, "the text: The whole should be a list of rules"),
        (f'["{S3CRET}"]', "rule 1: A fault rule should be an object with an 'operation'"),
        (f'[{{"operation": "*", "{S3CRET}": 1}}]', "rule 1: the field of a fault rule does not exist"),
        (f'[{{"operation": "*", "latency": "{S3CRET}"}}]', "rule 1: A fault rule's latency should be a number of"),
        (f'[{{"operation": "*", "error": "{S3CRET}"}}]', "rule 1: the error does not exist"),
        (
            f'[{{"operation": "*", "latency": 1}}, {{"operation": "{S3CRET}", "latency": 1}}]',
            "rule 2: the operation does",
        ),
    ],
)
def test_a_file_of_rules_is_never_shown(
    harness: ShellHarness, tmp_path: Path, _logs: Path, content: str, place: str
) -> None:
    file = tmp_path / "some-file"
    file.write_text(content)
    set_on(harness, Fault_Injection=str(file))
    with pytest.raises(CommandError) as raised, harness.commands.discovery(_context(harness)):
        pass
    assert f"The file '{file}' that 'Fault Injection' names is wrong at {place}" in str(raised.value)
    assert S3CRET not in str(raised.value) + "".join(path.read_text() for path in _logs.rglob("*.log"))


@pytest.mark.parametrize("name", ["", "big", "latin", "pipe"])
def test_what_is_no_file_of_text_is_refused_by_its_path(harness: ShellHarness, tmp_path: Path, name: str) -> None:
    (tmp_path / "big").write_bytes(b" " * 1_000_001)
    (tmp_path / "latin").write_bytes(b"[\xe4]")
    os.mkfifo(tmp_path / "pipe")
    set_on(harness, Fault_Injection=str(tmp_path / name))
    with pytest.raises(
        CommandError, match="'Fault Injection' is .* but should be a list of rules as JSON, or the path"
    ):
        with harness.commands.discovery(_context(harness)):
            pass


def test_discovery_logs_how_often_each_rule_was_applied(harness: ShellHarness, _logs: Path) -> None:
    app = harness.app()
    harness.deployed(app)
    set_on(harness, Fault_Injection=SLOW)
    power_on(harness, app)
    with harness.commands.discovery(_context(harness)) as command:
        discover(command, {})
    written = "".join(path.read_text() for path in _logs.rglob("*.log"))
    assert "Fault rule 1: power_on; it was applied 1 times" in written
    assert "Fault rule 2: power_off; it was applied 0 times" in written


def test_each_injected_fault_is_in_the_log(harness: ShellHarness, _logs: Path) -> None:
    app = harness.app()
    harness.deployed(app)
    set_on(harness, Fault_Injection=SLOW)
    power_on(harness, app)
    written = "".join(path.read_text() for path in _logs.rglob("*.log"))
    assert f"Fault rule 1: power_on: power_on of '{app.vm_id}' done" in written
