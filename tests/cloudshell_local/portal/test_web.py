from __future__ import annotations

import logging
from pathlib import Path

import pytest

from cloudshell_local import CloudShellLocal, http
from cloudshell_local.portal.web import pairs, quoted, short
from cloudshell_local.storage.model import DetailField
from tests.cloudshell_local.portal.visitor import HTMX, Visitor, text_of

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
    answer = Visitor(server, user="").get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login")


def test_htmx_is_led_to_the_login_too(server: CloudShellLocal) -> None:
    assert Visitor(server, user="").get("/inventory", **HTMX).headers["HX-Redirect"] == "/login"


def test_a_form_without_its_token_changes_nothing(server: CloudShellLocal, visitor: Visitor) -> None:
    other = Visitor(server)
    for token in ("", "guessed", other.token):
        answer = visitor.send("/blueprints/new", token=token, name="B")
        assert answer.status_code == 400
        assert "The form is not of this session; load its page again" in text_of(answer)
    assert list(server.services.store.blueprints) == []


def test_where_htmx_does_not_run_actions_lead_to_pages(visitor: Visitor, server: CloudShellLocal) -> None:
    answer = visitor.send("/blueprints/new", name="B")
    assert (answer.status_code, answer.headers["location"]) == (303, "/blueprints/B")
    answer = visitor.send("/blueprints/new", name="B")
    assert answer.status_code == 400
    assert "A blueprint named 'B' already exists" in text_of(answer)
    sandbox = server.reserve("B", wait=True)
    answer = visitor.send(f"/sandboxes/{sandbox.id}/end", chosen="A B")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sandboxes/{sandbox.id}?chosen=A%20B")


def test_where_htmx_runs_the_error_stands_beside_the_form(visitor: Visitor) -> None:
    assert visitor.does("/blueprints/new", name="B") == "/blueprints/B"
    assert visitor.fails("/blueprints/new", name="B") == "A blueprint named 'B' already exists"


def test_errors_have_their_status(visitor: Visitor) -> None:
    assert visitor.get("/blueprints/Moon").status_code == 404
    assert visitor.get("/nowhere").status_code == 404
    assert "'Moon' not found" in text_of(visitor.get("/inventory/Moon"))


def test_a_defect_is_a_sentence_for_people_and_a_traceback_in_the_log(
    server: CloudShellLocal, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(server.services.blueprints, "new_blueprint", lambda _: int("oops"))
    with caplog.at_level(logging.ERROR):
        answer = visitor.send("/blueprints/new", name="B")
    assert answer.status_code == 500
    assert "The server failed: ValueError; its log tells more" in text_of(answer)
    assert "Traceback" not in answer.text
    assert "oops" in caplog.text


def test_who_is_no_administrator_has_sandboxes_and_nothing_to_manage(server: CloudShellLocal) -> None:
    server.services.access.add_user("eve", "secret", is_admin=False)
    visitor = Visitor(server, "eve", "secret")
    assert visitor.get("/").headers["location"] == "/sandboxes"
    page = visitor.sees("/sandboxes")
    assert "Inventory" not in page
    for path in ("/inventory", "/shells", "/apps", "/executions"):
        assert visitor.get(path).status_code == 403
    assert "Only an administrator may use this page" in visitor.fails("/shells/folder", folder="/")


def test_an_upload_that_is_too_large_is_refused(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(http, "MOST_UPLOADED", 1000)
    assert "larger than 0 MB" in visitor.fails("/shells/upload", files={"package": ("x.zip", b"x" * 2000)})


def test_names_are_made_fit_for_addresses_and_attributes_short() -> None:
    assert quoted("a b/c?d&e") == "a%20b%2Fc%3Fd%26e"
    assert (short("Toy.Brick.Size"), short("User")) == ("Size", "User")
    assert pairs([DetailField("Image", "toy"), DetailField("secret", "5", hidden=True)]) == [("Image", "toy")]
