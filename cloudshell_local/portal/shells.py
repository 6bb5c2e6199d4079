"""Manage > Shells: the installed shells, and their icons."""

from __future__ import annotations

from pathlib import Path

from starlette.routing import Route

from cloudshell_local.errors import WrongCall
from cloudshell_local.portal.icons import icon
from cloudshell_local.portal.web import Answer, Asked, Goto, Page, Web
from cloudshell_local.services.container import Services
from cloudshell_local.shells.folder import package_of


class ShellPages:
    def __init__(self, web: Web, services: Services) -> None:
        self._web = web
        self._catalog = services.catalog

    def routes(self) -> list[Route]:
        """Return the routes of Manage > Shells, and of icons."""
        return [
            self._web.shows("/shells", self._list, admin=True),
            self._web.does("/shells/upload", self._upload, admin=True),
            self._web.does("/shells/folder", self._install_folder, admin=True),
            self._web.does("/shells/{name}/delete", self._delete, admin=True),
            self._web.shows("/icons/shells/{name}", lambda asked: icon(self._catalog.shell(asked.path["name"]).icon)),
            self._web.shows("/icons/types/{name}", lambda asked: icon(self._catalog.option(asked.path["name"]).icon)),
        ]

    def _list(self, asked: Asked) -> Answer:
        listed = [(shell, self._catalog.installed(shell.name), self._catalog.users(shell)) for shell in self._catalog]
        return Page("shells.html", {"shells": listed}, ("shell", "resource", "App template"))

    def _upload(self, asked: Asked) -> Answer:
        package = asked.uploads.get("package", b"")
        if not package:
            raise WrongCall("Choose a shell's package, a zip as `shellfoundry pack` makes it")
        self._catalog.install(package, asked.session.user)
        return Goto("/shells")

    def _install_folder(self, asked: Asked) -> Answer:
        folder = Path(asked.required("folder", "The folder")).expanduser()
        self._catalog.install(package_of(folder), asked.session.user)
        return Goto("/shells")

    def _delete(self, asked: Asked) -> Answer:
        self._catalog.delete(asked.path["name"])
        return Goto("/shells")
