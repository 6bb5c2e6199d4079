"""Default setup and teardown of a sandbox, as CloudShell ships them: `python script.py setup` or `teardown`.

The script runs in an environment of its own that has cloudshell-orch-core, which reads the sandbox from environment
variables (docs/reference/server.md §3). It ends when its input ends, so it does not outlive the server.
"""

from __future__ import annotations

import os
import sys
import threading


def end_with_the_server() -> None:
    """Wait until the input ends, then end the process."""
    sys.stdin.read()
    os._exit(1)


def main(name: str) -> None:
    """Run the setup or the teardown of the sandbox that the environment variables name."""
    from cloudshell.workflow.orchestration.sandbox import Sandbox
    from cloudshell.workflow.orchestration.setup.default_setup_orchestrator import DefaultSetupWorkflow
    from cloudshell.workflow.orchestration.teardown.default_teardown_orchestrator import DefaultTeardownWorkflow

    sandbox = Sandbox()
    if name == "setup":
        DefaultSetupWorkflow().register(sandbox)
        sandbox.execute_setup()
    else:
        DefaultTeardownWorkflow().register(sandbox)
        sandbox.execute_teardown()


if __name__ == "__main__":
    threading.Thread(target=end_with_the_server, daemon=True).start()
    main(sys.argv[1])
