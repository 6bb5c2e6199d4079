// Updates an open page: at each event of the server it has htmx fetch the page again.
"use strict";

addEventListener("load", () => {
  const page = document.querySelector("[data-events]");
  let source, retry;
  if (!page) return;

  function listen() {
    leave();
    source = new EventSource(page.dataset.events);
    source.addEventListener("changed", () => htmx.trigger(page, "changed"));
    // The browser reconnects by itself, but not after an error status, which a server that shuts down sends.
    source.addEventListener("error", () => { if (source.readyState === EventSource.CLOSED) retry = setTimeout(listen, 2000); });
  }

  function leave() {
    clearTimeout(retry);
    source?.close();
  }

  // A browser opens at most six connections to a server: a page in the background must not keep one.
  document.addEventListener("visibilitychange", () => (document.hidden ? leave() : listen()));
  if (!document.hidden) listen();
});
