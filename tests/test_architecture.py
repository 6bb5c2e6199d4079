"""The houses of the project, and which may know which."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

import pytest

PROJECT = Path(__file__).resolve().parents[1]
# Who may import what, of the project's own packages and of CloudShell's.
MAY_KNOW = {
    "src/heavenly_cloud": {"heavenly_cloud"},
    "src/shell": {"shell", "cloudshell"},
    "src/provider": {"heavenly_cloud", "provider", "shell", "cloudshell"},
    "src/operations": {"provider", "shell", "operations", "cloudshell"},
    "src": {"provider", "shell", "operations", "cloudshell"},
    # Quali's packages only for the sessions that it gives, and in scripts that run in an environment of their own.
    "cloudshell_local": {"cloudshell_local", "cloudshell"},
    "heavenly": {"heavenly", "cloudshell_local", "cloudshell"},
}
HOUSES = {"driver", "heavenly_cloud", "shell", "operations", "provider", "cloudshell_local", "heavenly", "cloudshell"}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("house", sorted(MAY_KNOW))
def test_the_arrows_point_one_way(house: str) -> None:
    for path in (PROJECT / house).glob("*.py") if house == "src" else (PROJECT / house).rglob("*.py"):
        assert set(imports(path)) & HOUSES <= MAY_KNOW[house], path


def test_operations_know_of_the_provider_its_interface_alone() -> None:
    for path in (PROJECT / "src" / "operations").glob("*.py"):
        assert {module for module in modules(path) if module.startswith("provider")} <= {"provider.cloud"}, path


def test_the_driver_knows_of_the_provider_its_connections_alone_and_no_cloud() -> None:
    used = modules(PROJECT / "src" / "driver.py")
    assert {module for module in used if module.partition(".")[0] in ("provider", "heavenly_cloud")} == {
        "provider.connection"
    }


def modules(path: Path) -> set[str]:
    return {
        node.module
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module
    }


def test_nothing_but_the_driver_asks_which_kind_of_networking_a_shell_has() -> None:
    kinds = re.compile(r"hasattr|\b(if|elif|while|and|or|in|==|is)\b.*[\"']?\bL[23]\b")
    for path in (PROJECT / "src").rglob("*.py"):
        code = ast.unparse(_without_docstrings(ast.parse(path.read_text())))
        assert path.name == "driver.py" or not kinds.search(code), path


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return tree


def test_the_local_cloudshell_gives_sessions_and_knows_nothing_else_of_qualis_packages() -> None:
    knowing = {path.name for path in (PROJECT / "cloudshell_local").rglob("*.py") if "cloudshell" in set(imports(path))}
    assert knowing == {"local.py", "script.py"}


# Within the local CloudShell, too: what is below knows nothing of what is above.
FLOORS = [
    {"errors", "text", "xml", "threads", "settings"},
    {"redaction"},
    {"file_lock", "connections", "guards", "log_on_delays", "repeated_records"},
    {"storage"},
    {"shells", "access", "http", "execution"},
    {"orchestration"},
    {"services"},
    {"automation_api", "rest_api", "portal"},
    {"server", "testing"},
    {"local"},
    {"failure_report"},
    {"cli", "pytest_plugin"},
]


def test_the_floors_of_the_local_cloudshell_are_in_their_order() -> None:
    height = {name: number for number, names in enumerate(FLOORS) for name in names}
    for path in (PROJECT / "cloudshell_local").rglob("*.py"):
        mine = path.relative_to(PROJECT / "cloudshell_local").parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                mine != "__init__"
                and isinstance(node, ast.ImportFrom)
                and str(node.module).startswith("cloudshell_local.")
            ):
                theirs = str(node.module).split(".")[1]
                assert height[theirs] < height[mine] or theirs == mine, f"{path}: {node.module}"


# And within its services: a module knows the services of the floors below it and of its own.
SERVICE_FLOORS = [
    {"attributes", "autoload", "background", "diagrams", "editing", "feed", "names", "times", "usage", "vlan_ids"},
    {"commands"},
    {"inventory", "blueprints", "resource_search"},
    {"sandboxes.sandboxes", "permissions"},
    {"networking", "sandboxes.properties", "sandboxes.sandbox_data", "sandboxes.deploys"},
    {"sandboxes.deployment"},
    {"sandboxes.manual_deployment", "sandboxes.teardown"},
    {"sandboxes.lifecycle", "sandboxes.app_editing"},
    {"container"},
]


def test_threads_of_the_local_cloudshell_are_made_in_one_place() -> None:
    # The other two run alone, in environments without this package.
    alone = {"execution/driver_host.py", "orchestration/script.py"}
    folder = PROJECT / "cloudshell_local"
    makers = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        if re.search(r"\bThread\(|\bThreadPoolExecutor\(|\bTimer\(", path.read_text())
    }
    assert makers == {"threads.py", *alone}


def service_floor(module: str) -> int:
    """Return the floor of a module of services, or of a name in it: that of the longest part of its path that has one."""
    for number, names in enumerate(SERVICE_FLOORS):
        if module in names:
            return number
    assert "." in module, f"{module} is on no floor of the services"
    return service_floor(module.rpartition(".")[0])


def test_the_floors_of_the_services_are_in_their_order() -> None:
    services = PROJECT / "cloudshell_local" / "services"
    for path in services.rglob("[a-z]*.py"):
        mine = ".".join(path.relative_to(services).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith("cloudshell_local.services."):
                for alias in node.names:
                    theirs = f"{node.module}.{alias.name}".removeprefix("cloudshell_local.services.")
                    assert service_floor(theirs) <= service_floor(mine), f"{path}: {theirs}"


@pytest.mark.parametrize("house", sorted(MAY_KNOW.keys() - {"src"}))
def test_every_module_is_tested_by_the_test_of_its_name(house: str) -> None:
    api = "cloudshell_local/automation_api"
    elsewhere = {
        "src/shell/contexts.py": "test_typings.py",  # it has nothing but types
        "src/provider/cloud.py": "provider/test_heavenly.py",  # the interface, tested by what implements it
        "src/heavenly_cloud/events.py": "heavenly_cloud/test_cloud.py",
        "src/heavenly_cloud/instances.py": "heavenly_cloud/test_client.py",
        "src/operations/waiting.py": "operations/test_power.py",
        "heavenly/demo.py": "end_to_end/test_demo.py",
        "heavenly/cli.py": "heavenly/test_pack.py",
        "cloudshell_local/execution/driver_host.py": "cloudshell_local/execution/test_driver_process.py",
        "cloudshell_local/automation_api/diagram_xml.py": "cloudshell_local/automation_api/test_reservation_contents.py",
        "cloudshell_local/automation_api/reservation_xml.py": "cloudshell_local/automation_api/test_reservations.py",
        "cloudshell_local/automation_api/resource_xml.py": "cloudshell_local/automation_api/test_resources.py",
        "cloudshell_local/rest_api/bodies.py": "cloudshell_local/rest_api/test_api.py",
        "cloudshell_local/server.py": "cloudshell_local/test_local.py",
        "cloudshell_local/storage/collection.py": "cloudshell_local/storage/test_store.py",
        "cloudshell_local/storage/codec.py": "cloudshell_local/storage/test_store.py",
        "cloudshell_local/storage/set_aside.py": "cloudshell_local/storage/test_store.py",
        "cloudshell_local/settings.py": "cloudshell_local/test_local.py",
        "cloudshell_local/testing.py": "cloudshell_local/test_local.py",
        "cloudshell_local/services/resource_search.py": f"{api}/test_resource_search.py",
        "cloudshell_local/services/sandboxes/app_editing.py": f"{api}/test_app_editing.py",
        "cloudshell_local/services/sandboxes/properties.py": f"{api}/test_reservation_properties.py",
        "cloudshell_local/services/sandboxes/sandbox_data.py": f"{api}/test_reservation_properties.py",
        "cloudshell_local/services/networking/networking.py": "cloudshell_local/services/test_container.py",
    }
    root = PROJECT / house
    for path in root.rglob("[a-z]*.py"):
        name = path.relative_to(PROJECT).as_posix()
        mirrored = Path(root.name, *path.relative_to(root).parts[:-1], f"test_{path.name}").as_posix()
        assert (PROJECT / "tests" / elsewhere.get(name, mirrored)).exists(), path


def test_nothing_is_logged_whole() -> None:
    for path in (PROJECT / "src").rglob("*.py"):
        for line in re.findall(r"logger\.\w+\(.*", path.read_text()):
            assert not re.search(r"context|request|result|password", line), (path, line)


def test_the_readme_names_commands_and_places_that_exist() -> None:
    readme = (PROJECT / "README.md").read_text()
    targets = set(re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"make ([a-z]+)", readme)) - {"an"} <= targets
    for path in re.findall(r"`((?:src|heavenly|tests|deployments|benchmarks|cloudshell_local)/[\w./]*)`", readme):
        assert (PROJECT / path).exists(), path


def test_every_picture_that_is_shown_is_there_and_no_other() -> None:
    pages = [PROJECT / "README.md", *(PROJECT / "docs").glob("*.md")]
    shown = {name for page in pages for name in re.findall(r"images/([\w-]+\.png)\)", page.read_text())}
    assert shown == {path.name for path in (PROJECT / "docs" / "images").iterdir()}


def test_the_readmes_example_runs() -> None:
    readme = (PROJECT / "README.md").read_text()
    (example,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    namespace: dict[str, object] = {}
    exec(example, namespace)
    assert str(getattr(namespace["web"], "address", "")).startswith("172.16.")


def required(name: str) -> set[str]:
    return {re.split(r"[=~<>\[]", line)[0] for line in (PROJECT / name).read_text().splitlines()}


def test_the_driver_needs_no_package_that_has_no_use() -> None:
    used = {
        ".".join(node.module.split(".")[:3])
        for path in (PROJECT / "src").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module
    }
    every_driver = {
        "cloudshell-shell-core": "cloudshell.shell.core",
        "cloudshell-cp-core": "cloudshell.cp.core",
        # the session that cloudshell-shell-core opens is of its class
        "cloudshell-automation-api": "cloudshell.shell.core",
        "cryptography": "cryptography.hazmat.primitives",
    }
    with_stores = {
        "SQLAlchemy": "sqlalchemy.engine",
        "psycopg": "sqlalchemy.engine",  # which loads it by the store's URL
    }
    assert required("requirements.txt") == set(every_driver)
    assert required("requirements-stores.txt") == set(with_stores)
    assert {*every_driver.values(), *with_stores.values()} <= used


def test_stores_that_tests_open_are_closed() -> None:
    """Python 3.13 warns of those that are not; the older ones do not."""
    for path in (PROJECT / "tests").rglob("*.py"):
        text = path.read_text()
        for node in ast.walk(ast.parse(text)) if "Store(" in text else ():
            closes = isinstance(node, ast.Expr) or is_call_of(node, "closing")  # An expression alone raises.
            opened = [child.lineno for child in ast.iter_child_nodes(node) if is_call_of(child, "Store")]
            assert closes or not opened, f"{path}:{opened[0]}: take the fixture `store` or `open_store`, or `closing`"


def test_no_test_replaces_the_time_of_the_whole_process() -> None:
    """A server that runs in the same process would sleep for hours."""
    replaced = re.compile(r"setattr\(\s*(time\b|\"[\w.]*\.time\.)")
    for path in (PROJECT / "tests").rglob("*.py"):
        assert not replaced.search(path.read_text()), path


def is_call_of(node: ast.AST, name: str) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
