"""Server-sent events that notify open pages of changes; a notified page fetches its new content itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from cloudshell_local.portal.web import Web
from cloudshell_local.services.container import Services

CHANGED, KEEP_ALIVE = b"event: changed\ndata:\n\n", b": keep-alive\n\n"
# Changes within this interval are one event: a sandbox's setup makes hundreds.
MIN_INTERVAL_SECONDS = 0.2
# Without traffic a proxy closes the connection, and a browser that has gone is never noticed.
KEEP_ALIVE_SECONDS = 15.0
_CLOSED = ""


class Events:
    """The streams of server-sent events, one for each open page."""

    def __init__(self, web: Web, services: Services) -> None:
        self._web = web
        self._changes = services.store.changes
        self._is_closed = False

    def routes(self) -> list[Route]:
        """Return the streams' route; its query names the kinds of changes: /events?of=resource,execution."""
        return [Route("/events", self._events, methods=["GET"])]

    def close(self) -> None:
        """End all streams, and refuse new ones."""
        self._is_closed = True
        self._changes.notify(_CLOSED)

    async def _events(self, request: Request) -> Response:
        if self._is_closed:
            return Response(status_code=503)
        kinds = {_CLOSED, *request.query_params.get("of", "").split(",")}
        return StreamingResponse(
            self._stream(kinds, lambda: self._web.session(request) is not None), media_type="text/event-stream"
        )

    async def _stream(self, kinds: set[str], is_logged_in: Callable[[], bool]) -> AsyncIterator[bytes]:
        loop, changed = asyncio.get_running_loop(), asyncio.Event()

        def watcher(kind: str) -> None:
            if kind in kinds:
                loop.call_soon_threadsafe(changed.set)

        with self._changes.watched(watcher):
            changed.set()  # Something may have changed between the page's rendering and this moment.
            while not self._is_closed:
                if not await _is_set_within(changed, KEEP_ALIVE_SECONDS):
                    yield KEEP_ALIVE
                    continue
                changed.clear()
                yield CHANGED
                if not is_logged_in():
                    return  # The page is redirected to the login when it fetches its new content.
                await asyncio.sleep(MIN_INTERVAL_SECONDS)


async def _is_set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        return await asyncio.wait_for(event.wait(), seconds)
    except asyncio.TimeoutError:
        return False
