"""Icons of shells. They come from outside: only what is an image by its content is sent, as that, and nothing in it runs."""

from __future__ import annotations

import hashlib
import re

from starlette.responses import Response

_KINDS = [
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "image/webp"),
    (re.compile(rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?<svg[\s>]", re.DOTALL), "image/svg+xml"),
]
# An SVG that somebody opens by itself would be a page.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_NONE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect x="3" y="5" width="26" height="22" rx="3" '
    'fill="none" stroke="{0}" stroke-width="2"/><path d="M3 12h26M8 19h10" stroke="{0}" stroke-width="2"/></svg>'
).format("#5b6472")


def kind_of(content: bytes) -> str:
    """Return the media type of an image; empty for what is none."""
    return next((kind for pattern, kind in _KINDS if pattern.match(content)), "")


def icon(content: bytes) -> Response:
    """Return an icon, or a plain one in place of what is no image."""
    kind = kind_of(content)
    body, kind = (content, kind) if kind else (_NONE.encode(), "image/svg+xml")
    tag = hashlib.sha256(body).hexdigest()[:16]
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "private, max-age=60", "ETag": f'"{tag}"'}
    return Response(body, media_type=kind, headers=headers)
