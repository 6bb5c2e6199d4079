from __future__ import annotations

import sys
import threading
from pathlib import Path

from cloudshell_local.execution.tools import GIVEN_UP, Tools
from tests.cloudshell_local.processes import processes_of
from tests.cloudshell_local.toy import until


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_tool_returns_its_exit_code_and_outputs_and_has_no_input() -> None:
    code = "import sys; print('good', sys.stdin.read()); print('bad', file=sys.stderr); sys.exit(3)"
    assert Tools().run(python(code)) == (3, "good \n", "bad\n")


def test_tools_that_run_are_given_up_with_their_children_and_later_ones_are_not_run(tmp_path: Path) -> None:
    tools = Tools()
    results: list[object] = []
    mark = tmp_path / "child"
    child = python("import sys, time; open(sys.argv[1], 'w'); time.sleep(60)")
    parent = python(f"import subprocess; subprocess.run({[*child, str(mark)]!r})")
    thread = threading.Thread(target=lambda: results.append(tools.run(parent)))
    thread.start()
    until(mark.exists)
    tools.close()
    thread.join(20)
    assert results == [(-9, "", GIVEN_UP)]
    assert tools.run(python("print()")) == (-9, "", GIVEN_UP)
    until(lambda: not processes_of(str(mark)))
