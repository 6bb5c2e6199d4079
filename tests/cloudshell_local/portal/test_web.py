from __future__ import annotations

import logging
from pathlib import Path

import pytest

from cloudshell_local import CloudShellLocal, http
from cloudshell_local.portal.web import pairs, quoted, short
from cloudshell_local.storage.model import Shown
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
def test_pages_are_for_those_who_have_logged_in(server: CloudShellLocal, path: str) -> None:
    answer = PortalClient(server, user="").get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login")


def test_htmx_is_led_to_the_login_too(server: CloudShellLocal) -> None:
    assert PortalClient(server, user="").get("/inventory", **HTMX).headers["HX-Redirect"] == "/login"


def test_a_form_without_its_token_changes_nothing(server: CloudShellLocal, client: PortalClient) -> None:
    other = PortalClient(server)
    for token in ("", "guessed", other.token):
        answer = client.post("/blueprints/new", token=token, name="B")
        assert answer.status_code == 400
        assert "The form is not of this session; load its page again" in text_of(answer)
    assert list(server.server.store.blueprints) == []


def test_where_htmx_does_not_run_actions_lead_to_pages(client: PortalClient, server: CloudShellLocal) -> None:
    answer = client.post("/blueprints/new", name="B")
    assert (answer.status_code, answer.headers["location"]) == (303, "/blueprints/B")
    answer = client.post("/blueprints/new", name="B")
    assert answer.status_code == 400
    assert "A blueprint named 'B' already exists" in text_of(answer)
    sandbox = server.reserve("B", wait=True)
    answer = client.post(f"/sandboxes/{sandbox.id}/end", chosen="A B")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sandboxes/{sandbox.id}?chosen=A%20B")


def test_where_htmx_runs_the_error_stands_beside_the_form(client: PortalClient) -> None:
    assert client.submit("/blueprints/new", name="B") == "/blueprints/B"
    assert client.submit_error("/blueprints/new", name="B") == "A blueprint named 'B' already exists"


def test_errors_have_their_status(client: PortalClient) -> None:
    assert client.get("/blueprints/Moon").status_code == 404
    assert client.get("/nowhere").status_code == 404
    assert "'Moon' not found" in text_of(client.get("/inventory/Moon"))


def test_a_defect_is_a_sentence_for_people_and_a_traceback_in_the_log(
    server: CloudShellLocal, client: PortalClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(server.server.blueprints, "new_blueprint", lambda _: int("oops"))
    with caplog.at_level(logging.ERROR):
        answer = client.post("/blueprints/new", name="B")
    assert answer.status_code == 500
    assert "The server failed: ValueError; its log tells more" in text_of(answer)
    assert "Traceback" not in answer.text
    assert "oops" in caplog.text


def test_who_is_no_administrator_has_sandboxes_and_nothing_to_manage(server: CloudShellLocal) -> None:
    server.server.access.add_user("eve", "secret", is_admin=False)
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
    monkeypatch.setattr(http, "MOST_UPLOADED", 1000)
    assert "larger than 0 MB" in client.submit_error("/shells/upload", files={"package": ("x.zip", b"x" * 2000)})


def test_names_are_made_fit_for_addresses_and_attributes_short() -> None:
    assert quoted("a b/c?d&e") == "a%20b%2Fc%3Fd%26e"
    assert (short("Toy.Brick.Size"), short("User")) == ("Size", "User")
    assert pairs([Shown("Image", "toy"), Shown("secret", "5", hidden=True)]) == [("Image", "toy")]
