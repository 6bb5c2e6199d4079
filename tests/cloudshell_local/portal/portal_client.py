"""A client of the portal without a browser: pages are read as text, and forms are sent with their token."""

from __future__ import annotations

import html
import re
from typing import Any

import requests

from cloudshell_local import CloudShellLocal

HTMX = {"HX-Request": "true"}


class PortalClient:
    """A client of the portal that is logged in, unless the user is empty."""

    def __init__(self, cloudshell: CloudShellLocal, user: str = "admin", password: str = "admin") -> None:
        self.portal = cloudshell.portal.rstrip("/")
        self.session = requests.Session()
        self.token = ""
        if user:
            self.log_in(user, password)

    @property
    def cookie(self) -> str:
        """The session's token."""
        return self.session.cookies["cloudshell"] or ""

    def log_in(self, user: str, password: str, **fields: str) -> requests.Response:
        """Send the login form; return its response, whether it succeeded or not."""
        form = {"token": token_in(self.get("/login").text), "user": user, "password": password, "domain": "Global"}
        response = self.session.post(f"{self.portal}/login", {**form, **fields}, allow_redirects=False)
        if response.ok:
            self.token = token_in(self.get("/sandboxes").text)
        return response

    def get(self, path: str, **headers: str) -> requests.Response:
        """Return the response to a page's address, without following a redirect."""
        return self.session.get(self.portal + path, headers=headers, allow_redirects=False)

    def page_text(self, path: str) -> str:
        """Return a page's text as people read it; fail unless the status is 200."""
        response = self.get(path)
        assert response.status_code == 200, (response.status_code, text_of(response))
        return text_of(response)

    def post(
        self, path: str, /, files: Any = None, headers: dict[str, str] | None = None, **fields: str
    ) -> requests.Response:
        """Send a form as the browser itself does."""
        form = {"token": self.token, **fields}
        return self.session.post(self.portal + path, form, files=files, headers=headers, allow_redirects=False)

    def submit(self, path: str, /, files: Any = None, **fields: str) -> str:
        """Send a form as htmx does; return where it redirects to, empty if the page stays."""
        response = self.post(path, files, HTMX, **fields)
        assert response.status_code == 200, (response.status_code, text_of(response))
        return response.headers.get("HX-Redirect", "")

    def submit_error(self, path: str, /, files: Any = None, **fields: str) -> str:
        """Send a form as htmx does; return the error that is shown beside it."""
        response = self.post(path, files, HTMX, **fields)
        assert response.status_code == 422, (response.status_code, text_of(response))
        return text_of(response)


def token_in(page: str) -> str:
    """Return the token of a page's forms."""
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found, page
    return found[1]


def text_of(response: requests.Response) -> str:
    """Return the text of a page without its tags, with single spaces."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", response.text))).strip()
