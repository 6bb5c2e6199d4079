"""The types at CloudShell's boundary: a wrong name of a context, a request or a result is a type error."""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shared_folders import mypy_cache

PROJECT = Path(__file__).resolve().parents[1]
STUBBED = (
    "cloudshell.cp.core.request_actions",
    "cloudshell.cp.core.request_actions.models",
    "cloudshell.shell.core.driver_context",
    "cloudshell.shell.core.resource_driver_interface",
    "cloudshell.shell.core.session.cloudshell_session",
    "cloudshell.shell.core.session.logging_session",
)

# A statement that is wrong, where it stands, and what mypy should say of it.
PLANTED = {
    "a part of a command": ("src/shell/command.py", "connect_rollback=lambda", "connect_rolback=lambda", "connect_rolback"),
    "a field of a result": ("src/operations/sandbox_infra.py", "subnetId=subnet.id", "subnetID=subnet.id", "subnetID"),
    "success of a result": ("src/shell/results.py", "success=False", "succes=False", "succes"),
    "a field of a deploy request": ("src/operations/deploy.py", "app.actionParams.appName", "app.actionParams.appNamee", "appNamee"),
    "a field of a VLAN request": ("src/operations/connectivity.py", "parameters.vlanId,", "parameters.vlanID,", "vlanID"),
    "a field that is read into a request": ("src/shell/requests.py", "vnicName=", "vnicname=", "vnicname"),
    "a field of a reservation": ("src/shell/command.py", "reservation.reservation_id", "reservation.id", '"id"'),
    "a field of a context": ("src/driver.py", "context.resource.attributes", "context.resources.attributes", "resources"),
    "a field of an app's context": ("src/shell/apps.py", "deployed_app_json", "deployed_app", '"deployed_app"'),
    "an argument of AutoLoadDetails": ("src/operations/inventory.py", "AutoLoadDetails([], filled)", "AutoLoadDetails([])", "AutoLoadDetails"),
    "an operation of the API": ("src/shell/cloudshell_api.py", "session.SetAttributeValue(", "session.SetAttribute(", "SetAttribute"),
    "a field of an instance": ("src/operations/delete.py", ".is_on", ".is_up", "is_up"),
    "a method of the provider": ("src/operations/power.py", "command.cloud.power_on)", "command.cloud.start)", '"start"'),
    "a handler of other actions": ("src/operations/sandbox_infra.py", "models.CreateKeys, preparation.keys", "models.CreateKeys, preparation.network", "handler"),
    "a field of an App's resource in a result": ("src/operations/deploy.py", "deployedAppAddress=", "deployedAppAdress=", "deployedAppAdress"),
    "a field of VM details": ("src/operations/vm_details.py", "privateIpAddress=", "privateIpAdress=", "privateIpAdress"),
    "a result of security groups": ("src/operations/security_groups.py", "success=False, error=", "success=False, errorMessage=", "errorMessage"),
    "a context of another command": ("src/driver.py", "self._commands.remote(context) as", "self._commands.resource(context) as", "ResourceRemoteCommandContext"),
    "what the provider implements": ("src/provider/heavenly.py", "def delete_network(self)", "def remove_network(self)", "delete_network"),
}  # fmt: skip


def mypy(*arguments: str, source: Path) -> str:
    # The environment's path comes before the one in the settings: the copy's modules are checked, not the project's.
    variables = {**os.environ, "MYPYPATH": str(source)}
    command = [sys.executable, "-m", "mypy", "--config-file", str(PROJECT / "pyproject.toml"), *arguments]
    done = subprocess.run(command, cwd=source, env=variables, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.mark.slow
def test_every_planted_wrong_name_is_a_type_error(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """All at once, since mypy takes seconds: each must be named with its file."""
    source = tmp_path / "src"
    for path in (PROJECT / "src").rglob("*.py"):
        copy = source / path.relative_to(PROJECT / "src")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(path.read_text())
    for file, right, wrong, _ in PLANTED.values():
        path = tmp_path / file
        assert right in path.read_text(), (file, right)
        path.write_text(path.read_text().replace(right, wrong))
    packages = [part for name in ("driver", "shell", "operations", "provider") for part in ("-p", name)]
    found = mypy(*packages, "--cache-dir", str(mypy_cache(tmp_path_factory)), source=source)
    for what, (file, _, _, named) in PLANTED.items():
        name = file.removeprefix("src/")
        errors = [line for line in found.splitlines() if re.match(rf"(?:.*/)?{re.escape(name)}:\d+: error", line)]
        if what == "what the provider implements":  # told where it is used as the interface
            assert "HeavenlyProvider" in found
        else:
            assert any(named in line for line in errors), (what, found)


def members(tree: ast.Module, name: str) -> set[str]:
    """Return the fields, attributes and methods that a class has by its source, with those of its parents beside it."""
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    node = classes[name]
    found = {
        each.target.id for each in node.body if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    }
    found |= {each.name for each in node.body if isinstance(each, ast.FunctionDef)}
    for each in ast.walk(node):
        if isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store):
            found.add(each.attr)
    parents = [base.id for base in node.bases if isinstance(base, ast.Name) and base.id in classes]
    return found.union(*(members(tree, parent) for parent in parents))


@pytest.mark.parametrize("module", STUBBED)
def test_the_stubs_name_only_what_the_packages_have(module: str) -> None:
    stub = PROJECT / "typings" / Path(*module.split("."))
    path = stub.with_suffix(".pyi") if stub.with_suffix(".pyi").exists() else stub / "__init__.pyi"
    tree, real = ast.parse(path.read_text()), importlib.import_module(module)
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    assert classes
    for node in classes:
        source = ast.parse(Path(inspect.getfile(getattr(real, node.name))).read_text())
        known = members(source, node.name).union(
            *(members(ast.parse(Path(inspect.getfile(base)).read_text()), base.__name__)
              for base in getattr(real, node.name).__mro__[1:-1])
        )  # fmt: skip
        assert members(tree, node.name) <= known | {"__init__"}, node.name
