"""Default Sandbox Setup and Teardown, as the scripts that CloudShell ships: `python script.py setup` or `teardown`.

It runs in an environment of its own with cloudshell-orch-core, which finds what it needs in environment variables. It ends
when its input does, so it does not outlive the server.
"""

from __future__ import annotations

import os
import sys
import threading


def end_with_the_server() -> None:
    """Wait until the input ends, and end the process."""
    sys.stdin.read()
    os._exit(1)


def main(name: str) -> None:
    """Do the setup or the teardown of the sandbox that the environment variables name."""
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
