from __future__ import annotations

import json
from pathlib import Path

import pytest

from cloudshell_local.portal.feed import feed_lines
from cloudshell_local.redaction import HIDDEN, Secrets, pretty, redact, secrets_in
from cloudshell_local.storage.model import Message
from cloudshell_local.storage.passwords import Passwords

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    "text",
    [
        KEY,
        "before " + KEY + " after",
        json.dumps({"accessKey": KEY.replace("MIIE", "s3cret")}),
        json.dumps([{"Password": "s3cret"}, {"admin_auth_token": 's3\\cr"et s3cret'}]),
        str({"User": "me", "Admin Password": "s3cret"}),
        "-----BEGIN PRIVATE KEY-----\ns3cret that is cut off",
        "s3cret of a key\n-----END PRIVATE KEY----- whose beginning is cut off",
        json.dumps({"app": json.dumps({"Password": 's3"cret', "inner": json.dumps({"token": "s3cret"})})}),
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


def test_json_is_printed_over_several_lines_without_its_secrets() -> None:
    value = {
        "appName": "Web",
        "attributes": [
            {"attributeName": "Toy.PIN", "attributeValue": "s3cret"},
            {"attributeName": "Size", "attributeValue": "2"},
        ],
        "details": [{"key": "API token", "value": 5}, {"key": "token", "value": ""}],
        "password": True,
        "inner": json.dumps({"Admin Password": "s3cret"}),
        "text": "log in with s3cret, not with s3crets",
    }
    shown = json.loads(pretty(json.dumps(value), Secrets(frozenset({"pin"}), frozenset({"s3cret"}))))
    assert shown == {
        **value,
        "attributes": [{"attributeName": "Toy.PIN", "attributeValue": HIDDEN}, value["attributes"][1]],  # type: ignore[index]
        "details": [{"key": "API token", "value": HIDDEN}, {"key": "token", "value": ""}],
        "inner": json.dumps({"Admin Password": HIDDEN}),
        "text": f"log in with {HIDDEN}, not with s3crets",
    }
    assert pretty('{"a": 1}') == '{\n  "a": 1\n}'
    assert pretty('{"password": "s3cret" and more') == f'{{"password": "{HIDDEN}" and more'


def test_secrets_are_found_by_their_names_and_because_they_are_encrypted(tmp_path: Path) -> None:
    passwords = Passwords(tmp_path / "key")
    sent = {
        "connectivity": {"admin_auth_token": "token-1"},
        "attributes": {"Toy.PIN": passwords.encrypt("1234567"), "Toy.Short": passwords.encrypt("pw"), "Toy.User": "me"},
        "request": json.dumps([{"attributeName": "Toy.PIN", "attributeValue": "in clear"}]),
    }
    secrets = secrets_in(sent, frozenset({"pin"}), passwords.decrypt)
    assert secrets.values == {"token-1", "1234567", "in clear"}
    assert "1234567" not in repr(secrets)
    assert redact(f"as {passwords.encrypt('x')} or 1234567", secrets) == f"as {HIDDEN} or {HIDDEN}"
