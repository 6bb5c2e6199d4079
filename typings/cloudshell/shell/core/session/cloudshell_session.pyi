from cloudshell.api.cloudshell_api import CloudShellAPISession
from cloudshell.shell.core.driver_context import (
    AutoLoadCommandContext,
    ResourceCommandContext,
    ResourceRemoteCommandContext,
)

class CloudShellSessionContext:
    def __init__(
        self, context: AutoLoadCommandContext | ResourceCommandContext | ResourceRemoteCommandContext
    ) -> None: ...
    def get_api(self) -> CloudShellAPISession: ...
