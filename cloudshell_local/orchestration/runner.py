"""Runner of the setup and teardown scripts, which find their sandbox in environment variables."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cloudshell_local.access import ADMIN, DOMAIN, Access
from cloudshell_local.errors import LocalError
from cloudshell_local.execution.environments import ensure_environment
from cloudshell_local.execution.tools import Tools
from cloudshell_local.orchestration import script
from cloudshell_local.orchestration.inputs import variables_of
from cloudshell_local.settings import Settings
from cloudshell_local.storage.model import Sandbox
from cloudshell_local.threads import run_parallel

SETUP, TEARDOWN = "setup", "teardown"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ScriptResult:
    """Result of a script: its exit code, its output, and the last line of its error output (the log has all of it)."""

    code: int
    output: str
    errors: str

    @property
    def failure(self) -> str:
        """Error message of a script that failed, in the real server's words (docs/reference/server.md §3); else empty."""
        if not self.code:
            return ""
        printed = " ".join(text for text in (self.output.strip(), self.errors) if text)
        return (
            f"Command execution failed with 'Script runner exited with exit code: {self.code}' error. {printed}".strip()
        )


class Orchestration:
    """Runner of the sandboxes' scripts: closing it ends them.

    settings: the folder of environments and the interpreter; logs: the folder of the scripts' logs; address: the host of the
    automation API.
    """

    def __init__(self, settings: Settings, logs: Path, address: str, access: Access) -> None:
        self._settings = settings
        self._logs = logs
        self._address = address
        self._access = access
        self._lock = threading.Lock()
        self._processes: dict[subprocess.Popen[str], str] = {}
        self._killed: set[str] = set()
        self._closed = False
        self._tools = Tools()

    def run(self, name: str, sandbox: Sandbox, report: Callable[[str], None]) -> ScriptResult:
        """Run the setup or the teardown of a sandbox and return its result.

        name: SETUP or TEARDOWN; report: receives a message before the environment is made, and one that names the inputs
        that are no variables of the script. Raises EnvironmentFailed, and LocalError for a script that cannot be started.
        """
        folder, interpreter = self._settings.environments, self._settings.python
        python = ensure_environment(REQUIREMENTS, folder, interpreter, report, self._tools)
        _report_left_out(sandbox, report)
        with self._access.command_token(sandbox.owner) as token:
            command = [str(python), "-u", script.__file__, name]
            process = self._start(command, self._variables(sandbox, token), sandbox.id)
            try:
                output, errors = self._outputs(process)
            finally:
                with self._lock:
                    self._killed.discard(self._processes.pop(process))
        if process.returncode:
            logger.error("The %s of the sandbox %s failed\n%s", name, sandbox.id, errors)
        return ScriptResult(process.returncode & 0xFF, output, "".join(errors.strip().splitlines()[-1:]))

    def kill(self, sandbox_id: str) -> None:
        """Kill the script of a sandbox that runs, or that is about to be started."""
        with self._lock:
            self._killed.add(sandbox_id)
            for process in [each for each, sandbox in self._processes.items() if sandbox == sandbox_id]:
                process.kill()

    def close(self) -> None:
        """Kill the scripts that run, and those that are started later; give up their environment if it is being made."""
        self._tools.close()
        with self._lock:
            self._closed = True
            for process in self._processes:
                process.kill()

    def _start(self, command: list[str], variables: Mapping[str, str], sandbox_id: str) -> subprocess.Popen[str]:
        with self._lock:
            process = self._open(command, variables)
            self._processes[process] = sandbox_id
            if self._closed or sandbox_id in self._killed:
                process.kill()
        return process

    def _open(self, command: list[str], variables: Mapping[str, str]) -> subprocess.Popen[str]:
        try:
            self._logs.mkdir(parents=True, exist_ok=True)
            return subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,  # Ctrl-C in the server's terminal is for the server, which ends the script.
                env={**os.environ, **variables},
            )
        except OSError as error:  # As a full disk, or a description that is too long for a variable.
            raise LocalError(f"The script could not be started: {type(error).__name__}, {error}") from error

    @staticmethod
    def _outputs(process: subprocess.Popen[str]) -> tuple[str, str]:
        """Wait until a script has ended and return its output and its error output; its input stays open until then."""
        assert process.stdin
        assert process.stdout
        assert process.stderr
        with process.stdin, process.stdout as stdout, process.stderr as stderr:
            output, errors = run_parallel("script-output", lambda stream: stream.read(), (stdout, stderr))
            process.wait()
        return output, errors

    def _variables(self, sandbox: Sandbox, token: str) -> dict[str, str]:
        contexts = {
            "qualiConnectivityContext": self._connectivity(token),
            "reservationContext": _reservation(sandbox),
            "reservationLifecycleContext": _lifecycle(sandbox),
        }
        return {
            **{name: json.dumps(context) for name, context in contexts.items()},
            **variables_of(sandbox.inputs, os.environ),
            "LOG_PATH": str(self._logs),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def _connectivity(self, token: str) -> dict[str, str]:
        return {
            "serverAddress": self._address,
            "tsAPIPort": "8029",
            "adminUser": ADMIN,
            "adminPass": "",  # cloudshell-orch-core reads this key, and logs on with the token.
            "adminAuthToken": token,
            "tsAPIScheme": "http",
            "useWebapiEndpoint": "False",
        }


def _report_left_out(sandbox: Sandbox, report: Callable[[str], None]) -> None:
    given = variables_of(sandbox.inputs, os.environ)
    left_out = [name for name in sandbox.inputs if name.upper() not in given]
    if left_out:
        report(
            f"The inputs {', '.join(left_out)} are global inputs of the script, but no environment variables of it, since "
            "those are the server's or Python's own"
        )


# The keys of both contexts: docs/reference/server.md §3.
def _reservation(sandbox: Sandbox) -> dict[str, object]:
    inputs = [{"parameterName": name, "value": value} for name, value in sandbox.inputs.items()]
    return {
        "id": sandbox.id,
        "environmentName": sandbox.blueprint,
        "environmentPath": sandbox.blueprint,
        "domain": DOMAIN,
        "description": sandbox.description,
        "ownerUser": sandbox.owner,
        "ownerPass": "",
        "savedSandboxId": "",
        "runningUser": sandbox.owner,
        "permittedUsers": [{"userName": name, "email": ""} for name in sandbox.users],
        "parameters": {"globalInputs": inputs, "resourceRequirements": [], "resourceAdditionalInfo": []},
    }


def _lifecycle(sandbox: Sandbox) -> dict[str, str]:
    saved = {"savedSandboxName": "", "savedSandboxDescription": ""}
    return {"reservationId": sandbox.id, **saved, "currentUserName": sandbox.owner}
