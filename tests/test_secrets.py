from __future__ import annotations

import json
from pathlib import Path

import pytest

from heavenly_cloud.keys import rsa_key_pair
from tests.postgres import PASSWORD
from tests.secrets import APP_PASSWORD, leaks, leaks_in_files

KEY = rsa_key_pair().private_key


@pytest.mark.parametrize(
    "text",
    ["the password halo", f"x{PASSWORD}x", f"'{APP_PASSWORD}'", KEY, json.dumps({"key": KEY}), KEY.splitlines()[7],
     "nothing before " + KEY[100:400]],
    ids=["password", "store", "app", "key", "key in JSON", "line of a key", "part of a key"],
)  # fmt: skip
def test_a_secret_is_found_wherever_it_stands(text: str, tmp_path: Path) -> None:
    assert leaks(text, [KEY])
    (tmp_path / "a.log").write_text(text)
    assert list(leaks_in_files(tmp_path, [KEY])) == [str(tmp_path / "a.log")]


def test_all_else_is_none() -> None:
    assert leaks("halogen, MIIEpAIBAAKCAQEA, a public key: ssh-rsa AAAA", [KEY]) == []
