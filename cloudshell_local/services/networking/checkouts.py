"""Pools of numbers and addresses that drivers check items out of. An item is free again when it is released.

The selection criteria are those that the shells of AWS, Azure and others send: a JSON object with type, poolId,
reservationId, ownerId and isolation, and, by type, requestedRange, requestedItem, or subnetRange with reservedIps. The
isolation is not looked at: every checkout is exclusive, which is a guess (see "What is guessed" in README.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import Any

from cloudshell_local.errors import Exhausted, WrongCall
from cloudshell_local.storage.model import PoolItem
from cloudshell_local.storage.store import Store
from cloudshell_local.text import parsed_json

FROM_RANGE, SPECIFIC, NEXT_IP = "NextAvailableNumericFromRange", "SpecificNumeric", "NextAvailableIP"


class Checkouts:
    """The items that are checked out, of all pools. A pool need not be created before an item is checked out of it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def check_out(self, criteria: str) -> str:
        """Check out the first free item that meets the selection criteria (JSON text), and return it.

        Raises WrongCall for criteria that cannot be read, and Exhausted when no item is free.
        """
        wanted = _lower_keys(_parsed(criteria))
        pool = str(wanted.get("poolid") or "")
        with self._store.lock:
            taken = {item.value for item in self._store.pool_items if item.pool == pool}
            value = _first_free(wanted, taken)
            item = PoolItem(pool, value, str(wanted.get("reservationid") or ""), str(wanted.get("ownerid") or ""))
            self._store.pool_items.put(f"{pool} {value}", item)
        return value

    def release(self, values: Sequence[str], pool: str, sandbox: str = "", owner: str = "") -> None:
        """Release items of a pool, if this sandbox (its id) and this owner hold them; an empty one stands for any."""
        with self._store.lock:
            for item in self._store.pool_items:
                mine = sandbox in ("", item.sandbox) and owner in ("", item.owner)
                if item.pool == pool and item.value in values and mine:
                    self._store.pool_items.remove(f"{item.pool} {item.value}")

    def release_all(self, sandbox: str) -> None:
        """Release all items that a sandbox (its id) holds."""
        with self._store.lock:
            for item in self._store.pool_items:
                if item.sandbox == sandbox:
                    self._store.pool_items.remove(f"{item.pool} {item.value}")


def _first_free(criteria: Mapping[str, Any], taken: set[str]) -> str:
    for candidate in _candidates(criteria):
        if candidate not in taken:
            return candidate
    what = "IP" if criteria.get("type") == NEXT_IP else "item"
    raise Exhausted(f"Error occurred in CheckoutFromPool. Error: Could not find available {what}.")


def _candidates(criteria: Mapping[str, Any]) -> Iterable[str]:
    kind = criteria.get("type")
    try:
        if kind == FROM_RANGE:
            wanted = criteria["requestedrange"]
            return map(str, range(int(wanted["start"]), int(wanted["end"]) + 1))
        if kind == SPECIFIC:
            return [str(int(criteria["requesteditem"]["value"]))]
        if kind == NEXT_IP:
            reserved = {ip_address(each) for each in criteria.get("reservedips") or ()}
            return (str(each) for each in ip_network(criteria["subnetrange"]) if each not in reserved)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise WrongCall(
            f"The selection criteria of the type {kind} cannot be read: {type(error).__name__}, {error}"
        ) from None
    raise WrongCall(f"The selection criteria's type {kind!r} should be one of {FROM_RANGE}, {SPECIFIC}, {NEXT_IP}")


def _parsed(criteria: str) -> dict[str, Any]:
    try:
        found = parsed_json(criteria)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise WrongCall("The selection criteria should be a JSON object")
    return found


def _lower_keys(value: Any) -> Any:
    """Return a value with all its keys in lower case, since shells write both Start and start."""
    if isinstance(value, dict):
        return {str(name).lower(): _lower_keys(each) for name, each in value.items()}
    return value
