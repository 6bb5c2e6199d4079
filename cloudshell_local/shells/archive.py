"""Zip files from outside: opened only when they are whole, small enough and stay in their folder."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path, PurePosixPath, PureWindowsPath

from cloudshell_local.errors import InvalidPackage

MOST_BYTES = 200 * 2**20
MOST_FILES = 10_000


class Archive:
    """The files of a zip, by name. Raises InvalidPackage, with its name, for one that is broken or dangerous."""

    def __init__(self, content: bytes, name: str) -> None:
        self.name = name
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            entries = self._zip.infolist()
            self._check(entries)
            broken = self._zip.testzip()
        except InvalidPackage:
            raise
        except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, RuntimeError, OSError) as error:
            raise InvalidPackage(name, [f"it is no zip file, or a broken one ({error})"]) from None
        except Exception as error:  # zlib.error has no parent but Exception
            raise InvalidPackage(name, [f"it is a broken zip file ({error})"]) from None
        if broken:
            raise InvalidPackage(name, [f"its file {broken} is broken"])
        self.names = [entry.filename for entry in entries if not entry.is_dir()]

    def _check(self, entries: list[zipfile.ZipInfo]) -> None:
        if len(entries) > MOST_FILES:
            raise InvalidPackage(self.name, [f"it has {len(entries)} files; at most {MOST_FILES} are allowed"])
        size = sum(entry.file_size for entry in entries)
        if size > MOST_BYTES:
            raise InvalidPackage(
                self.name, [f"it is {size >> 20} MB unpacked; at most {MOST_BYTES >> 20} MB are allowed"]
            )
        problems = [
            f"its file {entry.filename!r} would lie outside of the folder" for entry in entries if _escapes(entry)
        ]
        if problems:
            raise InvalidPackage(self.name, problems)

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def read(self, name: str) -> bytes:
        """Return a file's content."""
        return self._zip.read(name)

    def extract(self, folder: Path) -> None:
        """Write all files to a folder."""
        self._zip.extractall(folder)


def _escapes(entry: zipfile.ZipInfo) -> bool:
    # ZipInfo has cut the name at a null byte and made the platform's separators to slashes.
    path, windows = PurePosixPath(entry.filename), PureWindowsPath(entry.filename)
    is_link = stat.S_ISLNK(entry.external_attr >> 16)
    return is_link or path.is_absolute() or bool(windows.drive or windows.root) or ".." in path.parts + windows.parts
