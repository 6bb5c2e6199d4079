from __future__ import annotations

from pathlib import Path

import pytest

from cloudshell_local import CloudShellLocal
from tests.cloudshell_local.instant_python import instant_python
from tests.cloudshell_local.portal.portal_client import PortalClient
from tests.cloudshell_local.toy import METADATA, Toy, package

PNG = b"\x89PNG\r\n\x1a\n an icon"


def upload(content: bytes) -> dict[str, tuple[str, bytes]]:
    return {"package": ("Toy.zip", content)}


def test_a_package_is_installed_and_listed(server: CloudShellLocal, client: PortalClient) -> None:
    assert "No shell is installed yet" in client.page_text("/shells")
    assert client.submit("/shells/upload", files=upload(package())) == "/shells"
    assert "Toy 1.2.0 Tests cloudshell_cloud_provider_standard_1_0_0.yaml" in client.page_text("/shells")
    assert "by admin" in client.page_text("/shells")


def test_an_installed_shell_is_updated(server: CloudShellLocal, client: PortalClient) -> None:
    client.submit("/shells/upload", files=upload(package()))
    client.submit("/shells/upload", files=upload(package(lambda text: text.replace("1.2.0", "1.3.0"))))
    assert "Toy 1.3.0" in client.page_text("/shells")
    error = client.submit_error("/shells/upload", files=upload(package()))
    assert "version 1.2.0 is lower than the installed 1.3.0" in error


def test_the_warnings_of_a_shell_are_shown(client: PortalClient) -> None:
    lists_more = METADATA.replace("</Layout>", '<Category><Command Name="SaveApp"/></Category></Layout>')
    client.submit("/shells/upload", files=upload(package(driver={"drivermetadata.xml": lists_more})))
    assert "Warnings of Toy (1)" in client.page_text("/shells")
    assert "it lists the command 'SaveApp'" in client.page_text("/shells")


def test_the_environment_of_a_shell_is_made_anew_on_request(tmp_path: Path) -> None:
    with CloudShellLocal(python=instant_python(tmp_path), environments=tmp_path / "environments") as cloudshell:
        toy, client = Toy.on(cloudshell, tmp_path), PortalClient(cloudshell)
        before = toy.left()["pid"]
        assert "Renew environment" in client.page_text("/shells")
        assert client.submit("/shells/Toy/renew") == "/shells"
        assert toy.left()["pid"] != before
        assert [path.suffix for path in (tmp_path / "environments").iterdir() if path.is_dir()] == [".1"]
        assert "Entity 'Moon' not found" in client.submit_error("/shells/Moon/renew")


def test_all_problems_of_a_package_are_shown(server: CloudShellLocal, client: PortalClient) -> None:
    wrong = package(
        lambda text: text.replace("type: integer", "type: number"),
        driver={"driver.py": "x ="},
        files={"icon.png": None},
    )
    error = client.submit_error("/shells/upload", files=upload(wrong))
    assert "the type 'number' is unknown" in error
    assert "driver.py, line 1: invalid driver" in error
    assert "icon.png" in error
    assert list(server.services.catalog) == []


@pytest.mark.parametrize(("content", "error"), [(b"", "Choose a shell's package"), (b"nothing", "it is no zip file")])
def test_a_file_that_is_no_package_is_an_error(client: PortalClient, content: bytes, error: str) -> None:
    assert error in client.submit_error("/shells/upload", files=upload(content))


def test_a_zip_or_a_project_folder_of_the_servers_machine_is_installed(client: PortalClient, tmp_path: Path) -> None:
    (tmp_path / "Toy.zip").write_bytes(package())
    assert client.submit("/shells/folder", folder=str(tmp_path / "Toy.zip")) == "/shells"
    assert "Toy 1.2.0" in client.page_text("/shells")
    assert "name a shell's project folder" in client.submit_error("/shells/folder", folder=str(tmp_path))
    assert client.submit_error("/shells/folder") == "The folder is missing"


def test_a_shell_in_use_is_not_deleted_and_its_users_are_named(toy: Toy, client: PortalClient) -> None:
    toy.app("Web")
    assert f"the resource {toy.provider.name}, the App Web" in client.page_text("/shells")
    error = client.submit_error("/shells/Toy/delete")
    assert f"delete these before 'Toy': the resource {toy.provider.name}, the App Web" in error
    toy.services.blueprints.delete_template("Web")
    toy.services.inventory.delete(toy.provider.name)
    assert client.submit("/shells/Toy/delete") == "/shells"
    assert "No shell is installed yet" in client.page_text("/shells")


def test_icons_are_those_of_the_package(server: CloudShellLocal, client: PortalClient) -> None:
    server.services.catalog.add(package(files={"icon.png": PNG}), "admin")
    response = client.get("/icons/shells/Toy")
    assert (response.content, response.headers["content-type"]) == (PNG, "image/png")
    assert client.get("/icons/types/Toy.Brick").headers["content-type"] == "image/svg+xml", "its icon is no image"
    assert client.get("/icons/types/Toy.Stone").status_code == 404
