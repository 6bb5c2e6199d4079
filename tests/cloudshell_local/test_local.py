from __future__ import annotations

import doctest
import io
import shutil
import stat
import zipfile
from pathlib import Path

import pytest
import requests
from cloudshell.api.common_cloudshell_api import CloudShellAPIError

from cloudshell_local import CloudShellLocal, SandboxState, local, testing
from cloudshell_local.errors import AddressTaken, DriverDied, DriverError, InvalidPackage, LocalError, NotFound
from cloudshell_local.local import default_environments
from cloudshell_local.services.commands import actions
from cloudshell_local.storage.model import Blueprint
from tests.cloudshell_local.toy import Toy, own_address, package, until


def test_examples_in_docstrings_run() -> None:
    for module in (local, testing):
        found = doctest.testmod(module)
        assert found.attempted
        assert not found.failed


def test_several_servers_run_at_the_same_time_and_clean_up() -> None:
    with CloudShellLocal(own_address()) as one, CloudShellLocal() as two:
        assert one.address != two.address
        data = one.services.data.path
        assert data.exists()
        assert stat.S_IMODE(data.stat().st_mode) == 0o700
        with pytest.raises(AddressTaken), CloudShellLocal(one.address):
            pass
    assert not data.exists()
    with CloudShellLocal(one.address):
        pass


def test_a_servers_own_password_and_host_names(tmp_path: Path) -> None:
    with CloudShellLocal(data=tmp_path, password="halo", allowed_hosts=["lab.example"]) as cloudshell:
        assert cloudshell.session().GetServerDateAndTime()
        assert cloudshell.rest().get_installed_standards()
        assert "halo" not in repr(cloudshell._settings)
        with pytest.raises(CloudShellAPIError, match="Login failed"):
            cloudshell.session(password="admin")
        for name, status in (("lab.example", 200), ("evil.example", 421)):
            assert requests.get(f"{cloudshell.portal}login", headers={"Host": name}).status_code == status


def test_a_session_ends_when_it_is_unused_for_as_long_as_the_server_was_told(tmp_path: Path) -> None:
    with CloudShellLocal(session_seconds=0) as cloudshell:
        session = cloudshell.session()
        with pytest.raises(CloudShellAPIError, match="The session's token is not valid"):
            session.GetServerDateAndTime()


def test_a_server_goes_on_from_its_data_folder(tmp_path: Path) -> None:
    package_file = tmp_path / "Toy.zip"
    package_file.write_bytes(package())
    control = tmp_path / "control"
    control.mkdir()
    with CloudShellLocal(data=tmp_path / "data") as cloudshell:
        cloudshell.install(package_file)
        toy = Toy(
            cloudshell,
            cloudshell.create_resource("Toy", "toys", {"Password": "halo", "Control": str(control)}),
            control,
        )
        toy.app("Web")
        cloudshell.add_blueprint("B", ["Web"])
        sandbox = cloudshell.reserve("B")
        cloudshell.session().AddNewUser("eve", "secret", "", True, False)
        feed = cloudshell.feed(sandbox)
        cloudshell.services.catalog.update("Toy", package(lambda text: text.replace("1.2.0", "1.2.1")), "admin")
    assert len(list((tmp_path / "data" / "drivers").iterdir())) == 1
    with CloudShellLocal(data=tmp_path / "data") as cloudshell:
        assert [shell.name for shell in cloudshell.services.catalog] == ["Toy"]
        assert cloudshell.services.passwords.decrypt(toy.provider.attributes["Toy.Password"]) == "halo"
        assert cloudshell.sandbox(sandbox).state == "Active"
        assert list(cloudshell.deployed(sandbox)) == ["Web"]
        assert cloudshell.feed(sandbox) == feed
        assert [each.command for each in cloudshell.executions()][:2] == ["get_inventory", "Deploy"]
        assert cloudshell.session("eve", "secret")
        assert cloudshell.end(sandbox).state == "Completed"
        assert len(list((tmp_path / "data" / "drivers").iterdir())) == 1, "the old version's driver is gone"


def test_a_data_folder_has_one_server_at_a_time(tmp_path: Path) -> None:
    with (
        CloudShellLocal(data=tmp_path),
        pytest.raises(LocalError, match="is in use by another server; end it"),
        CloudShellLocal(data=tmp_path),
    ):
        pass
    with CloudShellLocal(data=tmp_path):
        pass


def test_a_shell_is_installed_from_its_project_folder(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(package())) as outer:
        outer.extractall(tmp_path)
    for folder, name in (("src", "ToyDriver.zip"), ("deployments", "Deployments.zip")):
        with zipfile.ZipFile(tmp_path / name) as inner:
            inner.extractall(tmp_path / folder)
    with CloudShellLocal() as cloudshell:
        assert cloudshell.install(str(tmp_path)).version == "1.2.0"
        assert cloudshell.install(tmp_path).options[0].name == "Toy.Brick"
        with pytest.raises(InvalidPackage, match="name a shell's project folder"):
            cloudshell.install(tmp_path / "src")


def test_a_sandbox_in_a_block_is_always_ended(toy: Toy) -> None:
    toy.app("Web")
    blueprint = toy.cloudshell.add_blueprint("B", ["Web"])
    with pytest.raises(ZeroDivisionError), toy.cloudshell.sandbox(blueprint, "mine", minutes=5) as sandbox:
        assert (sandbox.state, sandbox.name) == (SandboxState.ACTIVE, "mine")
        _ = 1 / 0
    assert toy.cloudshell.sandbox(sandbox).state == "Completed"
    assert toy.left()["vms"] == []
    toy.services.store.blueprints.put("Plain", Blueprint("Plain", has_setup=False, has_teardown=False))
    with toy.cloudshell.sandbox("Plain") as sandbox:
        toy.cloudshell.end(sandbox)  # Then there is nothing more to end.
        toy.services.sandboxes.delete(sandbox.id)
    with pytest.raises(NotFound), toy.cloudshell.sandbox("C"):
        pass


def test_a_server_without_a_data_folder_ends_its_sandboxes_and_logs_what_is_left(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with CloudShellLocal() as cloudshell:
        toy = Toy.on(cloudshell, tmp_path)
        toy.app("Web")
        cloudshell.add_blueprint("B", ["Web"])
        sandbox = cloudshell.reserve("B", "bad")
        cloudshell.services.lifecycle.reserve_empty("empty", "admin", 60)
        (web,) = cloudshell.deployed(sandbox).values()
        toy.fail(DeleteInstance={"raise": "the cloud is down"})
        toy.calls()
    assert toy.commands() == ["DeleteInstance", "DeleteInstance"]
    (message,) = [each for each in caplog.messages if "could not be ended" in each]
    assert message.startswith("The sandbox 'bad' could not be ended: Deployed apps could not be deleted: ")
    assert "the cloud is down" in message
    assert web.vm_details
    assert message.endswith(f"It may have left: {web.name} (VM {web.vm_details.uid})")


def test_a_temporary_data_folder_can_be_kept_and_an_error_is_notified_before_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    notified: list[Path] = []
    monkeypatch.setattr(local, "on_error", [lambda server: notified.append(server.keep_data())])
    with pytest.raises(ZeroDivisionError), CloudShellLocal() as cloudshell:
        assert (cloudshell.is_temporary, local.running[-1]) == (True, cloudshell)
        _ = 1 / 0
    assert not cloudshell.is_temporary
    assert cloudshell not in local.running
    (folder,) = notified
    assert (folder / "cloudshell.db").exists()
    shutil.rmtree(folder)


def test_installing_again_is_an_update(tmp_path: Path) -> None:
    package_file = tmp_path / "whatever.zip"
    package_file.write_bytes(package())
    with CloudShellLocal() as cloudshell:
        assert cloudshell.install(package_file).version == "1.2.0"
        package_file.write_bytes(package(lambda text: text.replace("1.2.0", "1.2.1")))
        assert cloudshell.install(package_file).version == "1.2.1"


def test_commands_are_seen_and_stopped(tmp_path: Path) -> None:
    with CloudShellLocal() as cloudshell:
        toy = Toy.on(cloudshell, tmp_path)
        toy.fail(Deploy={"wait": 30})
        request = actions.request([])
        for kill, kind in ((False, DriverError), (True, DriverDied)):
            execution = toy.services.commands.start(toy.provider, "Deploy", request=request)
            until(lambda: "Deploy" in toy.commands())
            assert cloudshell.executions()[-1] is execution
            cloudshell.stop(execution, kill=kill)
            with pytest.raises(kind):
                execution.result()


def test_no_password_is_in_the_data_folder_in_clear(tmp_path: Path) -> None:
    control = tmp_path / "control"
    control.mkdir()
    with CloudShellLocal(data=tmp_path / "data") as cloudshell:
        toy = Toy.on(cloudshell, control)
        cloudshell.create_resource("Toy", "r", {"Password": "resource-s3cret"})
        cloudshell.add_app("Web", "Toy.Brick", toy.provider.name, {}, {"Password": "app-s3cret"})
        cloudshell.add_blueprint("B", ["Web"])
        cloudshell.end(cloudshell.reserve("B"))
    for file in (path for path in (tmp_path / "data").rglob("*") if path.is_file()):
        content = file.read_bytes()
        assert b"resource-s3cret" not in content, file
        assert b"app-s3cret" not in content, file


def test_environments_are_shared_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLOUDSHELL_LOCAL_ENVIRONMENTS")
    monkeypatch.setenv("XDG_CACHE_HOME", "/cache")
    assert default_environments() == Path("/cache/cloudshell_local/environments")
    monkeypatch.setenv("CLOUDSHELL_LOCAL_ENVIRONMENTS", "/mine")
    assert default_environments() == Path("/mine")
