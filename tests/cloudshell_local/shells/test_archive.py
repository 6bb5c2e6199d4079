from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudshell_local.errors import InvalidPackage
from cloudshell_local.shells import archive
from cloudshell_local.shells.archive import Archive
from tests.cloudshell_local.toy import package, zipped


def test_files_are_read_by_name_and_extracted(tmp_path: Path) -> None:
    found = Archive(zipped({"a/b.txt": "hello", "c": b""}), "It")
    assert found.names == ["a/b.txt", "c"]
    assert found.read("a/b.txt") == b"hello"
    assert "a" not in found
    found.extract(tmp_path)
    assert (tmp_path / "a" / "b.txt").read_text() == "hello"


@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "/etc/evil", "C:\\evil", "\\\\host\\evil", "..\\evil"])
def test_files_that_would_lie_outside_are_refused(name: str) -> None:
    with pytest.raises(InvalidPackage, match="would lie outside of the folder"):
        Archive(zipped({"good": "", name: "x"}), "It")


def test_links_are_refused() -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as written:
        written.writestr(link, "/etc/passwd")
    with pytest.raises(InvalidPackage, match="would lie outside of the folder"):
        Archive(buffer.getvalue(), "It")


def test_a_zip_that_is_too_large_unpacked_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_BYTES", 2**20)
    with pytest.raises(InvalidPackage, match="It cannot be used: it is 5 MB unpacked; at most 1 MB are allowed"):
        Archive(zipped({"zeros": b"0" * 5 * 2**20}), "It")


def test_too_many_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_FILES", 3)
    with pytest.raises(InvalidPackage, match="it has 4 files; at most 3 are allowed"):
        Archive(zipped({str(number): "" for number in range(4)}), "It")


def test_a_broken_file_is_named() -> None:
    content = bytearray(zipped({"driver.py": "x" * 1000}))
    content[45] ^= 0xFF
    with pytest.raises(InvalidPackage, match="broken"):
        Archive(bytes(content), "It")


PACKAGE = package()  # once: its length depends on the time, which stands in it


@given(st.data())
def test_a_damaged_package_is_opened_or_refused(data: st.DataObject) -> None:
    """A package in which bytes were changed, or which was cut off, raises no other error."""
    content = bytearray(PACKAGE)
    for position in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=5)):
        content[position] = data.draw(st.integers(0, 255))
    try:
        Archive(bytes(content[: data.draw(st.integers(0, len(content)))]), "It")
    except InvalidPackage:
        pass
