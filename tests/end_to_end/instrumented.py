"""A packed shell whose driver notes each command, and fails where a test says so; all else is as it was packed.

A module is added to the driver's zip that wraps the commands of the main class in place; they stay in its body. What a
driver's process was asked is in `calls`; `faults.json` says what goes wrong by command: {"when": "before" or "after",
"times": how often}.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudshell_local import CloudShellLocal
from cloudshell_local.storage.model import Resource, Sandbox, new_id
from tests.cloudshell_local.toy import lines_of

NOTES = """
import functools, json, threading
from pathlib import Path

CONTROL = Path({control!r})
_lock = threading.Lock()
_applied = {{}}


def _fault(command, when):
    file = CONTROL / "faults.json"
    fault = json.loads(file.read_text()).get(command) if file.exists() else None
    if not fault or fault.get("when", "before") != when:
        return
    with _lock:
        key = command, fault["id"]
        _applied[key] = _applied.get(key, 0) + 1
        if _applied[key] > fault.get("times", 1000):
            return
    raise RuntimeError("injected into " + command)


def _noted(method):
    @functools.wraps(method)
    def noted(self, context, *arguments, **named):
        endpoints = getattr(context, "remote_endpoints", None)
        about = endpoints[0].fullname if endpoints else json.loads(named.get("request") or named.get("requests") or "null")
        with _lock, (CONTROL / "calls").open("a") as calls:
            calls.write(json.dumps([method.__name__, about]) + "\\n")
        _fault(method.__name__, "before")
        answer = method(self, context, *arguments, **named)
        _fault(method.__name__, "after")
        return answer

    return noted


def instrument(driver):
    for name, method in list(vars(driver).items()):
        if callable(method) and not name.startswith("_") and name not in ("initialize", "cleanup", "left"):
            setattr(driver, name, _noted(method))
"""
LEFT = """
    def left(self, context: object) -> str:
        import json

        from heavenly_cloud.state import INSTANCE, NETWORK

        rows = self._commands._connections._in_memory.store.run(lambda records: records.everything())
        kinds = [kind for kind, *_ in rows]
        return json.dumps({"instances": kinds.count(INSTANCE), "networks": kinds.count(NETWORK)})

    def get_inventory("""


def instrumented(package: bytes, control: Path) -> bytes:
    """Return the shell's package with a driver that notes its commands in a folder."""

    def driver(files: dict[str, bytes]) -> dict[str, bytes]:
        source = files["driver.py"].decode().replace("\n    def get_inventory(", LEFT, 1)
        source += "\n\nfrom notes_for_tests import instrument\n\ninstrument(HeavenlyCloudShellDriver)\n"
        return {
            **files,
            "driver.py": source.encode(),
            "notes_for_tests.py": NOTES.format(control=str(control)).encode(),
        }

    def shell(files: dict[str, bytes]) -> dict[str, bytes]:
        (name,) = [file for file in files if file.endswith("Driver.zip")]
        return {**files, name: _rezipped(files[name], driver)}

    return _rezipped(package, shell)


def _rezipped(content: bytes, change: Callable[[dict[str, bytes]], dict[str, bytes]]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in change(files).items():
            archive.writestr(name, data)
    return buffer.getvalue()


@dataclass
class Noted:
    """A provider of an instrumented shell."""

    shell: str
    cloudshell: CloudShellLocal
    provider: Resource
    control: Path
    seen: int = 0

    @classmethod
    def of(cls, package: Path, cloudshell: CloudShellLocal, control: Path) -> Noted:
        control.mkdir(parents=True, exist_ok=True)
        shell = package.stem
        cloudshell.services.catalog.add(instrumented(package.read_bytes(), control), "admin")
        provider = cloudshell.create_resource(shell, f"Heaven of {shell[:2]}", {"Password": "halo"})
        noted = cls(shell, cloudshell, provider, control)
        for app in ("Angel", "Man"):
            cloudshell.add_app(app, f"{shell}.HeavenlyCloud{app}Deployment", provider.name, {}, {"User": "ubuntu"})
        noted.calls()
        return noted

    def fail(self, **faults: Any) -> None:
        """Say by command what goes wrong from now on; without any, nothing does."""
        texts = {command: {"id": new_id(), **fault} for command, fault in faults.items()}
        (self.control / "faults.json").write_text(json.dumps(texts))

    def calls(self) -> list[tuple[str, Any]]:
        """Return what the driver was asked since the last time."""
        found = [tuple(each) for each in lines_of(self.control / "calls", self.seen)]
        self.seen += len(found)
        return found

    def commands(self) -> list[str]:
        """Return the commands since the last time."""
        return [command for command, _ in self.calls()]

    def left(self) -> dict[str, int]:
        """Return how much is in the cloud."""
        return dict(json.loads(self.cloudshell.services.commands.run(self.provider, "left") or ""))

    def feed(self, sandbox: Sandbox) -> list[str]:
        return [message.text for message in self.cloudshell.feed(sandbox)]
