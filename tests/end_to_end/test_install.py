"""The stock shellfoundry, as a subprocess, in the folders that `make pack` writes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cloudshell_local import CloudShellLocal
from heavenly.pack import PROJECT, project_version, shellfoundry
from tests.cloudshell_local.rest_api.test_packages import META
from tests.cloudshell_local.toy import zipped


@pytest.fixture(scope="module")
def cloudshell() -> Iterator[CloudShellLocal]:
    with CloudShellLocal() as running:
        yield running


@pytest.fixture(params=["L2HeavenlyCloudShell", "L3HeavenlyCloudShell"])
def folder(request: Any, packages: dict[str, Path], cloudshell: CloudShellLocal, tmp_path: Path) -> Path:
    folder = tmp_path / request.param
    shutil.copytree(packages[request.param].parent.parent, folder)
    configure(folder, f"host: {cloudshell.address}, port: 9000")
    return Path(folder)


def configure(folder: Path, settings: str) -> None:
    (folder / "cloudshell_config.yml").write_text(f"install: {{{settings}}}\n")


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run shellfoundry; return its exit code and what it printed."""
    done = subprocess.run(
        [str(shellfoundry()), *arguments],
        cwd=folder,
        env={**os.environ, "HOME": str(folder.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_shell_is_installed_updated_and_deleted(folder: Path, cloudshell: CloudShellLocal) -> None:
    shell = folder.name
    code, printed = run(folder, "install")
    assert (code, "Successfully installed shell" in printed) == (0, True), printed
    first = cloudshell.rest().get_shell(shell)
    assert first["Version"] == project_version()
    definition = folder / "shell-definition.yaml"
    definition.write_text(
        definition.read_text().replace(f"template_version: {project_version()}", "template_version: 99.0.0")
    )
    code, printed = run(folder, "install")
    assert (code, "Successfully installed shell" in printed) == (0, True), printed
    second = cloudshell.rest().get_shell(shell)
    assert (second["Version"], second["Id"]) == ("99.0.0", first["Id"])
    code, printed = run(folder, "delete", shell)
    assert (code, "Successfully deleted shell" in printed) == (0, True), printed
    code, printed = run(folder, "delete", shell)
    assert (code, f"Shell '{shell}' doesn't exist on CloudShell" in printed) == (1, True), printed


def test_shellfoundry_is_pointed_at_another_address_as_the_readme_says(
    packages: dict[str, Path], cloudshell: CloudShellLocal, tmp_path: Path
) -> None:
    readme = " ".join((PROJECT / "cloudshell_local" / "README.md").read_text().split())
    (words,) = re.findall(r"/shellfoundry (config --local host) 127\.0\.0\.2`", readme)
    folder = tmp_path / "L2HeavenlyCloudShell"
    shutil.copytree(packages[folder.name].parent.parent, folder)
    assert run(folder, *words.split(), cloudshell.address)[0] == 0
    code, printed = run(folder, "install")
    assert (code, "Successfully installed shell" in printed) == (0, True), printed
    assert cloudshell.rest().get_shell(folder.name)["Version"] == project_version()
    cloudshell.rest().delete_shell(folder.name)


OLD_PACKAGE = Path(__file__).parent / "fixtures" / "L2HeavenlyCloudShell-1.0.0.zip"


def test_a_shell_of_version_1_is_updated_with_its_resource(packages: dict[str, Path], tmp_path: Path) -> None:
    """Packed by version 1.0.0. Its attribute 'Weather' is gone: the definition's DeprecateProperties allows that."""
    name = "L2HeavenlyCloudShell"
    folder = tmp_path / name
    shutil.copytree(packages[name].parent.parent, folder)
    with CloudShellLocal() as server:
        server.install(OLD_PACKAGE)
        server.create_resource(name, "Heaven", {"Password": "halo", "Weather": "", "Region": "eden"}, discover=False)
        configure(folder, f"host: {server.address}, port: 9000")
        code, printed = run(folder, "install")
        assert (code, "Successfully installed shell" in printed) == (0, True), printed
        assert server.rest().get_shell(name)["Version"] == project_version()
        server.services.inventory.discover("Heaven")
        attributes = server.services.store.resources.get("Heaven").attributes
        assert attributes[f"{name}.Region"] == "eden"
        assert f"{name}.Weather" not in attributes


def test_what_is_wrong_with_a_shell_is_printed(folder: Path) -> None:
    driver = folder / "src" / "driver.py"
    driver.write_text(driver.read_text() + "def broken(:\n")
    metadata = folder / "src" / "drivermetadata.xml"
    metadata.write_text(metadata.read_text().replace(' PythonVersion="3"', ""))
    code, printed = run(folder, "install")
    assert code == 1
    assert "CloudShell responded with:" in printed or "Failed to add new shell" in printed, printed
    assert "PythonVersion is missing" in printed
    assert "invalid driver" in printed


def test_a_folder_called_deployments_in_upper_case_is_hinted_at(folder: Path) -> None:
    """On Linux, shellfoundry packs without a word of error what is no cloud provider then."""
    (folder / "deployments").rename(folder / "Deployments")
    code, printed = run(folder, "install")
    assert code == 1
    assert "put their YAML into a folder called `deployments`" in printed


def test_a_wrong_password_is_refused(folder: Path, cloudshell: CloudShellLocal) -> None:
    configure(folder, f"host: {cloudshell.address}, port: 9000, username: admin, password: wrong")
    code, printed = run(folder, "install")
    assert (code, "Connection to CloudShell Server failed" in printed) == (1, True), printed


REST_CALLS = """
import io, sys, zipfile
from cloudshell.rest.api import PackagingRestApiClient
from cloudshell.rest.exceptions import ShellNotFound

host, package, name = sys.argv[1:]
client = PackagingRestApiClient.login(host, "admin", "admin")
client.add_shell(package)
client.update_shell(package)
with open(package, "rb") as file:
    client.update_shell_from_buffer(file, name)
print(client.get_shell(name)["Name"], client.get_shell_as_model(name).version)
print(client.get_installed_standards_as_models()[0].standard_name)
client.delete_shell(name)
with open(package, "rb") as file:
    client.add_shell_from_buffer(file.read())
client.delete_shell(name)
for call in (client.get_shell, client.delete_shell):
    try:
        call(name)
    except ShellNotFound:
        print("not found")
client.import_package(sys.argv[2] + ".apps")
client.export_package_to_file(["Empty"], package + ".exported")
with open(package + ".exported", "rb") as file:
    client.import_package_from_buffer(file)
print(zipfile.ZipFile(package + ".exported").namelist())
"""


def test_every_call_of_the_rest_client_from_a_process_of_its_own(
    packages: dict[str, Path], cloudshell: CloudShellLocal, tmp_path: Path
) -> None:
    package = tmp_path / "L2HeavenlyCloudShell.zip"
    shutil.copy(packages["L2HeavenlyCloudShell"], package)
    topology = '<TopologyInfo><Details Name="Empty" Driver=""/></TopologyInfo>'
    (tmp_path / f"{package.name}.apps").write_bytes(zipped({"metadata.xml": META, "Topologies/Empty.xml": topology}))
    python = shellfoundry().with_name("python")
    done = subprocess.run(
        [str(python), "-c", REST_CALLS, cloudshell.address, str(package), package.stem],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == [
        f"L2HeavenlyCloudShell {project_version()}",
        "cloudshell_cloud_provider_standard",
        "not found",
        "not found",
        "['metadata.xml', 'Topologies/Empty.xml']",
    ], done.stderr
