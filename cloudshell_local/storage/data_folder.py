"""The data folder: everything that a server keeps, in one place that one server uses at a time.

cloudshell.db   the records (`store`)                 drivers/   driver zips, unpacked; made anew when they are missing
password.key    the key of all passwords              logs/      log files of drivers and of orchestration
shells/         the packages of the installed shells  lock       held by the server that uses the folder
"""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cloudshell_local.errors import LocalError
from cloudshell_local.file_lock import try_to_acquire
from cloudshell_local.storage.passwords import ENCRYPTED, Passwords
from cloudshell_local.storage.store import Store

PRIVATE, OTHERS = 0o700, 0o077
OWN_NAMES = ("cloudshell.db", "password.key", "shells", "drivers", "logs", "lock")


@dataclass(frozen=True)
class DataFolder:
    """Open data folder of a server, with its records and the key of its passwords."""

    path: Path
    store: Store
    passwords: Passwords

    @property
    def shells(self) -> Path:
        """Folder of the installed shells' packages."""
        return self.path / "shells"

    @property
    def drivers(self) -> Path:
        """Folder in which drivers are unpacked."""
        return self.path / "drivers"

    @property
    def logs(self) -> Path:
        """Folder of the log files."""
        return self._folder("logs")

    def _folder(self, name: str) -> Path:
        folder = self.path / name
        folder.mkdir(exist_ok=True, mode=PRIVATE)
        return folder


@contextmanager
def open_data_folder(path: Path) -> Iterator[DataFolder]:
    """Open a data folder, which is made if it is missing, until the block ends.

    Raises LocalError, with the file and what to do, when another server uses the folder, or when something in it cannot be
    used: it is damaged, missing, or of a format that this server cannot read. The folder is left as it was then, except
    that from now on only its owner can read it.
    """
    with ExitStack() as stack:
        try:
            _make_folder(path, parents=True)
            if all(
                each.name.startswith(OWN_NAMES) for each in path.iterdir()
            ):  # Otherwise it is not the server's alone.
                _make_private([path])
            stack.enter_context(_locked(path))
            store = stack.enter_context(closing(Store(path / "cloudshell.db")))
            data = DataFolder(path, store, Passwords(path / "password.key", store.contains(f'"{ENCRYPTED}')))
            _make_folder(data.shells)
            _make_folder(data.drivers)
            _make_private(_files(data))
        except OSError as error:
            raise LocalError(
                f"The data folder {path} cannot be used ({error.strerror}: {error.filename}); see that it is a folder in "
                "which you may write, or take another (--data)"
            ) from None
        yield data


def _make_folder(path: Path, parents: bool = False) -> None:
    if path.exists() and not path.is_dir():
        raise LocalError(f"{path} should be a folder; move the file of this name away")
    path.mkdir(parents=parents, exist_ok=True, mode=PRIVATE)


def _files(folder: DataFolder) -> Iterator[Path]:
    """Yield what a data folder holds, but nothing that somebody else has put there."""
    yield from (*folder.path.glob("cloudshell.db*"), folder.path / "password.key", folder.path / "lock")
    for each in (folder.shells, folder.drivers, folder.logs):
        yield from (each, *each.rglob("*"))


def _make_private(paths: Iterable[Path]) -> None:
    """Take the rights of others than the owner from files and folders; an older server gave them."""
    for path in paths:
        # A file may be gone already, as those of the database; and what belongs to somebody else is theirs to keep.
        with suppress(FileNotFoundError, PermissionError):
            mode = path.lstat().st_mode
            if not stat.S_ISLNK(mode) and mode & OTHERS:
                path.chmod(stat.S_IMODE(mode) & ~OTHERS)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with (path / "lock").open("w") as lock:
        if not try_to_acquire(lock):
            raise LocalError(f"The data folder {path} is in use by another server; end it, or take another")
        yield
