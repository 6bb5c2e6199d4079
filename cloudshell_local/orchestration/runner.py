"""Runs orchestration scripts, with the environment variables that they find their sandbox by."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudshell_local.access import ADMIN, DOMAIN, Access
from cloudshell_local.execution.environments import ensure_environment
from cloudshell_local.orchestration import script
from cloudshell_local.storage.model import Sandbox

SETUP, TEARDOWN = "setup", "teardown"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What came of a script: its exit code, what it printed, and the last line of its errors: the log has the rest."""

    code: int
    output: str
    errors: str

    @property
    def failure(self) -> str:
        """Why it failed, in the words of the real server; empty if it did not."""
        if not self.code:
            return ""
        told = " ".join(text for text in (self.output.strip(), self.errors) if text)
        return f"Command execution failed with 'Script runner exited with exit code: {self.code}' error. {told}".strip()


class Orchestration:
    """environments: where the scripts' environment lies; logs: where they log; address: the server's."""

    def __init__(
        self, environments: Path, logs: Path, address: str, access: Access, python: str = sys.executable
    ) -> None:
        self._environments = environments
        self._logs = logs
        self._address = address
        self._access = access
        self._python = python
        self._lock = threading.Lock()
        self._processes: list[subprocess.Popen[str]] = []
        self._closed = False

    def run(self, name: str, sandbox: Sandbox, report: Callable[[str], None]) -> Outcome:
        """Run the setup or the teardown of a sandbox; report: told when this takes a while. Raises EnvironmentFailed."""
        python = ensure_environment(REQUIREMENTS, self._environments, self._python, report)
        with self._access.command_token(sandbox.owner) as token:
            process = self._start([str(python), "-u", script.__file__, name], self._variables(sandbox, token))
            try:
                output, errors = self._outputs(process)
            finally:
                with self._lock:
                    self._processes.remove(process)
        if process.returncode:
            logger.error("The %s of the sandbox %s failed\n%s", name, sandbox.id, errors)
        return Outcome(process.returncode & 0xFF, output, "".join(errors.strip().splitlines()[-1:]))

    def close(self) -> None:
        """End the scripts that run."""
        with self._lock:
            self._closed = True
            for process in self._processes:
                process.kill()

    def _start(self, command: list[str], variables: Mapping[str, str]) -> subprocess.Popen[str]:
        self._logs.mkdir(parents=True, exist_ok=True)
        with self._lock:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env={**os.environ, **variables},
            )
            self._processes.append(process)
            if self._closed:
                process.kill()
        return process

    @staticmethod
    def _outputs(process: subprocess.Popen[str]) -> tuple[str, str]:
        """Return what a script prints; its input stays open until it ends."""
        assert process.stdin
        assert process.stdout
        assert process.stderr
        with process.stdin, process.stdout, process.stderr as stderr:
            errors: list[str] = []
            reader = threading.Thread(target=lambda: errors.append(stderr.read()))
            reader.start()
            output = process.stdout.read()
            process.wait()
            reader.join()
        return output, "".join(errors)

    def _variables(self, sandbox: Sandbox, token: str) -> dict[str, str]:
        contexts = {
            "qualiConnectivityContext": self._connectivity(token),
            "reservationContext": _reservation(sandbox),
            "reservationLifecycleContext": _lifecycle(sandbox),
        }
        return {
            **{name: json.dumps(context) for name, context in contexts.items()},
            **{name.upper(): value for name, value in sandbox.inputs.items()},
            "LOG_PATH": str(self._logs),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def _connectivity(self, token: str) -> dict[str, str]:
        return {
            "serverAddress": self._address,
            "tsAPIPort": "8029",
            "adminUser": ADMIN,
            "adminPass": "",  # It must be there; the token is used.
            "adminAuthToken": token,
            "tsAPIScheme": "http",
            "useWebapiEndpoint": "False",
        }


def _reservation(sandbox: Sandbox) -> dict[str, Any]:
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
        "permittedUsers": [{"userName": sandbox.owner, "email": ""}],
        "parameters": {"globalInputs": inputs, "resourceRequirements": [], "resourceAdditionalInfo": []},
    }


def _lifecycle(sandbox: Sandbox) -> dict[str, str]:
    saved = {"savedSandboxName": "", "savedSandboxDescription": ""}
    return {"reservationId": sandbox.id, **saved, "currentUserName": sandbox.owner}
