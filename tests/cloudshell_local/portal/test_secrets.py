from __future__ import annotations

import json

import pytest

from cloudshell_local.portal import feed
from cloudshell_local.portal.secrets import without_secrets
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
def test_no_secret_is_in_what_is_shown(text: str) -> None:
    told = without_secrets(text)
    assert "s3cret" not in told
    assert "MIIE" not in told
    assert "(hidden)" in told


def test_all_else_is_shown_as_it_is() -> None:
    text = json.dumps({"vmName": "Web", "passwordless": True, "key": "Image", "value": "toy"})
    assert without_secrets(text) == text


def test_the_activity_feed_has_none_either() -> None:
    (line,) = feed.lines([Message("now", f"<b>{KEY}</b>")])
    assert line.text == "<b>(hidden)</b>"
