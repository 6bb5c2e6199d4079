from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from cloudshell_local.errors import InvalidPackage
from cloudshell_local.shells.archive import Archive
from cloudshell_local.shells.definition import META, read_definition
from cloudshell_local.shells.folder import package_of
from tests.cloudshell_local.toy import package


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Project folder of the toy shell: the contents of its zips."""
    project = tmp_path / "Toy"
    packed = Archive(package(), "Toy")
    for name in (META, "shell-definition.yaml", "icon.png"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_bytes(packed.read(name))
    for name, folder in (("ToyDriver.zip", "src"), ("Deployments.zip", "deployments")):
        zipfile.ZipFile(io.BytesIO(packed.read(name))).extractall(project / folder)
    return project


def test_a_project_becomes_the_package_that_shellfoundry_makes_of_it(folder: Path) -> None:
    assert read_definition(package_of(folder)) == read_definition(package())


def test_files_that_tools_make_are_left_out(folder: Path) -> None:
    for name in ("src/__pycache__/driver.pyc", "src/.idea/x", "src/driver.pyc", "src/.env"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"")
    (folder / "src" / "part").mkdir()
    (folder / "src" / "part" / "module.py").write_bytes(b"")
    driver = Archive(Archive(package_of(folder), "Toy").read("ToyDriver.zip"), "driver")
    assert sorted(driver.names) == ["driver.py", "drivermetadata.xml", "part/module.py", "requirements.txt"]


def test_a_zip_is_returned_unchanged(tmp_path: Path) -> None:
    (tmp_path / "Toy.zip").write_bytes(package())
    assert package_of(tmp_path / "Toy.zip") == package()


def test_a_path_that_is_no_shell_is_refused_with_a_hint(tmp_path: Path, folder: Path) -> None:
    for path in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(
            InvalidPackage, match=r"it has no TOSCA-Metadata/TOSCA\.meta; name a shell's project folder"
        ):
            package_of(path)
    (folder / "shell-definition.yaml").unlink()
    with pytest.raises(InvalidPackage, match=r"names 'shell-definition\.yaml', which is not there"):
        package_of(folder)


def test_missing_files_are_found_when_the_package_is_read(folder: Path) -> None:
    (folder / "src" / "driver.py").unlink()
    (folder / "icon.png").unlink()
    with pytest.raises(InvalidPackage) as caught:
        read_definition(package_of(folder))
    assert any("there is no driver.py" in problem for problem in caught.value.problems)
    assert any("icon.png" in problem for problem in caught.value.problems)


def test_nothing_outside_of_the_folder_is_packed(folder: Path) -> None:
    (folder.parent / "secret").write_text("secret")
    definition = folder / "shell-definition.yaml"
    definition.write_text(definition.read_text().replace("icon.png", "../secret"))
    assert all("secret" not in name for name in Archive(package_of(folder), "Toy").names)
