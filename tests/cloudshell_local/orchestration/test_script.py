from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from cloudshell_local.orchestration import script


def test_the_script_ends_when_its_input_ends() -> None:
    source = Path(script.__file__).read_text().replace("main(sys.argv[1])", "__import__('time').sleep(30)")
    process = subprocess.Popen([sys.executable, "-c", source], stdin=subprocess.PIPE)
    assert process.stdin
    process.stdin.close()
    assert process.wait(10) == 1
