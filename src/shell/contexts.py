"""The contexts that CloudShell calls a driver's commands with, for annotations."""

from __future__ import annotations

from typing import Union

from cloudshell.shell.core.driver_context import (
    AutoLoadCommandContext,
    ResourceCommandContext,
    ResourceRemoteCommandContext,
)

CommandContext = Union[AutoLoadCommandContext, ResourceCommandContext, ResourceRemoteCommandContext]
