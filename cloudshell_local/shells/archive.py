"""Zip files from outside, checked before they are used: whole, not too large, and with no file outside of their folder."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path, PurePosixPath, PureWindowsPath

from cloudshell_local.errors import InvalidPackage
from cloudshell_local.text import shortened

MAX_BYTES = 200 * 2**20
MAX_FILES = 10_000
# What file systems take, in bytes: of a name (ext4, NTFS, APFS), and of a path, with room for the folder it is in.
MAX_NAME, MAX_PATH = 255, 1024
MOST_PROBLEMS = 20


class Archive:
    """A zip file in memory. name: for its errors. Raises InvalidPackage for a zip that is broken or dangerous."""

    def __init__(self, content: bytes, name: str) -> None:
        self.name = name
        self.content = content
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
        if len(entries) > MAX_FILES:
            raise InvalidPackage(self.name, [f"it has {len(entries)} files; at most {MAX_FILES} are allowed"])
        size = sum(entry.file_size for entry in entries)
        if size > MAX_BYTES:
            raise InvalidPackage(
                self.name, [f"it is {size >> 20} MB unpacked; at most {MAX_BYTES >> 20} MB are allowed"]
            )
        problems = [problem for entry in entries if (problem := _problem(entry))] or _collisions(entries)
        if problems:
            raise InvalidPackage(self.name, problems[:MOST_PROBLEMS])

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def read(self, name: str) -> bytes:
        """Return the content of a file; raise KeyError if there is none of this name."""
        return self._zip.read(name)

    def size(self, name: str) -> int:
        """Return the size of a file in bytes, unpacked; raise KeyError if there is none of this name."""
        return self._zip.getinfo(name).file_size

    def extract(self, folder: Path) -> None:
        """Write all files into a folder."""
        self._zip.extractall(folder)


def _problem(entry: zipfile.ZipInfo) -> str:
    """Return why an entry could not be unpacked, empty if it could."""
    shown = shortened(repr(entry.filename), 200)
    if not entry.filename:  # Of which ZipInfo cannot even say whether it is a folder.
        return f"its file {shown} has no name"
    if _escapes(entry):
        return f"its file {shown} would lie outside of the folder"
    parts = PurePosixPath(entry.filename).parts
    if max((len(part.encode()) for part in parts), default=0) > MAX_NAME or len(entry.filename.encode()) > MAX_PATH:
        return f"its file {shown} has too long a name: at most {MAX_NAME} bytes, with its folders {MAX_PATH}"
    return "" if parts or entry.is_dir() else f"its file {shown} has no name"


def _collisions(entries: list[zipfile.ZipInfo]) -> list[str]:
    """Return a sentence for each name that is that of a file and of a folder."""
    paths = {PurePosixPath(entry.filename) for entry in entries}
    files = {PurePosixPath(entry.filename) for entry in entries if not entry.is_dir()}
    folders = {PurePosixPath(entry.filename) for entry in entries if entry.is_dir()}
    folders.update(parent for path in paths for parent in path.parents)
    return [f"its file {shortened(repr(str(path)), 200)} is a folder, too" for path in sorted(files & folders)]


def _escapes(entry: zipfile.ZipInfo) -> bool:
    # ZipInfo has cut the name at a null byte and turned the separators of this platform into slashes.
    path, windows = PurePosixPath(entry.filename), PureWindowsPath(entry.filename)
    is_link = stat.S_ISLNK(entry.external_attr >> 16)
    return is_link or path.is_absolute() or bool(windows.drive or windows.root) or ".." in path.parts + windows.parts
