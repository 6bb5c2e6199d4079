"""Drivers on disk: unpacked from the packages of their shells, and imported when a shell is installed."""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from cloudshell_local.errors import DriverDied, DriverNotLoaded, LoadTimeout, UnsuitablePython
from cloudshell_local.execution.environments import Environments
from cloudshell_local.execution.execution_server import ExecutionServer
from cloudshell_local.execution.interpreters import Interpreters
from cloudshell_local.shells import driver_inspection
from cloudshell_local.shells.archive import Archive
from cloudshell_local.shells.catalog import Catalog, driver_archive
from cloudshell_local.shells.definition import ShellDefinition, read_definition
from cloudshell_local.shells.driver_inspection import METADATA, Inspection
from cloudshell_local.shells.driver_metadata import DriverMetadata
from cloudshell_local.shells.driver_source import REQUIREMENTS, inspect_here
from cloudshell_local.storage.data_folder import DataFolder

logger = logging.getLogger(__name__)


class UnpackedDrivers:
    """The installed shells' drivers, each unpacked once per version into a folder of its own."""

    def __init__(self, data: DataFolder, catalog: Catalog) -> None:
        self._catalog = catalog
        self._folder = data.drivers
        self._lock = threading.Lock()
        self._remove_others({Path(shell.file).stem for shell in data.store.shells})

    def folder_of(self, shell: str) -> Path:
        """Return the folder of an installed shell's driver; unpack it first if that is not done yet."""
        package, file = self._catalog.package(shell)
        target = self._folder / Path(file).stem
        with self._lock:
            if not target.is_dir():
                unpack(driver_archive(package, self._catalog.shell(shell)), target)
        return target

    def requirements_of(self, shell: str) -> str:
        """Return the requirements of an installed shell's driver, empty if it has none."""
        driver = driver_archive(self._catalog.package(shell)[0], self._catalog.shell(shell))
        return driver.read(REQUIREMENTS).decode(errors="replace") if REQUIREMENTS in driver else ""

    def _remove_others(self, current: set[str]) -> None:
        """Delete the drivers of shells that were updated or deleted, while no driver runs yet.

        Files are left alone: desktops leave theirs in any folder, as .DS_Store.
        """
        for path in self._folder.iterdir():
            if path.is_dir() and not path.is_symlink() and path.name not in current:
                _delete_folder(path)


@dataclass(frozen=True)
class DriverInspector:
    """Inspects a driver's code with the interpreter that the driver will run on."""

    interpreters: Interpreters

    def __call__(self, driver: Archive, metadata: DriverMetadata) -> Inspection:
        """Return the inspection of a driver; its interpreter, if there is none, is a problem."""
        try:
            interpreter = self.interpreters.for_version(metadata.python_version)
        except UnsuitablePython as error:
            return _with_problem(inspect_here(driver, metadata), f"{driver.name}/{METADATA}: {error}")
        if interpreter.path == sys.executable:
            return inspect_here(driver, metadata)
        # Isolated: the modules beside the script are not for it to import.
        command = [interpreter.path, "-I", driver_inspection.__file__, metadata.main_class, driver.name]
        done = subprocess.run(command, input=driver.content, capture_output=True, check=False)
        if done.returncode:
            last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
            reason = f"{driver.name}: Python {interpreter.version} could not read the code: {''.join(last)}"
            return _with_problem(inspect_here(driver, metadata), reason)
        return driver_inspection.from_json(done.stdout.decode())


class ImportCheck:
    """Check of a package that is being installed: its driver is imported, as the execution server will do.

    The driver is imported only if its environment was made before. To make one takes longer than an install may: clients
    wait 15 seconds for the answer (docs/reference/server.md §1). An import that takes longer is given up, too, and is no
    problem yet: a machine may be slow.
    """

    def __init__(self, folder: Path, execution_server: ExecutionServer) -> None:
        self._folder = folder
        self._execution_server = execution_server

    def __call__(self, package: bytes, definition: ShellDefinition) -> str | None:
        """Return why the driver of a package cannot be imported; None if it can, or if that is not known yet."""
        with tempfile.TemporaryDirectory(dir=self._folder) as temporary:
            driver = Path(temporary) / "driver"
            unpack(driver_archive(package, definition), driver)
            if not self._execution_server.environments.exists(driver):
                return None
            try:
                self._execution_server.check_driver(driver)
            except LoadTimeout:
                logger.warning(
                    "The driver of %s is slow to load: its first command tells if it can be", definition.name
                )
                return None
            except (DriverNotLoaded, DriverDied) as error:
                return str(error)
        return None


def _delete_folder(path: Path) -> None:
    try:
        shutil.rmtree(path)
    except OSError as error:  # It is in nobody's way.
        logger.warning("%s could not be deleted (%s)", path, error.strerror)


def renew_environment(package: bytes, environments: Environments) -> str:
    """Have the environment of a package's driver made anew before it is used again, by any server; return the shell's name.

    Raises InvalidPackage.
    """
    definition = read_definition(package, inspect_driver=DriverInspector(environments.interpreters))
    with tempfile.TemporaryDirectory() as temporary:
        driver = Path(temporary) / "driver"
        unpack(driver_archive(package, definition), driver)
        environments.renew(driver)
    return definition.name


def unpack(driver: Archive, target: Path) -> None:
    """Unpack a driver's zip into a folder, which appears when it is complete."""
    partial = target.with_name(f"{target.name}.part")
    shutil.rmtree(partial, ignore_errors=True)
    driver.extract(partial)
    (partial / REQUIREMENTS).touch()
    shutil.rmtree(target, ignore_errors=True)
    if not target.is_dir():
        target.unlink(missing_ok=True)
    partial.replace(target)


def _with_problem(found: Inspection, problem: str) -> Inspection:
    return found._replace(problems=[*found.problems, problem])
