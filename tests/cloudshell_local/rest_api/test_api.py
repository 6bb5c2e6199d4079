"""Every call of Quali's own cloudshell-rest-api, and calls that other clients make."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cloudshell.rest.exceptions import LoginFailedError, PackagingRestApiError, ShellNotFound

from cloudshell_local import CloudShellLocal, guards
from tests.cloudshell_local.toy import Toy, package


@pytest.fixture
def rest(server: CloudShellLocal) -> Any:
    return server.rest()


def test_a_shell_is_added_shown_updated_and_deleted(rest: Any, zip_file: Path) -> None:
    with pytest.raises(ShellNotFound):
        rest.get_shell("Toy")
    with pytest.raises(ShellNotFound):
        rest.update_shell(zip_file)
    rest.add_shell(zip_file)
    shell = rest.get_shell_as_model("Toy")
    assert (shell.name, shell.version, shell.standard_type, shell.author) == ("Toy", "1.2.0", "CloudProvider", "Tests")
    assert (shell.last_modified_by_user.user_name, shell.is_official) == ("admin", False)
    rest.update_shell_from_buffer(package(lambda text: text.replace("1.2.0", "1.3.0")), "Toy")
    assert rest.get_shell("Toy")["Version"] == "1.3.0"
    rest.delete_shell("Toy")
    with pytest.raises(ShellNotFound):
        rest.delete_shell("Toy")


def test_errors_have_the_words_that_clients_look_for(server: CloudShellLocal, rest: Any, zip_file: Path) -> None:
    rest.add_shell(zip_file)
    with pytest.raises(PackagingRestApiError, match="named 'Toy' already exists"):
        rest.add_shell(zip_file)
    server.create_resource("Toy", "r")
    with pytest.raises(PackagingRestApiError, match="This shell is used; .*the resource r"):
        rest.delete_shell("Toy")
    with pytest.raises(PackagingRestApiError, match="Removing attributes from an existing shell is not supported"):
        rest.update_shell_from_buffer(package(lambda text: text.replace("      Control: {type: string}\n", "")), "Toy")
    with pytest.raises(PackagingRestApiError, match="invalid driver"):
        rest.update_shell_from_buffer(package(driver={"driver.py": "x ="}), "Toy")


def test_a_driver_that_cannot_be_imported_is_refused_if_its_environment_exists(
    server: CloudShellLocal, rest: Any, zip_file: Path
) -> None:
    """Its environment exists already, since it has no requirements."""
    rest.add_shell(zip_file)
    server.create_resource("Toy", "r")
    broken = package(driver={"driver.py": "import no_such_module\n\n\n" + package_driver()})
    with pytest.raises(PackagingRestApiError, match="invalid driver, .*No module named 'no_such_module'"):
        rest.update_shell_from_buffer(broken, "Toy")


def package_driver() -> str:
    from tests.cloudshell_local.toy import DRIVER, without_l3

    return without_l3(DRIVER)


def test_errors_are_json(rest: Any, server: CloudShellLocal) -> None:
    for kind in ("text/plain", "multipart/form-data", "multipart/form-data; boundary=x"):
        status, body = call(server, "POST", "/API/Shells", rest._token, b"nothing", kind)
        assert (status, json.loads(body)["Message"]) == (400, "The request should have a file, as multipart/form-data")
    status, body = call(server, "POST", "/API/Package/ExportPackage", rest._token, b"{")
    assert (status, json.loads(body)["Message"]) == (400, "The body should be JSON")


def test_standards_are_listed(rest: Any) -> None:
    standards = {each.standard_name: each.versions for each in rest.get_installed_standards_as_models()}
    assert standards["cloudshell_cloud_provider_standard"] == ["1.0.0", "1.0.1"]
    assert standards["cloudshell_deployed_app_standard"][-1] == "1.0.3", "the stock template gen2/deployed-app needs it"


def test_packages_are_exported_and_imported(toy: Toy, tmp_path: Path) -> None:
    rest = toy.cloudshell.rest()
    toy.app("Web", Size="3")
    toy.cloudshell.add_blueprint("B", ["Web"], {"V": ("VLAN Auto", {})}, [("Web", "V")])
    rest.export_package_to_file(["B"], tmp_path / "package.zip")
    toy.services.store.blueprints.remove("B")
    toy.services.store.templates.remove("Web")
    rest.import_package(tmp_path / "package.zip")
    assert toy.services.blueprints.new_app("Web").path.attributes["Toy.Brick.Size"] == "3"
    assert toy.services.blueprints.blueprint("B").connectors[0].target == "V"
    with pytest.raises(PackagingRestApiError, match="'C' not found"):
        rest.export_package_to_file(["C"], tmp_path / "none.zip")
    with pytest.raises(PackagingRestApiError, match="no zip file"):
        rest.import_package_from_buffer(b"x")


def test_logging_in_checks_the_password_and_takes_json_and_tokens_too(server: CloudShellLocal, rest: Any) -> None:
    with pytest.raises(LoginFailedError, match="Login failed"):
        server.rest(password="no")
    for given in (
        {"Username": "admin", "Password": "admin", "Domain": "Global"},
        {"Token": rest._token, "Domain": "Global"},
    ):
        status, body = call(server, "PUT", "/Api/Auth/Login", "", json.dumps(given).encode(), "application/json")
        assert status == 200
        assert call(server, "GET", "/API/Standards", json.loads(body))[0] == 200
    assert call(server, "PUT", "/Api/Auth/Login", "", b"[1]", "application/json")[0] == 400
    assert call(server, "PUT", "/Api/Auth/Login", "", b"{", "application/json")[0] == 400


def test_a_call_without_a_valid_token_is_refused(server: CloudShellLocal) -> None:
    for token in ("", "no"):
        assert call(server, "GET", "/API/Standards", token)[0] == 401


def test_only_an_administrator_changes_shells(server: CloudShellLocal, zip_file: Path) -> None:
    server.session().AddNewUser("eve", "secret", "", True, False)
    eve = server.rest("eve", "secret")
    acts: list[Callable[[], object]] = [
        lambda: eve.add_shell(zip_file),
        lambda: eve.delete_shell("Toy"),
        lambda: eve.import_package(zip_file),
    ]
    for act in acts:
        with pytest.raises(PackagingRestApiError, match="Only an administrator may"):
            act()


def test_the_token_of_a_command_is_valid_here_too(toy: Toy) -> None:
    """cloudshell-shell-core asks for the driver's shell with it (docs/reference/server.md §1)."""
    with toy.services.access.command_token() as token:
        assert call(toy.cloudshell, "GET", "/API/Shells/Toy", token)[0] == 200


def test_the_case_matters_in_shells_names_only(toy: Toy) -> None:
    token = toy.cloudshell.rest()._token
    assert call(toy.cloudshell, "GET", "/api/SHELLS/Toy", token)[0] == 200
    assert call(toy.cloudshell, "GET", "/API/Shells/toy", token)[0] == 400


def test_names_with_spaces_are_found(server: CloudShellLocal, rest: Any) -> None:
    rest.add_shell_from_buffer(package(lambda text: text.replace("template_name: Toy", "template_name: My Toy")))
    assert rest.get_shell("My Toy")["Name"] == "My Toy"


def test_an_unknown_call_is_named(server: CloudShellLocal, rest: Any) -> None:
    status, body = call(server, "POST", "/API/ShellDrivers/Generate", rest._token)
    assert status == 404
    assert "'/api/shelldrivers/generate' not found. This server does not have this call." in json.loads(body)["Message"]


def test_an_upload_that_is_too_large_is_refused(
    server: CloudShellLocal, rest: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guards, "_announced", lambda _: 100 * 2**20 + 1)
    with pytest.raises(PackagingRestApiError, match="The request is too large: 100 MB are read at most"):
        rest.add_shell_from_buffer(b"x" * 2000)


def test_a_defect_is_a_sentence_for_clients(
    server: CloudShellLocal, rest: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.services.catalog, "shell", lambda _: 1 / 0)
    with pytest.raises(PackagingRestApiError, match="The server failed: ZeroDivisionError"):
        rest.get_shell("Toy")


def call(
    server: CloudShellLocal, method: str, path: str, token: str, body: bytes = b"", kind: str = "text/plain"
) -> tuple[int, bytes]:
    headers = {"Authorization": f"Basic {token}", "Content-Type": kind}
    request = urllib.request.Request(
        f"http://{server.address}:9000{path}", data=body or None, headers=headers, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()
