"""Another cloud's shell: driver.py, operations/, shell/ and the interface as they are, with a provider of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_typings import PROJECT, mypy

pytestmark = pytest.mark.slow

ATTIC = PROJECT / "tests" / "fixtures" / "another_cloud"
COPIED = ("driver.py", "operations", "shell", "provider/__init__.py", "provider/cloud.py")
# One App's life, in a process that has the other shell's modules; its output is what the commands answered.
WALK = """
import json
from cloudshell_local.execution.driver_host import as_context
from cloudshell_local.testing import *
from driver import HeavenlyCloudShellDriver
import shell.command

class Session:
    def __getattr__(self, operation):
        return lambda *arguments: None

driver = HeavenlyCloudShellDriver()
driver._commands._open_session = lambda context: Session()
sandbox = SandboxContext("127.0.0.1", "attic", "Attic", {"Attic.Key": ""})
app = SandboxApp("web", "Attic.Box", {"Attic.Box.box": "large"}, {})

def on_resource(command, *arguments):
    return command(as_context(sandbox.resource_context("t")), *arguments)

def on_app(command):
    return command(as_context(sandbox.remote_context("t", app)), ports=[])

found = driver.get_inventory(as_context(sandbox.autoload_context("t")))
(deployed,) = json.loads(on_resource(driver.Deploy, request([deploy_app(app)])))["driverResponse"]["actionResults"]
app.deployed(deployed)
on_app(driver.PowerOn)
on_app(driver.remote_refresh_ip)
(details,) = json.loads(on_resource(driver.GetVmDetails, vm_details([app])))
vlans = json.loads(on_resource(driver.ApplyConnectivityChanges, request([vlan("setVlan", app, "7")])))
on_app(driver.DeleteInstance)
on_app(driver.DeleteInstance)
print(json.dumps({
    "filled": [(each.attribute_name, each.attribute_value) for each in found.attributes],
    "address": app.address,
    "details": [each["value"] for each in details["vmInstanceData"]],
    "vlan": vlans["driverResponse"]["actionResults"][0]["errorMessage"],
}))
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "src"
    (folder / "provider").mkdir(parents=True)
    for name in COPIED:
        path = PROJECT / "src" / name
        if path.is_dir():
            shutil.copytree(path, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, folder / name)
    for path in ATTIC.glob("*.py.txt"):
        shutil.copy(path, folder / "provider" / path.stem)
    return folder


def test_its_provider_is_all_that_has_to_be_written(source: Path) -> None:
    packages = [part for name in ("driver", "operations", "shell", "provider") for part in ("-p", name)]
    found = mypy(*packages, "--cache-dir", str(source.parent / "cache"), source=source)
    assert found.startswith("Success"), found


def test_its_commands_run(source: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(source), str(PROJECT)])}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WALK], cwd=source, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "filled": [["Attic.Key", "under the mat"]],
        "address": "10.0.0.2",
        "details": ["large"],
        "vlan": "An attic has no cables",
    }
