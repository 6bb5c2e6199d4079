"""`python -m benchmarks`."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from benchmarks import cloud, commands, local, start


def main() -> None:
    """Run all benchmarks."""
    with tempfile.TemporaryDirectory() as logs:
        os.environ["LOG_PATH"] = logs
        commands.run()
    cloud.run()
    start.run()
    local.run()


if __name__ == "__main__":
    main()
