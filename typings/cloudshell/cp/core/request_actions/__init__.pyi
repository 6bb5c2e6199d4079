from collections.abc import Sequence

from cloudshell.cp.core.request_actions import models as models

class DriverResponse:
    def __init__(self, action_results: Sequence[models.BaseActionResult] | None = None) -> None: ...
    def to_driver_response_json(self) -> str: ...
