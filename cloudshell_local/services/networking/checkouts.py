"""Pools of numbers and addresses, which drivers check out of: what one has, no other gets until it is released.

The requests are those that the shells of AWS, Azure and others send: {"type", "poolId", "reservationId", "ownerId",
"isolation"} and, by type, "requestedRange", "requestedItem" or "subnetRange" with "reservedIps". What is checked out here is
exclusive.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import Any

from cloudshell_local.errors import Exhausted, WrongCall
from cloudshell_local.storage.model import PoolItem
from cloudshell_local.storage.store import Store

FROM_RANGE, SPECIFIC, NEXT_IP = "NextAvailableNumericFromRange", "SpecificNumeric", "NextAvailableIP"


class Checkouts:
    """All pools; one is there as soon as somebody names it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def check_out(self, criteria: str) -> str:
        """Return the first free item that meets the criteria (JSON); raise WrongCall or Exhausted."""
        asked = _lower_keys(_parsed(criteria))
        pool = str(asked.get("poolid") or "")
        with self._store.lock:
            taken = {item.value for item in self._store.pool_items if item.pool == pool}
            value = _first_free(asked, taken)
            item = PoolItem(pool, value, str(asked.get("reservationid") or ""), str(asked.get("ownerid") or ""))
            self._store.pool_items.put(f"{pool} {value}", item)
        return value

    def release(self, values: Sequence[str], pool: str, sandbox: str = "", owner: str = "") -> None:
        """Give items back, as far as they are this sandbox's and owner's; empty: whoever's."""
        with self._store.lock:
            for item in self._store.pool_items:
                mine = sandbox in ("", item.sandbox) and owner in ("", item.owner)
                if item.pool == pool and item.value in values and mine:
                    self._store.pool_items.remove(f"{item.pool} {item.value}")

    def release_all(self, sandbox: str) -> None:
        """Give back what a sandbox has."""
        with self._store.lock:
            for item in self._store.pool_items:
                if item.sandbox == sandbox:
                    self._store.pool_items.remove(f"{item.pool} {item.value}")


def _first_free(asked: Mapping[str, Any], taken: set[str]) -> str:
    for candidate in _candidates(asked):
        if candidate not in taken:
            return candidate
    what = "IP" if asked.get("type") == NEXT_IP else "item"
    raise Exhausted(f"Error occurred in CheckoutFromPool. Error: Could not find available {what}.")


def _candidates(asked: Mapping[str, Any]) -> Iterable[str]:
    kind = asked.get("type")
    try:
        if kind == FROM_RANGE:
            wanted = asked["requestedrange"]
            return map(str, range(int(wanted["start"]), int(wanted["end"]) + 1))
        if kind == SPECIFIC:
            return [str(int(asked["requesteditem"]["value"]))]
        if kind == NEXT_IP:
            reserved = {ip_address(each) for each in asked.get("reservedips") or ()}
            return (str(each) for each in ip_network(asked["subnetrange"]) if each not in reserved)
    except (KeyError, TypeError, ValueError) as error:
        raise WrongCall(
            f"The selection criteria of the type {kind} cannot be read: {type(error).__name__}, {error}"
        ) from None
    raise WrongCall(f"The selection criteria's type {kind!r} should be one of {FROM_RANGE}, {SPECIFIC}, {NEXT_IP}")


def _parsed(criteria: str) -> dict[str, Any]:
    try:
        found = json.loads(criteria)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise WrongCall("The selection criteria should be a JSON object")
    return found


def _lower_keys(value: Any) -> Any:
    """Return a value with all its keys in lower case: shells write Start and start."""
    if isinstance(value, dict):
        return {str(name).lower(): _lower_keys(each) for name, each in value.items()}
    return value
