"""Catalog of the installed shells: install, update, delete, and look up their models and deployment types."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Callable

from cloudshell_local.errors import AlreadyExists, InUse, InvalidPackage, LocalError, NotFound, known_names
from cloudshell_local.shells.archive import Archive
from cloudshell_local.shells.definition import ShellDefinition, read_definition, read_installed
from cloudshell_local.shells.deployment_options import DeploymentOption
from cloudshell_local.shells.driver_source import Inspect, inspect_here
from cloudshell_local.shells.standards import BUILT_IN_MODELS, AttributeDefinition
from cloudshell_local.shells.updates import check_update, update_attributes
from cloudshell_local.shells.usage import users_of_model, users_of_options
from cloudshell_local.storage.model import InstalledShell
from cloudshell_local.storage.store import Store

DriverCheck = Callable[[bytes, ShellDefinition], "str | None"]
logger = logging.getLogger(__name__)


def no_check(package: bytes, definition: ShellDefinition) -> str | None:
    """Return no problem."""
    return None


class Catalog:
    """The installed shells.

    folder: of the packages; inspect_driver: inspects a driver's code; check_driver: returns the problem of a driver that
    cannot be loaded, if that can be found out quickly: clients wait for the answer to an install for 15 seconds
    (docs/reference/server.md §1).

    Raises LocalError when the package of an installed shell is missing or damaged: nobody could end its sandboxes.
    """

    def __init__(
        self,
        store: Store,
        folder: Path,
        check_driver: DriverCheck = no_check,
        inspect_driver: Inspect = inspect_here,
    ) -> None:
        self._store = store
        self._folder = folder
        self._check_driver = check_driver
        self._inspect_driver = inspect_driver
        self._after_update: list[Callable[[str], None]] = []
        folder.mkdir(parents=True, exist_ok=True)
        self._definitions = {
            shell.name: _installed(shell.name, folder / shell.file, inspect_driver) for shell in store.shells
        }

    def call_after_update(self, function: Callable[[str], None]) -> None:
        """Have a function called with a shell's name after each update of one."""
        self._after_update.append(function)

    def add(self, package: bytes, user: str) -> ShellDefinition:
        """Install a new shell; raise AlreadyExists, InvalidPackage, or InUse if another shell has its model."""
        definition = self._read(package, "The shell package")
        with self._store.lock:
            if definition.name in self._definitions:
                raise AlreadyExists("shell", definition.name)
            self._refuse_taken_model(definition)
            self._save(definition, package, user)
        return definition

    def install(self, package: bytes, user: str) -> ShellDefinition:
        """Install a new shell, or update the one of its name; raise as `add` and `update` do."""
        name = read_definition(package, "The shell package", self._inspect_driver).name
        return self.update(name, package, user) if name in self._definitions else self.add(package, user)

    def update(self, name: str, package: bytes, user: str) -> ShellDefinition:
        """Install another version of a shell; raise NotFound, or InvalidPackage also for changes that are not allowed.

        Not allowed is to drop what resources or Apps use: see `check_update`.
        """
        self._store.shells.get(name)
        definition = self._read(package, name)
        with self._store.lock:
            installed = self.shell(name)
            check_update(self._store, installed, definition)
            self._save(definition, package, user)
            update_attributes(self._store, installed, definition)
        for function in self._after_update:
            function(name)
        return definition

    def delete(self, name: str) -> None:
        """Delete a shell; raise NotFound, or InUse with its resources and Apps."""
        with self._store.lock:
            installed = self._store.shells.get(name)
            users = self.users(self.shell(name))
            if users:
                raise InUse(f"This shell is used; delete these before '{name}'", users)
            self._store.shells.remove(name)
            del self._definitions[name]
            (self._folder / installed.file).unlink(missing_ok=True)

    def shell(self, name: str) -> ShellDefinition:
        """Return an installed shell; raise NotFound."""
        try:
            return self._definitions[name]
        except KeyError:
            raise NotFound(name, known_names("Installed shells", self._definitions)) from None

    def installed(self, name: str) -> InstalledShell:
        """Return the record of a shell: when and by whom it was installed; raise NotFound."""
        return self._store.shells.get(name)

    def __iter__(self) -> Iterator[ShellDefinition]:
        return iter(list(self._definitions.values()))

    def of_model(self, model: str) -> ShellDefinition:
        """Return the shell of a model; raise NotFound with the models of the installed shells."""
        for definition in self:
            if definition.model == model:
                return definition
        raise NotFound(model, known_names("Models of installed shells", (shell.model for shell in self)))

    def option(self, name: str) -> DeploymentOption:
        """Return a deployment type by its full name, "<Model>.<type>"; raise NotFound with the installed ones."""
        options = {option.name: option for shell in self for option in shell.options}
        if name not in options:
            raise NotFound(name, known_names("Deployment types", options))
        return options[name]

    def family(self, model: str) -> str:
        """Return the family of a model; raise NotFound."""
        return BUILT_IN_MODELS[model].family if model in BUILT_IN_MODELS else self.of_model(model).family

    def attributes(self, model: str) -> Mapping[str, AttributeDefinition]:
        """Return a model's attributes by their full names; raise NotFound."""
        return BUILT_IN_MODELS[model].attributes if model in BUILT_IN_MODELS else self.of_model(model).attributes

    def package(self, name: str) -> tuple[bytes, str]:
        """Return a shell's package and its file name, which changes with the content; raise NotFound."""
        file = self._store.shells.get(name).file
        return (self._folder / file).read_bytes(), file

    def users(self, definition: ShellDefinition) -> list[str]:
        """Return who uses a shell: its resources, and the Apps of its model or its deployment types."""
        options = users_of_options(self._store, [option.name for option in definition.options])
        return users_of_model(self._store, definition.model) + options

    def _read(self, package: bytes, name: str) -> ShellDefinition:
        definition = read_definition(package, name, self._inspect_driver)
        problem = self._check_driver(package, definition)
        if problem:
            raise InvalidPackage(name, [f"{definition.driver.file}: invalid driver, {problem}"])
        return definition

    def _refuse_taken_model(self, definition: ShellDefinition) -> None:
        taken = [shell.name for shell in self if shell.model == definition.model]
        if taken or definition.model in BUILT_IN_MODELS:
            raise InUse(f"The model '{definition.model}' belongs to another shell", taken or ["CloudShell itself"])

    def _save(self, definition: ShellDefinition, package: bytes, user: str) -> None:
        before = self._store.shells.get(definition.name) if definition.name in self._store.shells else None
        file = f"{re.sub(r'[^A-Za-z0-9._-]', '_', definition.name)}-{hashlib.sha256(package).hexdigest()[:12]}.zip"
        # The file is written before the record that names it: a crash in between leaves the old version whole.
        partial = self._folder / f"{file}.part"
        partial.write_bytes(package)
        partial.replace(self._folder / file)
        modified = datetime.now(timezone.utc).replace(tzinfo=None).isoformat(timespec="seconds")
        installed = InstalledShell(definition.name, file, modified, user, warnings=list(definition.warnings))
        if before:
            installed.id = before.id
        self._store.shells.put(definition.name, installed)
        self._definitions[definition.name] = definition
        for warning in definition.warnings:
            logger.warning("Shell %s: %s", definition.name, warning)
        if before and before.file != file:
            (self._folder / before.file).unlink(missing_ok=True)


def _installed(name: str, package: Path, inspect_driver: Inspect) -> ShellDefinition:
    """Return the definition of an installed shell from its package in the data folder."""
    try:
        return read_installed(package.read_bytes(), name, inspect_driver)
    except (OSError, InvalidPackage) as error:
        problem = error.strerror if isinstance(error, OSError) else "; ".join(error.problems)
        raise LocalError(
            f"{package}, the package of the shell '{name}', cannot be read ({problem}); put the zip of this shell there, "
            "under this name, or put back a copy of the whole data folder"
        ) from None


def driver_archive(package: bytes, definition: ShellDefinition) -> Archive:
    """Return the driver's zip of a package."""
    return Archive(Archive(package, definition.name).read(definition.driver.file), definition.driver.file)
