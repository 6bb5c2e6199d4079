"""The pages of Manage > Shells: the installed shells, their installation and their icons."""

from __future__ import annotations

from pathlib import Path

from starlette.routing import Route

from cloudshell_local.errors import WrongCall
from cloudshell_local.portal.icons import icon_response
from cloudshell_local.portal.pages import Page, PageRequest, PageResponse, Redirect
from cloudshell_local.portal.web import Web
from cloudshell_local.services.container import Services
from cloudshell_local.shells.folder import package_of


class ShellPages:
    """The pages of Manage > Shells, for administrators, and the icons, for all users."""

    def __init__(self, web: Web, services: Services) -> None:
        self._web = web
        self._catalog = services.catalog
        self._commands = services.commands

    def routes(self) -> list[Route]:
        """Return the routes of the pages and actions of Manage > Shells, and of icons."""
        return [
            self._web.page("/shells", self._list),
            self._web.action("/shells/upload", self._upload),
            self._web.action("/shells/folder", self._install_folder),
            self._web.action("/shells/{name}/delete", self._delete),
            self._web.action("/shells/{name}/renew", self._renew),
            self._web.page("/icons/shells/{name}", self._shell_icon),
            self._web.page("/icons/types/{name}", self._deployment_type_icon),
        ]

    def _list(self, request: PageRequest) -> PageResponse:
        shells = [(shell, self._catalog.installed(shell.name), self._catalog.users(shell)) for shell in self._catalog]
        return Page("shells.html", {"shells": shells}, ("shell", "resource", "App template"))

    def _upload(self, request: PageRequest) -> PageResponse:
        package = request.uploads.get("package", b"")
        if not package:
            raise WrongCall("Choose a shell's package, the zip that `shellfoundry pack` makes")
        self._catalog.install(package, request.session.user)
        return Redirect("/shells")

    def _install_folder(self, request: PageRequest) -> PageResponse:
        folder = Path(request.required("folder", "The folder")).expanduser()
        self._catalog.install(package_of(folder), request.session.user)
        return Redirect("/shells")

    def _delete(self, request: PageRequest) -> PageResponse:
        self._catalog.delete(request.path["name"])
        return Redirect("/shells")

    def _renew(self, request: PageRequest) -> PageResponse:
        self._commands.renew_environment(request.path["name"])
        return Redirect("/shells")

    def _shell_icon(self, request: PageRequest) -> PageResponse:
        return icon_response(self._catalog.shell(request.path["name"]).icon)

    def _deployment_type_icon(self, request: PageRequest) -> PageResponse:
        return icon_response(self._catalog.option(request.path["name"]).icon)
