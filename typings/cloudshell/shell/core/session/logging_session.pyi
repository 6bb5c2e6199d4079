from logging import Logger

from cloudshell.shell.core.driver_context import (
    AutoLoadCommandContext,
    ResourceCommandContext,
    ResourceRemoteCommandContext,
)

class LoggingSessionContext:
    @staticmethod
    def get_logger_for_context(
        context: AutoLoadCommandContext | ResourceCommandContext | ResourceRemoteCommandContext,
    ) -> Logger: ...
