"""VM details as drivers answer them in Deploy and GetVmDetails: docs/reference/wire.md §4 and §6."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cloudshell_local.errors import CommandFailed
from cloudshell_local.storage.model import DetailField, NetworkInterface, VmDetails
from cloudshell_local.text import parsed_json

_FIELDS = ("appName", "vmInstanceData", "vmNetworkData", "errorMessage")


def read(details: VmDetails, data: Mapping[str, Any]) -> VmDetails:
    """Return VM details, updated by what a driver answered (the vmDetailsData of Deploy, an entry of GetVmDetails)."""
    return replace(
        details,
        instance=_fields(data.get("vmInstanceData")),
        networks=[_interface(each) for each in data.get("vmNetworkData") or ()],
    )


def refreshed(details: VmDetails, data: Mapping[str, Any] | None) -> VmDetails:
    """Return VM details, updated by an entry of GetVmDetails; None for one that is missing.

    An entry with an error (docs/reference/wire.md §6) or without details leaves them as they were, with the error beside
    them.
    """
    error = (
        str(data.get("errorMessage") or missing(data)) if data is not None else "'GetVmDetails' answered nothing of it"
    )
    return replace(details, error=error) if data is None or error else replace(read(details, data), error="")


def missing(data: Mapping[str, Any] | None) -> str:
    """Return a sentence for an entry of GetVmDetails that has no details and no error; empty for others.

    Drivers exist that answer so with the reason in a field of their own: docs/reference/wire.md §6.
    """
    if data is None or any(data.get(name) for name in _FIELDS[1:]):
        return ""
    unknown = [str(name) for name in data if name not in _FIELDS]
    return "'GetVmDetails' answered no details" + (f", but the unknown field {', '.join(unknown)}" if unknown else "")


def by_app(answer: str | None) -> dict[str, Mapping[str, Any]]:
    """Return the entries of a GetVmDetails answer by the deployed apps' names; raise CommandFailed for another shape."""
    try:
        found = parsed_json(answer or "")
        return {str(each["appName"]): each for each in found}
    except (ValueError, KeyError, TypeError):
        raise CommandFailed("'GetVmDetails' answered no list of VM details, each with its appName") from None


def _interface(data: Mapping[str, Any]) -> NetworkInterface:
    return NetworkInterface(
        _text(data.get("interfaceId")),
        _text(data.get("networkId")),
        bool(data.get("isPrimary")),
        _fields(data.get("networkData")),
        _text(data.get("privateIpAddress")),
        _text(data.get("publicIpAddress")),
    )


def _fields(items: Any) -> list[DetailField]:
    return [
        DetailField(_text(each.get("key")), _text(each.get("value")), bool(each.get("hidden"))) for each in items or ()
    ]


def _text(value: Any) -> str:
    return "" if value is None else str(value)
