from __future__ import annotations

import pytest
import requests

from cloudshell_local import CloudShellLocal
from cloudshell_local.portal.portal import _is_own_host
from tests.cloudshell_local.portal.portal_client import PortalClient


@pytest.mark.parametrize("path", ["/login", "/inventory", "/nowhere", "/static/portal.css", "/icons/shells/Moon"])
def test_every_response_keeps_other_sites_and_inline_scripts_out(client: PortalClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == ("no-cache" if path.startswith("/static/") else "no-store")


def test_no_page_has_an_inline_script_or_style(client: PortalClient) -> None:
    page = client.get("/sandboxes").text
    assert "<style" not in page
    assert " style=" not in page
    assert page.count("<script") == page.count('<script src="/static/') == 3


@pytest.mark.parametrize(
    ("host", "is_own"),
    [
        ("127.0.0.1:8100", True),
        ("192.0.2.7", True),
        ("[::1]:8100", True),
        ("localhost:8100", True),
        ("LOCALHOST", True),
        ("evil.example:8100", False),
        ("127.0.0.1.evil.example", False),
        ("", False),
    ],
)
def test_only_an_address_or_localhost_is_an_own_host_name(host: str, is_own: bool) -> None:
    assert _is_own_host(host) == is_own


def test_another_sites_host_name_is_refused(server: CloudShellLocal) -> None:
    response = requests.get(f"{server.portal}login", headers={"Host": "evil.example"})
    assert (response.status_code, response.text) == (421, "Open the portal under the address that the server prints.")


def test_home_is_inventory(client: PortalClient) -> None:
    assert client.get("/").headers["location"] == "/inventory"


def test_the_vendored_files_are_those_of_their_readme() -> None:
    from cloudshell_local.portal.portal import STATIC

    readme = (STATIC / "vendor" / "README.md").read_text()
    files = [path.name for path in (STATIC / "vendor").glob("*.js")]
    assert len(files) == 2
    assert all(name in readme for name in files)
