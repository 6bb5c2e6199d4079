"""Search for resources of Inventory, with the sandboxes that use them: FindResources (docs/reference/features.md C2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cloudshell_local.services.inventory import Inventory
from cloudshell_local.storage.model import Resource, Sandbox
from cloudshell_local.storage.store import Store


@dataclass(frozen=True)
class ResourceQuery:
    """Properties of the resources that are searched for; an empty one is true of every resource.

    name: of the resource, or its full path; a part of that, in any case of letters, if is_exact is false. address: or its
    beginning. attributes: values by full or short names. excluded: whether excluded resources are found, too.
    """

    family: str = ""
    model: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    is_exact: bool = True
    address: str = ""
    id: str = ""
    excluded: bool = False

    def matches(self, resource: Resource) -> bool:
        """Return whether a resource is one of those that are searched for."""
        return (
            self.family in ("", resource.family)
            and self.model in ("", resource.model)
            and self.id in ("", resource.id)
            and self._has_name(resource)
            and resource.address.startswith(self.address)
            and (self.excluded or not resource.excluded)
            and all(_has_attribute(resource, name, value) for name, value in self.attributes.items())
        )

    def _has_name(self, resource: Resource) -> bool:
        path = full_path(resource)
        return self.name in ("", resource.name, path) or (not self.is_exact and self.name.lower() in path.lower())


@dataclass(frozen=True)
class FoundResource:
    """A resource, and the sandboxes that use it and have not ended."""

    resource: Resource
    sandboxes: Sequence[Sandbox]


class ResourceSearch:
    """Finds resources of Inventory."""

    def __init__(self, store: Store, inventory: Inventory) -> None:
        self._store = store
        self._inventory = inventory

    def find(self, query: ResourceQuery, most: int) -> list[FoundResource]:
        """Return the resources that match, and no more than so many."""
        return self._with_sandboxes([each for each in self._store.resources if query.matches(each)][:most])

    def named(self, names: Sequence[str]) -> list[FoundResource]:
        """Return resources by their names, also with their folders; raise NotFound."""
        return self._with_sandboxes([self._store.resources.get(self._inventory.split(name)[0]) for name in names])

    def _with_sandboxes(self, resources: Iterable[Resource]) -> list[FoundResource]:
        # A sandbox that has ended has no resources.
        users: dict[str, list[Sandbox]] = {}
        for sandbox in self._store.sandboxes:
            for name in sandbox.resources:
                users.setdefault(name, []).append(sandbox)
        return [FoundResource(each, users.get(each.name, [])) for each in resources]


def full_path(resource: Resource) -> str:
    """Return the name of a resource after its folder."""
    return f"{resource.folder}/{resource.name}" if resource.folder else resource.name


def _has_attribute(resource: Resource, name: str, value: str) -> bool:
    found = {full: each for full, each in resource.attributes.items() if full == name or full.endswith(f".{name}")}
    return value in found.values()
