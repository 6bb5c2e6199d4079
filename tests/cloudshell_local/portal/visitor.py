"""Somebody at the portal without a browser: pages are texts, and forms are sent with their token."""

from __future__ import annotations

import html
import re
from typing import Any

import requests

from cloudshell_local import CloudShellLocal

HTMX = {"HX-Request": "true"}


class Visitor:
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
        form = {"token": token_in(self.get("/login").text), "user": user, "password": password, "domain": "Global"}
        answer = self.session.post(f"{self.portal}/login", {**form, **fields}, allow_redirects=False)
        if answer.ok:
            self.token = token_in(self.get("/sandboxes").text)
        return answer

    def get(self, path: str, **headers: str) -> requests.Response:
        return self.session.get(self.portal + path, headers=headers, allow_redirects=False)

    def sees(self, path: str) -> str:
        """Return a page's text, as people read it."""
        answer = self.get(path)
        assert answer.status_code == 200, (answer.status_code, text_of(answer))
        return text_of(answer)

    def send(
        self, path: str, /, files: Any = None, headers: dict[str, str] | None = None, **fields: str
    ) -> requests.Response:
        """Send a form as the browser itself does."""
        form = {"token": self.token, **fields}
        return self.session.post(self.portal + path, form, files=files, headers=headers, allow_redirects=False)

    def does(self, path: str, /, files: Any = None, **fields: str) -> str:
        """Send a form as htmx does; return where it leads to, empty for where one is."""
        answer = self.send(path, files, HTMX, **fields)
        assert answer.status_code == 200, (answer.status_code, text_of(answer))
        return answer.headers.get("HX-Redirect", "")

    def fails(self, path: str, /, files: Any = None, **fields: str) -> str:
        """Send a form as htmx does; return the error that stands beside it then."""
        answer = self.send(path, files, HTMX, **fields)
        assert answer.status_code == 422, (answer.status_code, text_of(answer))
        return text_of(answer)


def token_in(page: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found, page
    return found[1]


def text_of(answer: requests.Response) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", answer.text))).strip()
