from __future__ import annotations

import pytest

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


def test_home_is_inventory(client: PortalClient) -> None:
    assert client.get("/").headers["location"] == "/inventory"


def test_the_vendored_files_are_those_of_their_readme() -> None:
    from cloudshell_local.portal.portal import STATIC

    readme = (STATIC / "vendor" / "README.md").read_text()
    files = [path.name for path in (STATIC / "vendor").glob("*.js")]
    assert len(files) == 2
    assert all(name in readme for name in files)
