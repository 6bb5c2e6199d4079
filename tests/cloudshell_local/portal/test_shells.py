from __future__ import annotations

from pathlib import Path

import pytest

from cloudshell_local import CloudShellLocal
from tests.cloudshell_local.portal.visitor import Visitor
from tests.cloudshell_local.toy import Toy, package

PNG = b"\x89PNG\r\n\x1a\n an icon"


def upload(content: bytes) -> dict[str, tuple[str, bytes]]:
    return {"package": ("Toy.zip", content)}


def test_a_package_is_installed_and_listed(server: CloudShellLocal, visitor: Visitor) -> None:
    assert "No shell is installed yet" in visitor.sees("/shells")
    assert visitor.does("/shells/upload", files=upload(package())) == "/shells"
    assert "Toy 1.2.0 Tests cloudshell_cloud_provider_standard_1_0_0.yaml" in visitor.sees("/shells")
    assert "by admin" in visitor.sees("/shells")


def test_one_that_is_there_is_updated(server: CloudShellLocal, visitor: Visitor) -> None:
    visitor.does("/shells/upload", files=upload(package()))
    visitor.does("/shells/upload", files=upload(package(lambda text: text.replace("1.2.0", "1.3.0"))))
    assert "Toy 1.3.0" in visitor.sees("/shells")
    told = visitor.fails("/shells/upload", files=upload(package()))
    assert "version 1.2.0 is lower than the installed 1.3.0" in told


def test_all_that_is_wrong_with_a_package_is_shown(server: CloudShellLocal, visitor: Visitor) -> None:
    wrong = package(
        lambda text: text.replace("type: integer", "type: number"),
        driver={"driver.py": "x ="},
        files={"icon.png": None},
    )
    told = visitor.fails("/shells/upload", files=upload(wrong))
    assert "the type 'number' is unknown" in told
    assert "driver.py, line 1: invalid driver" in told
    assert "icon.png" in told
    assert list(server.services.catalog) == []


@pytest.mark.parametrize(("content", "told"), [(b"", "Choose a shell's package"), (b"nothing", "it is no zip file")])
def test_what_is_no_package_is_told(visitor: Visitor, content: bytes, told: str) -> None:
    assert told in visitor.fails("/shells/upload", files=upload(content))


def test_a_zip_or_a_project_on_the_servers_machine_is_installed(visitor: Visitor, tmp_path: Path) -> None:
    (tmp_path / "Toy.zip").write_bytes(package())
    assert visitor.does("/shells/folder", folder=str(tmp_path / "Toy.zip")) == "/shells"
    assert "Toy 1.2.0" in visitor.sees("/shells")
    assert "name a shell's project folder" in visitor.fails("/shells/folder", folder=str(tmp_path))
    assert visitor.fails("/shells/folder") == "The folder is missing"


def test_a_shell_in_use_is_not_deleted_and_by_what_is_told(toy: Toy, visitor: Visitor) -> None:
    toy.app("Web")
    assert f"the resource {toy.provider.name}, the App Web" in visitor.sees("/shells")
    told = visitor.fails("/shells/Toy/delete")
    assert f"delete these before 'Toy': the resource {toy.provider.name}, the App Web" in told
    toy.services.blueprints.delete_template("Web")
    toy.services.inventory.delete(toy.provider.name)
    assert visitor.does("/shells/Toy/delete") == "/shells"
    assert "No shell is installed yet" in visitor.sees("/shells")


def test_icons_are_those_of_the_package(server: CloudShellLocal, visitor: Visitor) -> None:
    server.services.catalog.add(package(files={"icon.png": PNG}), "admin")
    answer = visitor.get("/icons/shells/Toy")
    assert (answer.content, answer.headers["content-type"]) == (PNG, "image/png")
    assert visitor.get("/icons/types/Toy.Brick").headers["content-type"] == "image/svg+xml", "its icon is no image"
    assert visitor.get("/icons/types/Toy.Stone").status_code == 404
