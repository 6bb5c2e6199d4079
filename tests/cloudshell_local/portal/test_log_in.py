from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudshell_local import CloudShellLocal
from cloudshell_local.errors import TokenInvalid
from cloudshell_local.portal.log_in import _local_path
from cloudshell_local.portal.web import is_same
from tests.cloudshell_local.portal.portal_client import HTMX, PortalClient, text_of, token_in


def test_the_sessions_cookie_is_out_of_reach_of_scripts_and_other_sites(server: CloudShellLocal) -> None:
    client = PortalClient(server, user="")
    cookie = client.log_in("admin", "admin").headers["set-cookie"].lower()
    assert "cloudshell=" in cookie
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


@pytest.mark.parametrize(
    ("user", "password", "domain"),
    [("admin", "s3cret", "Global"), ("eve", "admin", "Global"), ("admin", "admin", "Mars")],
)
def test_a_wrong_user_password_or_domain_is_refused(
    server: CloudShellLocal, user: str, password: str, domain: str
) -> None:
    client = PortalClient(server, user="")
    response = client.log_in(user, password, domain=domain)
    assert response.status_code == 401
    assert "Login failed: the user, the password or the domain is wrong" in text_of(response)
    assert "s3cret" not in response.text
    assert client.get("/sandboxes").status_code == 303


def test_a_login_form_from_elsewhere_is_refused(server: CloudShellLocal) -> None:
    client = PortalClient(server, user="")
    client.get("/login")
    for token in ("guessed", "gu\u00e9ssed", ""):
        form = {"token": token, "user": "admin", "password": "admin", "domain": "Global"}
        response = client.session.post(f"{client.portal}/login", form, allow_redirects=False)
        assert response.status_code == 401
        assert "cloudshell" not in client.session.cookies


def test_logging_in_leads_to_the_page_that_was_asked_for(server: CloudShellLocal) -> None:
    client = PortalClient(server, user="")
    location = client.get("/apps?x=1").headers["location"]
    assert location == "/login?next=%2Fapps%3Fx%3D1"
    assert 'name="next" value="/apps?x=1"' in client.get(location).text
    assert client.log_in("admin", "admin", next="/apps?x=1").headers["location"] == "/apps?x=1"
    form = {"token": token_in(client.get("/login").text), "user": "admin", "password": "admin", "domain": "Global"}
    response = client.session.post(f"{client.portal}/login", {**form, "next": "/apps"}, headers=HTMX)
    assert response.headers["HX-Redirect"] == "/apps"


def test_logging_in_never_leads_to_another_site(server: CloudShellLocal) -> None:
    client = PortalClient(server, user="")
    for address in ("//evil.example/apps", "https://evil.example/"):
        page = client.session.get(f"{client.portal}/login", params={"next": address}).text
        assert 'name="next" value="/"' in page
        form = {"token": token_in(page), "user": "admin", "password": "admin", "domain": "Global", "next": address}
        response = client.session.post(f"{client.portal}/login", form, headers=HTMX)
        assert response.headers["HX-Redirect"] == "/"
        assert client.log_in("admin", "admin", next=address).headers["location"] == "/"


def test_any_text_may_be_the_page_that_was_asked_for(server: CloudShellLocal) -> None:
    client = PortalClient(server, user="")
    form = {"token": token_in(client.get("/login").text), "user": "admin", "password": "admin", "domain": "Global"}
    for address, quoted in {"/☃": "/%E2%98%83", "/a\r\nSet-Cookie: b": "/a%0D%0ASet-Cookie:%20b"}.items():
        response = client.session.post(f"{client.portal}/login", {**form, "next": address}, headers=HTMX)
        assert (response.status_code, response.headers["HX-Redirect"]) == (200, quoted)
        assert "b" not in response.cookies
        form["token"] = token_in(client.get("/login").text)


@pytest.mark.parametrize("token", ["☃", "\ud800", "ÿ", ""])
def test_any_text_is_a_wrong_token_of_a_form(token: str) -> None:
    assert not is_same(token, "abc")
    assert is_same(token, token)


@pytest.mark.parametrize("address", ["//evil.example", "https://evil.example/", "/\\evil.example", "evil", "", "\\\\x"])
def test_an_address_of_another_site_is_replaced_by_the_home_page(address: str) -> None:
    assert _local_path(address) == "/"


@given(st.text())
def test_every_address_becomes_a_path_of_this_server(address: str) -> None:
    path = _local_path(address)
    assert path.startswith("/")
    assert not path.startswith(("//", "/\\"))


def test_logging_out_ends_the_session(server: CloudShellLocal, client: PortalClient) -> None:
    token = client.cookie
    assert server.services.access.session(token).user == "admin"
    assert client.post("/logout").headers["location"] == "/login"
    with pytest.raises(TokenInvalid):
        server.services.access.session(token)
    assert client.get("/sandboxes").status_code == 303
