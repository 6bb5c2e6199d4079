from __future__ import annotations

import json

import pytest

from cloudshell_local.portal.feed import feed_lines
from cloudshell_local.portal.redaction import redact
from cloudshell_local.storage.model import Message

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    "text",
    [
        KEY,
        "before " + KEY + " after",
        json.dumps({"accessKey": KEY.replace("MIIE", "s3cret")}),
        json.dumps([{"Password": "s3cret"}, {"admin_auth_token": 's3\\cr"et s3cret'}]),
        "-----BEGIN PRIVATE KEY-----\ns3cret that is cut off",
    ],
)
def test_secrets_are_redacted(text: str) -> None:
    redacted = redact(text)
    assert "s3cret" not in redacted
    assert "MIIE" not in redacted
    assert "(hidden)" in redacted


def test_other_text_is_unchanged() -> None:
    text = json.dumps({"vmName": "Web", "passwordless": True, "key": "Image", "value": "toy"})
    assert redact(text) == text


def test_the_activity_feed_is_redacted() -> None:
    (line,) = feed_lines([Message("now", f"<b>{KEY}</b>")])
    assert line.text == "<b>(hidden)</b>"
