"""A user of the portal in a real browser, and a check that the browser asks no server but this one."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

SCREENSHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"
# Chromium's own services would use the network, and its sandbox does not work in a container.
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # One process for all pages: starting one for each page takes more than most pages do.
    "--renderer-process-limit=1",
    "--disable-site-isolation-trials",
]
SECONDS = 60


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the Chromium of the machine, or else the one that `playwright install chromium` installed."""
    expect.set_options(timeout=1000 * SECONDS)
    path = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        yield browser
        browser.close()


class PortalUser:
    """A user with a browser window of their own.

    page: the open page. problems: errors of the browser, and addresses of other servers that it asked for.
    """

    def __init__(
        self,
        browser: Browser,
        portal: str,
        width: int = 1280,
        color_scheme: Literal["light", "dark"] = "light",
        java_script_enabled: bool = True,
    ) -> None:
        self.portal = portal.rstrip("/")
        self.context = browser.new_context(
            viewport={"width": width, "height": 1000},
            color_scheme=color_scheme,
            reduced_motion="reduce",  # What turns while a command runs costs as much as the command.
            java_script_enabled=java_script_enabled,
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(1000 * SECONDS)
        self.page.on("dialog", lambda dialog: dialog.accept())
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", lambda message: self._note(message.type, message.text))
        self.page.on("request", lambda request: self._note_address(request.url))

    def close(self) -> None:
        self.context.close()
        assert not self.problems, self.problems

    def log_in(self, user: str = "admin", password: str = "admin") -> None:
        self.open("/login")
        self.fill({"User": user, "Password": password})
        self.press("Log in")
        expect(self.page.get_by_role("button", name="Log out")).to_be_visible()

    def open(self, path: str) -> None:
        self.page.goto(self.portal + path)

    def open_menu(self, name: str) -> None:
        self.page.get_by_role("navigation", name="Main").get_by_role("link", name=name).click()

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name).first.click()

    def press(self, name: str, within: Locator | None = None) -> None:
        (within or self.page).get_by_role("button", name=name, exact=True).first.click()

    def fill(self, fields: dict[str, str], within: Locator | None = None) -> None:
        for label, value in fields.items():
            field = (within or self.page.get_by_role("main")).get_by_label(label, exact=True).first
            if field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)

    def expect_text(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_role("main").get_by_text(text).first).to_be_visible()

    def expect_heading(self, name: str) -> None:
        expect(self.page.get_by_role("heading", name=name, level=1)).to_be_visible()

    def row(self, name: str) -> Locator:
        return self.page.get_by_role("row").filter(has=self.page.get_by_role("rowheader", name=name))

    def region(self, name: str) -> Locator:
        return self.page.get_by_role("region", name=name, exact=True)

    def box(self, app: str) -> Locator:
        """Return an App's box in the diagram, deployed or not."""
        return self.page.locator("a.box").filter(has_text=re.compile(rf"{app}"))

    def screenshot(self, name: str) -> None:
        """Take a picture, if `make screenshots` asks for it."""
        if "SCREENSHOTS" not in os.environ:
            return
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", animations="disabled")

    # The steps of the developer guide

    def install(self, package: Path) -> None:
        self.open_menu("Manage: Shells")
        self.page.get_by_label("Package").set_input_files(package)
        self.press("Install")

    def create_resource(self, shell: str, name: str) -> None:
        self.open_menu("Inventory")
        self.follow("Create new")
        self.follow(shell)
        self.fill({"Name": name})
        self.press("Create")
        self.expect_heading("Validation & Discovery")

    def discover(self, **fields: str) -> None:
        self.fill(fields)
        self.press("Start Discovery")

    def create_app(self, name: str, option: str, provider: str, **fields: str) -> None:
        self.open_menu("Manage: Apps")
        self.follow("Create new App")
        self.follow(option)
        self.fill({"App's name": name, "Cloud provider resource": provider, **fields})
        self.press("Create")
        self.expect_heading(f"{name}: App Resource")

    def create_blueprint(
        self, name: str, apps: list[str], service: str = "", connectors: Sequence[tuple[str, str]] = ()
    ) -> None:
        self.open_menu("Blueprints")
        self.fill({"Name": name})
        self.press("Create")
        for app in apps:
            self.fill({"App template": app}, self.region("Add an App"))
            self.press("Add App")
            expect(self.page.locator(".box").filter(has_text=app)).to_be_visible()
        if service:
            self.fill({"Service": service}, self.region("Add a service"))
            self.press("Add service")
            expect(self.page.locator(".box.service")).to_be_visible()
        for number, (source, target) in enumerate(connectors, 1):
            self.fill({"From": source, "To": target}, self.region("Connect"))
            self.press("Connect", self.region("Connect"))
            expect(self.page.locator("path.line")).to_have_count(number)

    def reserve(self, name: str, set_up: bool = True) -> None:
        self.fill({"Sandbox name": name}, self.region("Reserve"))
        self.page.get_by_label("Run Setup at once").set_checked(set_up)
        self.press("Reserve")
        self.expect_heading(name)

    def _note(self, kind: str, text: str) -> None:
        # Chromium reports each response of 4xx; the tests look at the page to see what it means.
        if kind == "error" and "Failed to load resource" not in text:
            self.problems.append(text)

    def _note_address(self, address: str) -> None:
        own = urlsplit(self.portal).netloc
        if urlsplit(address).netloc != own:
            self.problems.append(f"{address} was asked for")
