from abc import abstractmethod

from cloudshell.shell.core.driver_context import InitCommandContext

class ResourceDriverInterface:
    @abstractmethod
    def initialize(self, context: InitCommandContext) -> None: ...
    @abstractmethod
    def cleanup(self) -> None: ...
