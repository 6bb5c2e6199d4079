"""The data folder: everything that a server keeps, in one place that one server uses at a time.

cloudshell.db   the records (`store`)                 drivers/   driver zips, unpacked; made anew when they are missing
password.key    the key of all passwords              logs/      log files of drivers and of orchestration
shells/         the packages of the installed shells  lock       held by the server that uses the folder
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cloudshell_local.errors import LocalError
from cloudshell_local.file_lock import try_to_acquire
from cloudshell_local.storage.passwords import Passwords
from cloudshell_local.storage.store import Store


@dataclass(frozen=True)
class DataFolder:
    """Open data folder of a server, with its records and the key of its passwords."""

    path: Path
    store: Store
    passwords: Passwords

    @property
    def shells(self) -> Path:
        """Folder of the installed shells' packages."""
        return self._folder("shells")

    @property
    def drivers(self) -> Path:
        """Folder in which drivers are unpacked."""
        return self._folder("drivers")

    @property
    def logs(self) -> Path:
        """Folder of the log files, which is made when the first one is written."""
        return self.path / "logs"

    def _folder(self, name: str) -> Path:
        folder = self.path / name
        folder.mkdir(exist_ok=True)
        return folder


@contextmanager
def open_data_folder(path: Path) -> Iterator[DataFolder]:
    """Open a data folder, which is made if it is missing, until the block ends.

    Raises LocalError when another server uses the folder, or when its records are of a format that this server cannot read;
    the folder is left as it was then.
    """
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _locked(path), closing(Store(path / "cloudshell.db")) as store:
        yield DataFolder(path, store, Passwords(path / "password.key"))


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with (path / "lock").open("w") as lock:
        if not try_to_acquire(lock):
            raise LocalError(f"The data folder {path} is in use by another server; end it, or take another")
        yield
