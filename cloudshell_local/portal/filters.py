"""How templates and pages write names, addresses and VM details."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from cloudshell_local.storage.model import DetailField


def quoted(name: str) -> str:
    """Return a name as a part of an address, percent-encoded."""
    return quote(name, safe="")


def short_name(name: str) -> str:
    """Return an attribute's name without its model: "Size" for "Toy.Brick.Size"."""
    return name.rpartition(".")[2]


def visible_pairs(details: Sequence[DetailField]) -> list[tuple[str, str]]:
    """Return the names and values of VM details, without those that the driver hides."""
    return [(each.name, each.value) for each in details if not each.hidden]
