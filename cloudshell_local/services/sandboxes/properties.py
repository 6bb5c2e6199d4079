"""Properties of a sandbox that people change while it lives: its name, description, users, inputs and end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cloudshell_local.errors import NotFound, WrongCall, known_names
from cloudshell_local.orchestration.inputs import require_inputs
from cloudshell_local.services.names import Named, require_name
from cloudshell_local.services.sandboxes.sandboxes import Sandboxes
from cloudshell_local.services.times import LONGEST_MINUTES, minutes_after, minutes_until
from cloudshell_local.storage.model import Sandbox
from cloudshell_local.storage.store import Store

# The remaining time of a sandbox whose time is over, and that has not ended yet (docs/reference/features.md C8).
OVERTIME = -1


class SandboxProperties:
    """Changes the properties of sandboxes.

    Each method raises NotFound for a sandbox that is unknown; each change raises WrongCall for one that has ended.
    """

    def __init__(self, store: Store, sandboxes: Sandboxes) -> None:
        self._store = store
        self._sandboxes = sandboxes

    def rename(self, sandbox_id: str, name: str) -> None:
        """Rename a sandbox; raise WrongCall for a name that CloudShell does not allow."""
        require_name(Named.SANDBOX, name)
        with self._sandboxes.changing_live(sandbox_id) as sandbox:
            sandbox.name = name
        self._sandboxes.post(sandbox_id, f"The sandbox was renamed to '{name}'")

    def describe(self, sandbox_id: str, description: str) -> None:
        """Set the description of a sandbox."""
        with self._sandboxes.changing_live(sandbox_id) as sandbox:
            sandbox.description = description

    def permit(self, sandbox_id: str, users: Sequence[str]) -> None:
        """Let users use a sandbox; those who may already still may. Raises NotFound for a user who is unknown."""
        for name in users:
            self._require_user(name)
        with self._sandboxes.changing_live(sandbox_id) as sandbox:
            new = [name for name in dict.fromkeys(users) if name not in sandbox.users]
            sandbox.permitted_users += new
        if new:
            self._sandboxes.post(sandbox_id, f"Permitted users were added: {', '.join(new)}")

    def withdraw(self, sandbox_id: str, users: Sequence[str]) -> None:
        """Let users no longer use a sandbox; raise WrongCall for its owner and for one who is not permitted."""
        with self._sandboxes.changing_live(sandbox_id) as sandbox:
            for name in users:
                _require_permitted(sandbox, name)
            sandbox.permitted_users = [name for name in sandbox.permitted_users if name not in users]
        if users:
            self._sandboxes.post(sandbox_id, f"Permitted users were removed: {', '.join(users)}")

    def set_inputs(self, sandbox_id: str, values: Mapping[str, str]) -> None:
        """Set inputs of a sandbox's orchestration; raise NotFound for one that it was not reserved with.

        Raises WrongCall for a value that orchestration could not have.
        """
        require_inputs(values)
        with self._sandboxes.changing_live(sandbox_id) as sandbox:
            for name in values:
                if name not in sandbox.inputs:
                    raise NotFound(name, known_names("Inputs of the sandbox", sandbox.inputs))
            sandbox.inputs.update(values)

    def extend(self, sandbox_id: str, minutes: int) -> None:
        """Let a sandbox end so many minutes later than it would; raise WrongCall during its teardown."""
        if minutes <= 0:
            raise WrongCall(f"A sandbox is extended by 1 or more minutes, not by {minutes}")
        with self._sandboxes.changing_live(sandbox_id) as sandbox:
            if sandbox.provisioning == "Teardown":
                raise WrongCall(f"The sandbox '{sandbox.name}' is in its teardown and cannot be extended")
            sandbox.end = _extended(sandbox, minutes)
        self._sandboxes.post(sandbox_id, f"The sandbox was extended by {minutes} minutes")

    def remaining_minutes(self, sandbox_id: str) -> float:
        """Return how many minutes a sandbox has left: OVERTIME if its time is over, 0 if it has ended."""
        sandbox = self._sandboxes.get(sandbox_id)
        if sandbox.is_over:
            return 0
        left = minutes_until(sandbox.end)
        return round(left, 2) if left >= 0 else OVERTIME

    def _require_user(self, name: str) -> None:
        if name not in self._store.users:
            raise NotFound(name, known_names("Users", (each.name for each in self._store.users)))


def _require_permitted(sandbox: Sandbox, name: str) -> None:
    if name == sandbox.owner:
        raise WrongCall(f"'{name}' owns the sandbox '{sandbox.name}' and stays its user")
    if name not in sandbox.permitted_users:
        known = ", ".join(sandbox.permitted_users) or "none"
        raise WrongCall(f"'{name}' is not a permitted user of the sandbox '{sandbox.name}'; those are: {known}")


def _extended(sandbox: Sandbox, minutes: int) -> str:
    latest = minutes_after(sandbox.start, LONGEST_MINUTES)
    # A number of minutes may be one that no date can be made with.
    end = minutes_after(sandbox.end, min(minutes, LONGEST_MINUTES + 1))
    if end > latest:
        raise WrongCall(f"The sandbox '{sandbox.name}' can last {LONGEST_MINUTES} minutes in all, until {latest} (UTC)")
    return end
