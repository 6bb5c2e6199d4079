"""A shell as its package has it: the zip that `shellfoundry install` sends."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path


def unpack_driver(package: Path, folder: Path) -> Path:
    """Unpack the driver of a shell package into a folder, anew; return the folder."""
    with zipfile.ZipFile(package) as shell:
        (driver,) = [name for name in shell.namelist() if name.endswith("Driver.zip")]
        content = shell.read(driver)
    shutil.rmtree(folder, ignore_errors=True)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)
    return folder
