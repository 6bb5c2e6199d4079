"""Zip files from outside, checked before they are used: whole, not too large, and with no file outside of their folder."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path, PurePosixPath, PureWindowsPath

from cloudshell_local.errors import InvalidPackage

MAX_BYTES = 200 * 2**20
MAX_FILES = 10_000


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
        problems = [
            f"its file {entry.filename!r} would lie outside of the folder" for entry in entries if _escapes(entry)
        ]
        if problems:
            raise InvalidPackage(self.name, problems)

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def read(self, name: str) -> bytes:
        """Return the content of a file; raise KeyError if there is none of this name."""
        return self._zip.read(name)

    def extract(self, folder: Path) -> None:
        """Write all files into a folder."""
        self._zip.extractall(folder)


def _escapes(entry: zipfile.ZipInfo) -> bool:
    # ZipInfo has cut the name at a null byte and turned the separators of this platform into slashes.
    path, windows = PurePosixPath(entry.filename), PureWindowsPath(entry.filename)
    is_link = stat.S_ISLNK(entry.external_attr >> 16)
    return is_link or path.is_absolute() or bool(windows.drive or windows.root) or ".." in path.parts + windows.parts
