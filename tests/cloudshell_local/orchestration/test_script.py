from __future__ import annotations

import subprocess
import sys

from cloudshell_local.orchestration import script


def test_it_ends_when_the_servers_end_of_its_input_does() -> None:
    code = f"import sys, threading, time; sys.argv = ['script.py', 'setup']; exec(open({script.__file__!r}).read().replace('main(sys.argv[1])', 'time.sleep(30)'))"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
    assert process.stdin
    process.stdin.close()
    assert process.wait(10) == 1
