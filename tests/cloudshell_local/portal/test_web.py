from __future__ import annotations

import logging
from pathlib import Path

import pytest

from cloudshell_local import CloudShellLocal, guards
from tests.cloudshell_local.portal.portal_client import HTMX, PortalClient, text_of

PAGES = [
    "/",
    "/inventory",
    "/shells",
    "/apps",
    "/blueprints",
    "/sandboxes",
    "/executions",
    "/inventory/new",
    "/icons/shells/x",
]


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_only_for_logged_in_users(server: CloudShellLocal, path: str) -> None:
    response = PortalClient(server, user="").get(path)
    assert response.status_code == 303
    assert response.headers["location"].startswith("/login")


def test_htmx_is_redirected_to_the_login_too(server: CloudShellLocal) -> None:
    assert PortalClient(server, user="").get("/inventory", **HTMX).headers["HX-Redirect"] == "/login"


def test_a_form_without_its_token_changes_nothing(server: CloudShellLocal, client: PortalClient) -> None:
    other = PortalClient(server)
    for token in ("", "guessed", "gu\u00e9ssed", other.token):
        response = client.post("/blueprints/new", token=token, name="B")
        assert response.status_code == 400
        assert "The form belongs to another session; load its page again" in text_of(response)
    assert list(server.services.store.blueprints) == []


def test_without_htmx_actions_redirect_to_pages(client: PortalClient, server: CloudShellLocal) -> None:
    response = client.post("/blueprints/new", name="B")
    assert (response.status_code, response.headers["location"]) == (303, "/blueprints/B")
    response = client.post("/blueprints/new", name="B")
    assert response.status_code == 400
    assert "A blueprint named 'B' already exists" in text_of(response)
    sandbox = server.reserve("B", wait=True)
    response = client.post(f"/sandboxes/{sandbox.id}/end", chosen="A B")
    assert (response.status_code, response.headers["location"]) == (303, f"/sandboxes/{sandbox.id}?chosen=A%20B")


def test_with_htmx_the_error_is_shown_beside_the_form(client: PortalClient) -> None:
    assert client.submit("/blueprints/new", name="B") == "/blueprints/B"
    assert client.submit_error("/blueprints/new", name="B") == "A blueprint named 'B' already exists"


def test_errors_have_their_status_code(client: PortalClient) -> None:
    assert client.get("/blueprints/Moon").status_code == 404
    assert client.get("/nowhere").status_code == 404
    assert "'Moon' not found" in text_of(client.get("/inventory/Moon"))


def test_a_defect_is_a_sentence_for_users_and_a_traceback_in_the_log(
    server: CloudShellLocal, client: PortalClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(server.services.blueprints, "new_blueprint", lambda _: int("oops"))
    with caplog.at_level(logging.ERROR):
        response = client.post("/blueprints/new", name="B")
    assert response.status_code == 500
    assert "The server failed: ValueError; its log tells more" in text_of(response)
    assert "Traceback" not in response.text
    assert "oops" in caplog.text


def test_a_user_who_is_no_administrator_has_only_sandboxes_and_blueprints(server: CloudShellLocal) -> None:
    server.services.access.add_user("eve", "secret", is_admin=False)
    client = PortalClient(server, "eve", "secret")
    assert client.get("/").headers["location"] == "/sandboxes"
    page = client.page_text("/sandboxes")
    assert "Inventory" not in page
    for path in ("/inventory", "/shells", "/apps", "/executions"):
        assert client.get(path).status_code == 403
    assert "Only an administrator may use this page" in client.submit_error("/shells/folder", folder="/")


def test_an_upload_that_is_too_large_is_refused(
    client: PortalClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(guards, "_announced", lambda _: 100 * 2**20 + 1)
    assert "too large: 100 MB are read at most" in client.submit_error(
        "/shells/upload", files={"package": ("x.zip", b"x" * 2000)}
    )
