"""Tells open pages that something of what they show has changed; they fetch what it is now."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from cloudshell_local.portal.web import Web
from cloudshell_local.services.container import Services

CHANGED, STILL_HERE = b"event: changed\ndata:\n\n", b": still here\n\n"
# Several changes at once are one; a proxy or a sleeping laptop is noticed in time.
CALM_SECONDS, PING_SECONDS = 0.2, 15.0
_CLOSED = ""


class Events:
    """The streams of server-sent events, one for each open page."""

    def __init__(self, web: Web, services: Services) -> None:
        self._web = web
        self._changes = services.store.changes
        self._is_closed = False

    def routes(self) -> list[Route]:
        """Return the streams' route; what a page watches is in its query, as /events?of=resource,execution."""
        return [Route("/events", self._events, methods=["GET"])]

    def close(self) -> None:
        """End all streams; nobody gets a new one."""
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
            changed.set()  # What changed since the page was made is not known.
            while not self._is_closed:
                try:
                    await asyncio.wait_for(changed.wait(), PING_SECONDS)
                except asyncio.TimeoutError:
                    yield STILL_HERE
                    continue
                changed.clear()
                yield CHANGED
                if not is_logged_in():
                    return  # The page finds out when it fetches what changed.
                await asyncio.sleep(CALM_SECONDS)
