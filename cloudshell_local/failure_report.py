"""Report of what a server did during a test that failed: feeds, failed executions, and the ends of the drivers' logs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cloudshell_local.execution.executions import Execution
from cloudshell_local.execution.tails import end_of_file
from cloudshell_local.local import CloudShellLocal
from cloudshell_local.portal.feed import FeedLine, feed_lines
from cloudshell_local.redaction import Secrets, redact
from cloudshell_local.storage.executions import ExecutionRecord

Section = tuple[str, str]
# How much of a log is shown, in bytes.
LOG_BYTES = 4000


@dataclass(frozen=True)
class Snapshot:
    """State of a server before a test. feeds: the number of lines in the feeds of live sandboxes, by the sandboxes' ids."""

    sandboxes: frozenset[str] = frozenset()
    feeds: Mapping[str, int] | None = None
    executions: frozenset[str] = frozenset()


NOTHING = Snapshot()


def snapshot(server: CloudShellLocal) -> Snapshot:
    """Return the state of a server now, from which a later report begins."""
    live = server.services.sandboxes.all_live()
    return Snapshot(
        frozenset(each.id for each in server.services.store.sandboxes),
        {each.id: len(server.feed(each)) for each in live},
        frozenset(each.id for each in server.executions()),
    )


def sections(server: CloudShellLocal, before: Snapshot = NOTHING) -> list[Section]:
    """Return what a server did since a snapshot, as titles and texts without secrets."""
    executions = [each for each in server.executions() if each.id not in before.executions]
    return [*_feeds(server, before), *_failures(executions), *_logs(server, executions)]


def _feeds(server: CloudShellLocal, before: Snapshot) -> Iterator[Section]:
    for sandbox in server.services.store.sandboxes:
        lines = feed_lines(server.feed(sandbox))
        is_new = sandbox.id not in before.sandboxes
        if is_new or len(lines) > (before.feeds or {}).get(sandbox.id, len(lines)):
            yield f"CloudShell: activity feed of '{sandbox.name}', {sandbox.state}", "\n".join(map(_feed_line, lines))


def _feed_line(line: FeedLine) -> str:
    return f"{line.time} {'ERROR ' if line.is_error else ''}{line.text}"


def _failures(executions: list[Execution]) -> Iterator[Section]:
    for record in (each.record for each in executions):
        if record.error or record.failed_actions:
            yield (
                f"CloudShell: '{record.command}' on '{record.app or record.resource}', {record.state}",
                _failure(record),
            )


def _failure(record: ExecutionRecord) -> str:
    parts = [record.error, *record.failed_actions, record.traceback.rstrip()]
    return "\n".join(part for part in parts if part)


def _logs(server: CloudShellLocal, executions: list[Execution]) -> Iterator[Section]:
    """Yield the ends of what each driver printed, and of the log file that it wrote last."""
    secrets = Secrets(values=frozenset().union(*(each.secrets.values for each in server.executions())))
    for folder in dict.fromkeys(map(server.services.execution_server.log_folder, executions)):
        files = [path for path in folder.rglob("*") if path.is_file() and path.name != "driver.out"]
        newest = sorted(files, key=lambda path: path.stat().st_mtime)[-1:]
        for file in (folder / "driver.out", *newest):
            text = redact(end_of_file(file, LOG_BYTES), secrets).rstrip()
            if text:
                yield f"CloudShell: end of {_short(file, server.logs)}", text


def _short(file: Path, logs: Path) -> str:
    return str(file.relative_to(logs.parent))
