from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
import requests

from cloudshell_local import CloudShellLocal
from cloudshell_local.portal import events
from tests.cloudshell_local.portal.portal_client import PortalClient
from tests.cloudshell_local.toy import own_address, until


class Stream:
    """The event stream of an open page, read in a thread of its own. lines: those received so far."""

    def __init__(self, client: PortalClient, kinds: str) -> None:
        self.lines: list[str] = []
        self.response = client.session.get(f"{client.portal}/events?of={kinds}", stream=True)
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    @property
    def changes(self) -> int:
        """How many events of a change were received."""
        return self.lines.count("event: changed")

    def wait_for_change(self) -> None:
        """Wait until an event of a change was received."""
        until(lambda: self.changes)

    def wait_until_idle(self) -> None:
        """Wait for two keep-alives: the second was sent because no change was left to send."""
        start = len(self.lines)
        until(lambda: self.lines[start:].count(": keep-alive") >= 2)

    def close(self) -> None:
        """Close the connection, as a browser does for a page that is left.

        The socket is shut down first: closing alone waits for the thread, which waits for the server's next keep-alive.
        """
        with suppress(RuntimeError):  # The server has ended the stream.
            self.response.raw.shutdown()
        self.thread.join()
        self.response.close()

    def _read(self) -> None:
        with suppress(requests.exceptions.ChunkedEncodingError):
            for line in self.response.iter_lines(chunk_size=1):
                self.lines.append(line.decode())


@pytest.fixture
def frequent_keep_alives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "KEEP_ALIVE_SECONDS", 0.05)


@pytest.fixture
def stream(client: PortalClient) -> Iterator[Stream]:
    opened = Stream(client, "resource,feed")
    until(lambda: opened.changes == 1)  # The first event covers changes since the page was rendered.
    yield opened
    opened.close()


@pytest.mark.usefixtures("frequent_keep_alives")
def test_a_page_is_notified_only_of_the_kinds_that_it_watches(server: CloudShellLocal, stream: Stream) -> None:
    assert stream.response.headers["content-type"].startswith("text/event-stream")
    server.services.store.changes.notify("resource")
    until(lambda: stream.changes == 2)
    server.services.store.changes.notify("blueprint")
    stream.wait_until_idle()
    assert stream.changes == 2


@pytest.mark.usefixtures("frequent_keep_alives")
def test_many_changes_at_once_are_few_events_and_the_last_is_not_lost(server: CloudShellLocal, stream: Stream) -> None:
    changes = server.services.store.changes
    for _ in range(500):
        changes.notify("feed")
    until(lambda: stream.changes >= 2)
    stream.wait_until_idle()
    assert stream.changes <= 4
    before = stream.changes
    changes.notify("feed")
    until(lambda: stream.changes > before)


def test_events_of_endless_changes_are_some_time_apart(server: CloudShellLocal, stream: Stream) -> None:
    start, before = time.monotonic(), stream.changes

    def three_events_later() -> bool:
        server.services.store.changes.notify("feed")
        return stream.changes >= before + 3

    until(three_events_later)
    assert time.monotonic() - start >= 2 * events.MIN_INTERVAL_SECONDS


@pytest.mark.usefixtures("frequent_keep_alives")
def test_an_idle_stream_sends_keep_alives(server: CloudShellLocal, client: PortalClient) -> None:
    stream = Stream(client, "resource")
    until(lambda: ": keep-alive" in stream.lines)
    stream.close()


@pytest.mark.usefixtures("frequent_keep_alives")
def test_a_session_that_ended_has_one_event_more_and_then_none(
    server: CloudShellLocal, client: PortalClient, stream: Stream
) -> None:
    stream.wait_until_idle()  # The session is checked after each event, so also after the first.
    server.services.access.log_off(client.cookie)
    server.services.store.changes.notify("feed")
    stream.thread.join(10)
    assert not stream.thread.is_alive()
    assert stream.changes == 2


def test_a_closing_server_does_not_wait_for_open_pages() -> None:
    with CloudShellLocal(own_address()) as server:
        streams = [Stream(PortalClient(server), "resource") for _ in range(3)]
        until(lambda: all(stream.changes for stream in streams))
        server.services.store.changes.notify("resource")
        portal = server.portal
        start = time.monotonic()
    for stream in streams:
        stream.thread.join(10)
        assert not stream.thread.is_alive()
    assert time.monotonic() - start < events.KEEP_ALIVE_SECONDS / 2
    with pytest.raises(requests.ConnectionError):
        requests.get(portal)


def test_closed_streams_no_longer_watch_changes(server: CloudShellLocal, client: PortalClient) -> None:
    changes = server.services.store.changes
    for _ in range(3):
        stream = Stream(client, "resource")
        stream.wait_for_change()
        stream.close()

    def nobody_watches() -> bool:
        changes.notify("resource")
        return not changes._watchers

    until(nobody_watches)
