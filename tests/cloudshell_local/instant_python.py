"""A Python whose environments are made at once, for tests that need no packages in them."""

from __future__ import annotations

import sys
from pathlib import Path

SCRIPT = f"""#!/bin/sh
case "$*" in
    "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
    "-m pip "*) ;;
    *) exec {sys.executable} "$@" ;;
esac
"""


def instant_python(folder: Path) -> str:
    """Write an interpreter into a folder; an environment of it is a copy of it, in which pip does nothing."""
    file = folder / "python"
    file.write_text(SCRIPT)
    file.chmod(0o755)
    return str(file)


def quick_python(folder: Path) -> str:
    """Write an interpreter into a folder whose environments are real ones; their pip is that of the tests, to save time."""
    import pip

    pip_folder = Path(pip.__file__).parents[1]
    file = folder / "python"
    file.write_text(f"""#!/bin/sh
case "$*" in
    "-m venv "*)
        {sys.executable} -m venv --without-pip "$3"
        echo {pip_folder} > $(ls -d "$3"/lib/*/site-packages)/pip.pth ;;
    *) exec {sys.executable} "$@" ;;
esac
""")
    file.chmod(0o755)
    return str(file)
