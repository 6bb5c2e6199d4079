"""The operation that edits Apps of a sandbox. The shape of its request: docs/reference/features.md C3."""

from __future__ import annotations

from cloudshell_local.access import Session
from cloudshell_local.automation_api.xml import Record, Records, values_by_name
from cloudshell_local.services.container import Services
from cloudshell_local.services.sandboxes.app_editing import AppEdit


class AppEditingOperations:
    """The operation that edits Apps that are not deployed."""

    def __init__(self, services: Services) -> None:
        self._app_editing = services.app_editing

    def EditAppsInReservation(self, session: Session, reservationId: str, editAppsRequests: Records) -> None:
        self._app_editing.edit(reservationId, [_edit(each) for each in editAppsRequests], session.is_admin)


def _edit(request: Record) -> AppEdit:
    nothing = Record("", {})
    resource = request.record("AppDetails") or nothing
    path = request.record("DefaultDeployment") or nothing
    return AppEdit(
        request.text("Name"),
        request.text("NewName", ""),
        request.text("Description", ""),
        resource.text("ModelName", ""),
        resource.text("Driver", ""),
        _attributes(resource),
        path.text("Name", ""),
        _attributes(path.record("Deployment") or nothing),
    )


def _attributes(record: Record) -> dict[str, str] | None:
    """Return the attributes of a record, None if it has no list of them, or an empty one."""
    return values_by_name(record.records("Attributes")) or None
