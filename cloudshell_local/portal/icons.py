"""Icons of shells. Packages are not trusted: only an image is sent, known by its content, and no script in it can run."""

from __future__ import annotations

import hashlib
import re

from starlette.responses import Response

_MEDIA_TYPES = [
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "image/webp"),
    (re.compile(rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?<svg[\s>]", re.DOTALL), "image/svg+xml"),
]
# An SVG that is opened by its own address is a page: without this policy its scripts would run on the portal's site.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_DEFAULT_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect x="3" y="5" width="26" height="22" rx="3" '
    'fill="none" stroke="{0}" stroke-width="2"/><path d="M3 12h26M8 19h10" stroke="{0}" stroke-width="2"/></svg>'
).format("#5b6472")


def media_type_of(content: bytes) -> str:
    """Return the media type of an image; empty if the content is no image."""
    return next((kind for pattern, kind in _MEDIA_TYPES if pattern.match(content)), "")


def icon_response(content: bytes) -> Response:
    """Return an icon; the default icon in place of content that is no image."""
    media_type = media_type_of(content)
    body, media_type = (content, media_type) if media_type else (_DEFAULT_ICON.encode(), "image/svg+xml")
    tag = hashlib.sha256(body).hexdigest()[:16]
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "private, max-age=60", "ETag": f'"{tag}"'}
    return Response(body, media_type=media_type, headers=headers)
