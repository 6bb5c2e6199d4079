// Makes an open page fetch itself when something that it shows has changed.
"use strict";

addEventListener("load", () => {
  const page = document.querySelector("[data-events]");
  let source, retry;
  if (!page) return;

  function listen() {
    leave();
    source = new EventSource(page.dataset.events);
    source.addEventListener("changed", () => htmx.trigger(page, "changed"));
    // The browser tries again by itself, but not after a refusal, as of a server that is being ended.
    source.addEventListener("error", () => { if (source.readyState === EventSource.CLOSED) retry = setTimeout(listen, 2000); });
  }

  function leave() {
    clearTimeout(retry);
    source?.close();
  }

  // A browser has six connections to a server: pages that nobody looks at must not keep one each.
  document.addEventListener("visibilitychange", () => (document.hidden ? leave() : listen()));
  if (!document.hidden) listen();
});
