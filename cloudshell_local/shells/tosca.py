"""TOSCA files: the node types in them, whose attributes are those of the standard that they derive from, and their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from cloudshell_local.shells import standards
from cloudshell_local.shells.standards import TYPES, AttributeDefinition, Node

Problems = list[str]  # one sentence each, with the place it is about


@dataclass(frozen=True)
class NodeType:
    """A node type. place: where it stands, for problems; base: what it derives from; capability_types: the file's own."""

    name: str
    data: Mapping[str, Any]
    base: Node
    place: str
    problems: Problems
    capability_types: Mapping[str, Any] = field(default_factory=dict)

    @property
    def model(self) -> str:
        """The last part of its name, which is the model's or the deployment type's."""
        return self.name.rpartition(".")[2]

    def attributes(self, prefix: str) -> dict[str, AttributeDefinition]:
        """Return its attributes, the standard's too, by their full names."""
        own = {str(name): self._attribute(str(name), value) for name, value in mapping(self.data, "properties").items()}
        return {f"{prefix}{name}": attribute for name, attribute in {**self.base.attributes, **own}.items()}

    def has_capability(self, kind: str) -> bool:
        """Tell whether it has a capability of a type."""
        return any(each.get("type") == kind for each in self._capabilities())

    def capability(self, kind: str) -> dict[str, Any]:
        """Return the properties of its capability of a type, none if it has none.

        Those that the node type does not give are as the file's capability_types declare them.
        """
        declared = mapping(mapping(self.capability_types, kind), "properties")
        found = [mapping(each, "properties") for each in self._capabilities() if each.get("type") == kind]
        return {**declared, **found[0]} if found else {}

    def artifact(self, name: str) -> str:
        """Return the file that it names as an artifact, empty if it names none."""
        return str(mapping(mapping(self.data, "artifacts"), name).get("file", ""))

    def fail(self, problem: str) -> None:
        """Add a problem, at this place."""
        self.problems.append(f"{self.place}{problem}")

    def _capabilities(self) -> list[dict[str, Any]]:
        return [each for each in mapping(self.data, "capabilities").values() if isinstance(each, dict)]

    def _attribute(self, name: str, value: Any) -> AttributeDefinition:
        place = f".properties.{name}"
        if not isinstance(value, dict):
            self.fail(f"{place}: it should have a type")
            return AttributeDefinition()
        kind, standard = str(value.get("type", "")), self.base.attributes.get(name)
        if kind not in TYPES:
            self.fail(f"{place}: the type {kind!r} is unknown; it should be one of {', '.join(TYPES)}")
        elif standard and standard.type != kind:
            self.fail(f"{place}: the standard's attribute has the type {standard.type}, which cannot be changed")
        return AttributeDefinition(
            kind,
            as_text(value.get("default", standard.default if standard else "")),
            _values(value) or (standard.values if standard else ()),
            as_text(value.get("description")).strip(),
            tuple(str(tag) for tag in _sequence(value, "tags")),
        )


@dataclass
class ToscaFile:
    """place: its name, for problems; standard: the file name of the one that it imports."""

    place: str
    data: Mapping[str, Any]
    problems: Problems
    standard: str = ""
    bases: dict[str, Node] = field(default_factory=dict)

    @classmethod
    def read(cls, place: str, content: bytes, problems: Problems) -> ToscaFile | None:
        """Return a file; None, and a problem, for what is none."""
        try:
            data = YAML(typ="safe", pure=True).load(content.decode())
        except (YAMLError, UnicodeDecodeError) as error:
            problems.append(f"{place}: it is not YAML ({str(error).splitlines()[0]})")
            return None
        if not isinstance(data, dict):
            problems.append(f"{place}: it should have metadata, imports and node_types")
            return None
        file = cls(place, data, problems)
        file._import_standards()
        return file

    @property
    def metadata(self) -> dict[str, Any]:
        """What it says of itself."""
        return mapping(self.data, "metadata")

    @property
    def description(self) -> str:
        """What it says that it is for."""
        return as_text(self.data.get("description")).strip()

    def node_types(self) -> list[NodeType]:
        """Return its node types, as far as they derive from a standard's."""
        found = [self._node_type(str(name), data) for name, data in mapping(self.data, "node_types").items()]
        return [each for each in found if each]

    def fail(self, problem: str) -> None:
        """Add a problem, at this place."""
        self.problems.append(f"{self.place}: {problem}")

    def _import_standards(self) -> None:
        imports = [item for item in _sequence(self.data, "imports") if isinstance(item, dict)]
        files = [str(file) for item in imports for file in item.values()]
        for file in files:
            nodes = standards.nodes_of(file)
            if nodes is None:
                known = ", ".join(standards.files())
                self.fail(f"imports: the standard {file} is unknown; installed are {known}")
            else:
                self.bases.update(nodes)
                self.standard = file
        if not files:
            self.fail(f"imports: no standard is imported; it should be one of {', '.join(standards.files())}")

    def _node_type(self, name: str, data: Any) -> NodeType | None:
        place = f"node_types.{name}"
        if not isinstance(data, dict):
            self.fail(f"{place}: it should have derived_from and properties")
            return None
        derived_from = as_text(data.get("derived_from"))
        if derived_from in self.bases:
            declared = mapping(self.data, "capability_types")
            return NodeType(name, data, self.bases[derived_from], f"{self.place}: {place}", self.problems, declared)
        if self.bases:
            self.fail(f"{place}: derived_from {derived_from!r}: it should be one of {', '.join(self.bases)}")
        return None


def mapping(data: Any, key: str) -> dict[str, Any]:
    """Return a part of the data that should be a mapping, empty if it is none."""
    found = data.get(key) if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}


def as_text(value: Any) -> str:
    """Return a value as attributes have it: text, whatever type the YAML gives it."""
    return "" if value is None else str(value)


def _values(value: dict[str, Any]) -> tuple[str, ...]:
    for constraint in _sequence(value, "constraints"):
        if _sequence(constraint, "valid_values"):
            return tuple(as_text(item) for item in _sequence(constraint, "valid_values"))
    return ()


def _sequence(data: Any, key: str) -> list[Any]:
    """Return a part of the data that should be a list, empty if it is none."""
    found = data.get(key) if isinstance(data, dict) else None
    return found if isinstance(found, list) else []
