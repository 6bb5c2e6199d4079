"""Data of sandboxes: texts by keys, not encrypted, which scripts leave there (docs/reference/features.md C1)."""

from __future__ import annotations

from collections.abc import Mapping

from cloudshell_local.errors import WrongCall
from cloudshell_local.services.sandboxes.sandboxes import Sandboxes


class SandboxData:
    """Reads and changes the data of sandboxes. Each method raises NotFound for a sandbox that is unknown.

    The data of a sandbox that has ended is kept, and can no longer be changed.
    """

    def __init__(self, sandboxes: Sandboxes) -> None:
        self._sandboxes = sandboxes

    def get(self, sandbox_id: str) -> Mapping[str, str]:
        """Return the data of a sandbox, also of one that has ended."""
        return self._sandboxes.get(sandbox_id).data

    def set(self, sandbox_id: str, values: Mapping[str, str]) -> None:
        """Set data by keys; other keys keep theirs. Raises WrongCall for an empty key, or if the sandbox has ended."""
        if not all(key.strip() for key in values):
            raise WrongCall("The data of a sandbox has a key without a letter")
        with self._sandboxes.changing_live(sandbox_id) as sandbox:
            sandbox.data.update(values)

    def clear(self, sandbox_id: str) -> None:
        """Delete all data of a sandbox; raise WrongCall if it has ended."""
        with self._sandboxes.changing_live(sandbox_id) as sandbox:
            sandbox.data = {}
