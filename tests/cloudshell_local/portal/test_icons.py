from __future__ import annotations

import pytest

from cloudshell_local.portal.icons import icon_response, media_type_of


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"\xff\xd8\xff\xe0...", "image/jpeg"),
        (b"GIF89a...", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml"),
        (b'<?xml version="1.0"?>\n<!-- by me -->\n<svg >', "image/svg+xml"),
        (b"<html><script>steal()</script></html>", ""),
        (b"<!doctype html><svg></svg>", ""),
        (b"", ""),
    ],
)
def test_an_image_is_known_by_its_content(content: bytes, kind: str) -> None:
    assert media_type_of(content) == kind


def test_content_that_is_no_image_is_replaced_by_the_default_icon() -> None:
    response = icon_response(b"<html><script>steal()</script></html>")
    assert response.media_type == "image/svg+xml"
    assert b"steal" not in response.body


def test_no_script_in_an_icon_runs_even_when_it_is_opened_by_its_own_address() -> None:
    policy = icon_response(b"<svg onload='steal()'/>").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script" not in policy
