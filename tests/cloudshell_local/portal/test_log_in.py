from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudshell_local import CloudShellLocal
from cloudshell_local.errors import TokenInvalid
from cloudshell_local.portal.log_in import _local
from tests.cloudshell_local.portal.portal_client import HTMX, PortalClient, text_of, token_in


def test_the_session_is_in_a_cookie_that_no_script_and_no_other_site_uses(server: CloudShellLocal) -> None:
    client = PortalClient(server, user="")
    cookie = client.log_in("admin", "admin").headers["set-cookie"].lower()
    assert "cloudshell=" in cookie
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


@pytest.mark.parametrize(
    ("user", "password", "domain"),
    [("admin", "s3cret", "Global"), ("eve", "admin", "Global"), ("admin", "admin", "Mars")],
)
def test_who_does_not_know_the_password_stays_outside(
    server: CloudShellLocal, user: str, password: str, domain: str
) -> None:
    client = PortalClient(server, user="")
    answer = client.log_in(user, password, domain=domain)
    assert answer.status_code == 401
    assert "Login failed: the user, the password or the domain is wrong" in text_of(answer)
    assert "s3cret" not in answer.text
    assert client.get("/sandboxes").status_code == 303


def test_a_login_form_from_elsewhere_is_refused(server: CloudShellLocal) -> None:
    client = PortalClient(server, user="")
    client.get("/login")
    form = {"token": "guessed", "user": "admin", "password": "admin", "domain": "Global"}
    answer = client.session.post(f"{client.portal}/login", form, allow_redirects=False)
    assert answer.status_code == 401
    assert "cloudshell" not in client.session.cookies


def test_one_comes_to_the_page_that_one_wanted(server: CloudShellLocal) -> None:
    client = PortalClient(server, user="")
    led = client.get("/apps?x=1").headers["location"]
    assert led == "/login?next=%2Fapps%3Fx%3D1"
    assert 'name="next" value="/apps?x=1"' in client.get(led).text
    assert client.log_in("admin", "admin", next="/apps?x=1").headers["location"] == "/apps?x=1"
    form = {"token": token_in(client.get("/login").text), "user": "admin", "password": "admin", "domain": "Global"}
    answer = client.session.post(f"{client.portal}/login", {**form, "next": "/apps"}, headers=HTMX)
    assert answer.headers["HX-Redirect"] == "/apps"


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "https://evil.example/", "/\\evil.example", "evil", "", "\\\\x"]
)
def test_nobody_is_led_to_another_site(elsewhere: str) -> None:
    assert _local(elsewhere) == "/"


@given(st.text())
def test_wherever_one_is_led_it_is_a_path_of_this_server(wanted: str) -> None:
    path = _local(wanted)
    assert path.startswith("/")
    assert not path.startswith(("//", "/\\"))


def test_logging_out_ends_the_session(server: CloudShellLocal, client: PortalClient) -> None:
    token = client.cookie
    assert server.server.access.session(token).user == "admin"
    assert client.post("/logout").headers["location"] == "/login"
    with pytest.raises(TokenInvalid):
        server.server.access.session(token)
    assert client.get("/sandboxes").status_code == 303
