from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
import requests

from cloudshell_local import CloudShellLocal
from cloudshell_local.portal import events
from tests.cloudshell_local.portal.visitor import Visitor
from tests.cloudshell_local.toy import until


class Stream:
    """An open page's stream. lines: what came so far."""

    def __init__(self, visitor: Visitor, of: str) -> None:
        self.lines: list[str] = []
        self.answer = visitor.session.get(f"{visitor.portal}/events?of={of}", stream=True)
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    @property
    def changes(self) -> int:
        return self.lines.count("event: changed")

    def _read(self) -> None:
        try:
            self.lines.extend(line.decode() for line in self.answer.iter_lines(chunk_size=1))
        except (requests.exceptions.ChunkedEncodingError, AttributeError):
            pass


@pytest.fixture
def stream(visitor: Visitor) -> Iterator[Stream]:
    opened = Stream(visitor, "resource,feed")
    until(lambda: opened.changes == 1)  # It begins with one: what has changed since the page was made is not known.
    yield opened
    opened.answer.close()


def test_a_page_is_told_of_the_changes_that_it_watches(server: CloudShellLocal, stream: Stream) -> None:
    assert stream.answer.headers["content-type"].startswith("text/event-stream")
    server.services.store.changes.notify("resource")
    until(lambda: stream.changes == 2)
    server.services.store.changes.notify("blueprint")
    time.sleep(3 * events.CALM_SECONDS)
    assert stream.changes == 2


def test_many_changes_at_once_are_few_events_and_the_last_is_not_lost(server: CloudShellLocal, stream: Stream) -> None:
    changes = server.services.store.changes
    for _ in range(500):
        changes.notify("feed")
    until(lambda: stream.changes >= 2)
    time.sleep(3 * events.CALM_SECONDS)
    assert stream.changes <= 4
    before = stream.changes
    changes.notify("feed")
    until(lambda: stream.changes > before)


def test_a_quiet_stream_says_that_it_is_still_there(
    server: CloudShellLocal, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "PING_SECONDS", 0.05)
    stream = Stream(visitor, "resource")
    until(lambda: ": still here" in stream.lines)
    stream.answer.close()


def test_a_session_that_ended_has_one_event_more_and_then_none(
    server: CloudShellLocal, visitor: Visitor, stream: Stream
) -> None:
    server.services.access.log_off(visitor.cookie)
    server.services.store.changes.notify("feed")
    stream.thread.join(10)
    assert not stream.thread.is_alive()
    assert stream.changes == 2


def test_a_closing_server_does_not_wait_for_open_pages() -> None:
    with CloudShellLocal() as server:
        streams = [Stream(Visitor(server), "resource") for _ in range(3)]
        until(lambda: all(stream.changes for stream in streams))
        server.services.store.changes.notify("resource")
        portal = server.portal
        began = time.monotonic()
    for stream in streams:
        stream.thread.join(10)
        assert not stream.thread.is_alive()
    assert time.monotonic() - began < events.PING_SECONDS / 2
    with pytest.raises(requests.ConnectionError):
        requests.get(portal)


def test_streams_that_are_gone_are_not_watched_for(server: CloudShellLocal, visitor: Visitor) -> None:
    changes = server.services.store.changes
    for _ in range(3):
        stream = Stream(visitor, "resource")
        _until_changed(stream)
        stream.answer.close()

    def told() -> bool:
        changes.notify("resource")
        return not changes._watchers

    until(told)


def _until_changed(stream: Stream) -> None:
    until(lambda: stream.changes)
