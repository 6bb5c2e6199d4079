"""Drivers on disk: unpacked from the packages of their shells, and imported when a shell is installed."""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
from pathlib import Path

from cloudshell_local.errors import DriverDied, DriverNotLoaded
from cloudshell_local.execution.environments import environment_exists
from cloudshell_local.execution.execution_server import ExecutionServer
from cloudshell_local.settings import Settings
from cloudshell_local.shells.archive import Archive
from cloudshell_local.shells.catalog import Catalog, driver_archive
from cloudshell_local.shells.definition import ShellDefinition
from cloudshell_local.shells.driver_source import REQUIREMENTS
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
                _unpack(driver_archive(package, self._catalog.shell(shell)), target)
        return target

    def _remove_others(self, current: set[str]) -> None:
        """Delete the drivers of shells that were updated or deleted, while no driver runs yet.

        Files are left alone: desktops leave theirs in any folder, as .DS_Store.
        """
        for path in self._folder.iterdir():
            if path.is_dir() and not path.is_symlink() and path.name not in current:
                _delete_folder(path)


class ImportCheck:
    """Check of a package that is being installed: its driver is imported, as the execution server will do.

    The driver is imported only if its environment was made before. To make one takes longer than an install may: clients
    wait 15 seconds for the answer (docs/reference/server.md §1).
    """

    def __init__(self, folder: Path, execution_server: ExecutionServer, settings: Settings) -> None:
        self._folder = folder
        self._execution_server = execution_server
        self._settings = settings

    def __call__(self, package: bytes, definition: ShellDefinition) -> str | None:
        """Return why the driver of a package cannot be imported; None if it can, or if that is not known yet."""
        with tempfile.TemporaryDirectory(dir=self._folder) as temporary:
            driver = Path(temporary) / "driver"
            _unpack(driver_archive(package, definition), driver)
            if not environment_exists(driver / REQUIREMENTS, self._settings.environments, self._settings.python):
                return None
            try:
                self._execution_server.check_driver(driver)
            except (DriverNotLoaded, DriverDied) as error:
                return str(error)
        return None


def _delete_folder(path: Path) -> None:
    try:
        shutil.rmtree(path)
    except OSError as error:  # It is in nobody's way.
        logger.warning("%s could not be deleted (%s)", path, error.strerror)


def _unpack(driver: Archive, target: Path) -> None:
    """Unpack a driver's zip into a folder, which appears when it is complete."""
    partial = target.with_name(f"{target.name}.part")
    shutil.rmtree(partial, ignore_errors=True)
    driver.extract(partial)
    (partial / REQUIREMENTS).touch()
    shutil.rmtree(target, ignore_errors=True)
    if not target.is_dir():
        target.unlink(missing_ok=True)
    partial.replace(target)
