"""A whole CloudShell server: the data folder, the services on it, and the three applications that serve them."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from cloudshell_local.automation_api.api import AutomationApi, operation_groups
from cloudshell_local.guards import HostGuard
from cloudshell_local.http import HttpServer, close_all
from cloudshell_local.portal.portal import Portal
from cloudshell_local.rest_api.api import RestApi
from cloudshell_local.services.background import BackgroundTasks
from cloudshell_local.services.container import open_services
from cloudshell_local.settings import Settings
from cloudshell_local.storage.data_folder import open_data_folder


class Server:
    """A CloudShell server that runs from when it is made until it is closed.

    data: the data folder, made if it is missing. listeners: listening sockets for the automation API, the REST API and the
    portal. Raises LocalError when the data folder cannot be used.
    """

    def __init__(self, data: Path, listeners: Sequence[socket.socket], settings: Settings) -> None:
        self.address = str(listeners[0].getsockname()[0])
        self.portal_port = int(listeners[-1].getsockname()[1])
        with ExitStack() as stack:
            # Closed in the opposite order: first what API calls and background tasks wait for, then they.
            folder = stack.enter_context(open_data_folder(data))
            background = BackgroundTasks(folder.store.changes)
            stack.callback(background.close)
            servers: list[HttpServer] = []
            stack.callback(close_all, servers)
            self.services = stack.enter_context(open_services(folder, background, settings, self.address))
            portal = Portal(self.services)
            stack.callback(portal.close)
            api = AutomationApi(self.services.access, self.services.permissions, operation_groups(self.services))
            apps = [HostGuard(app, settings.allowed_hosts) for app in (api.app, RestApi(self.services).app, portal.app)]
            servers += [HttpServer(app, listener) for app, listener in zip(apps, listeners)]
            self._stack = stack.pop_all()

    def close(self) -> None:
        """End drivers, orchestration and the applications; what the data folder holds stays."""
        self._stack.close()
