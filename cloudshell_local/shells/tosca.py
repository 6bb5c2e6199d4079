"""TOSCA files: their node types, with the attributes of the standard that they derive from and their own."""

from __future__ import annotations

from dataclasses import dataclass, field

from cloudshell_local.shells import standards
from cloudshell_local.shells.findings import Findings
from cloudshell_local.shells.properties import Property
from cloudshell_local.shells.standards import AttributeDefinition, StandardNodeType
from cloudshell_local.shells.yaml_data import YamlMapping, as_text, mapping, sequence
from cloudshell_local.shells.yaml_reader import NotYaml, read_yaml

HOSTED = "this server hosts only shells of cloud providers and of deployed apps"


@dataclass(frozen=True)
class NodeType:
    """A node type. base: the standard's node type that it derives from; location: where it is, for its findings.

    capability_types: those that its file declares.
    """

    name: str
    data: YamlMapping
    base: StandardNodeType
    location: str
    findings: Findings
    capability_types: YamlMapping = field(default_factory=dict)

    @property
    def model(self) -> str:
        """Last part of its name: the name of the model or of the deployment type."""
        return self.name.rpartition(".")[2]

    def attributes(self, prefix: str) -> dict[str, AttributeDefinition]:
        """Return its attributes and its standard's by their full names. prefix: what a full name begins with."""
        own = {name: self._attribute(name, value) for name, value in mapping(self.data, "properties").items()}
        return {f"{prefix}{name}": attribute for name, attribute in {**self.base.attributes, **own}.items()}

    def has_capability(self, kind: str) -> bool:
        """Return whether it has a capability of a type."""
        return any(each.get("type") == kind for each in self._capabilities())

    def capability(self, kind: str) -> YamlMapping:
        """Return the properties of its capability of a type, none if it has none.

        Properties that the node type does not give are those of the type's declaration in the file.
        """
        declared = mapping(mapping(self.capability_types, kind), "properties")
        found = [mapping(each, "properties") for each in self._capabilities() if each.get("type") == kind]
        return {**declared, **found[0]} if found else {}

    @property
    def may_remove_attributes(self) -> bool:
        """The switch of its DeprecateProperties capability: on if it has the capability, unless its default is false.

        The capability's type need not be declared under capability_types: the server's standards lack it, as they lack
        SupportConcurrentCommands, and shells use both (docs/reference/features.md A3, docs/reference/server.md §7).
        """
        switch = self.capability(standards.DEPRECATE_PROPERTIES).get(standards.ALLOW_DEPRECATE_PROPERTIES)
        value = switch.get("default") if isinstance(switch, dict) else switch
        return self.has_capability(standards.DEPRECATE_PROPERTIES) and as_text(value).lower() != "false"

    def artifact(self, name: str) -> str:
        """Return the file that it names as an artifact, empty if it names none."""
        return str(mapping(mapping(self.data, "artifacts"), name).get("file", ""))

    def fail(self, problem: str) -> None:
        """Add a problem. problem: begins with the rest of its location."""
        self.findings.fail(f"{self.location}{problem}")

    def warn(self, warning: str) -> None:
        """Add a warning. warning: begins with the rest of its location."""
        self.findings.warn(f"{self.location}{warning}")

    def _capabilities(self) -> list[YamlMapping]:
        return [each for each in mapping(self.data, "capabilities").values() if isinstance(each, dict)]

    def _attribute(self, name: str, value: object) -> AttributeDefinition:
        if not isinstance(value, dict):
            self.fail(f".properties.{name}: it should have a type")
            return AttributeDefinition()
        standard = self.base.attributes.get(name)
        return Property(f"{self.location}.properties.{name}", value, standard, self.findings).definition()


@dataclass
class ToscaFile:
    """A TOSCA file. location: its name, for its findings; standard: the file name of the standard that it imports."""

    location: str
    data: YamlMapping
    findings: Findings
    standard: str = ""
    base_types: dict[str, StandardNodeType] = field(default_factory=dict)

    @classmethod
    def read(cls, location: str, content: bytes, findings: Findings) -> ToscaFile | None:
        """Return the file with this content; None, and a problem, if the content is no TOSCA file."""
        try:
            data = read_yaml(content)
        except NotYaml as error:
            findings.fail(f"{location}: {error}")
            return None
        if not isinstance(data, dict):
            findings.fail(f"{location}: it should have metadata, imports and node_types")
            return None
        file = cls(location, data, findings)
        file._import_standards()
        return file

    @property
    def metadata(self) -> YamlMapping:
        """Metadata of the file: template_name, template_version, template_author."""
        return mapping(self.data, "metadata")

    @property
    def description(self) -> str:
        """Description of the file, empty if there is none."""
        return as_text(self.data.get("description")).strip()

    def node_types(self) -> list[NodeType]:
        """Return its node types that derive from a standard's; another one is left out, with a warning beside those.

        Where there are no others, it is a problem.
        """
        read = {name: self._node_type(name, data) for name, data in mapping(self.data, "node_types").items()}
        found = [each for each in read.values() if isinstance(each, NodeType)]
        for name, each in read.items():
            if isinstance(each, str) and found:
                self.warn(f"node_types.{name}: it is left out, since {each}")
            elif isinstance(each, str) and self.base_types:
                self.fail(f"node_types.{name}: {each}")
        return found

    def fail(self, problem: str) -> None:
        """Add a problem. problem: begins with its location in the file."""
        self.findings.fail(f"{self.location}: {problem}")

    def warn(self, warning: str) -> None:
        """Add a warning. warning: begins with its location in the file."""
        self.findings.warn(f"{self.location}: {warning}")

    def _import_standards(self) -> None:
        imports = [item for item in sequence(self.data, "imports") if isinstance(item, dict)]
        files = [str(file) for item in imports for file in item.values()]
        for file in files:
            self._import_standard(file)
        if not self.base_types:
            self.fail(f"imports: {_not_hosted(files)}")
            return
        for file in files:
            known = standards.read_as(file)
            if known != file:
                self.warn(f"imports: {file} is unknown; it is {f'read as {known}' if known else 'left out'}")

    def _import_standard(self, file: str) -> None:
        node_types = standards.node_types_of(file)
        if node_types is not None:
            self.base_types.update(node_types)
            self.standard = file

    def _node_type(self, name: str, data: object) -> NodeType | str:
        """Return a node type, or why it cannot be read."""
        if not isinstance(data, dict):
            return "it should have derived_from and properties"
        derived_from = as_text(data.get("derived_from"))
        if derived_from not in self.base_types:
            return f"derived_from {derived_from!r}: it should be one of {', '.join(self.base_types)}"
        location = f"{self.location}: node_types.{name}"
        declared = mapping(self.data, "capability_types")
        return NodeType(name, data, self.base_types[derived_from], location, self.findings, declared)


def _not_hosted(files: list[str]) -> str:
    """Return why none of the standards that a file imports can be used."""
    installed = ", ".join(standards.files())
    if not files:
        return f"no standard is imported; it should be one of {installed}"
    for file in files:
        if kind := standards.other_kind(file):
            return f"{file} is the standard of {kind} shells; {HOSTED}"
    return f"the standard {files[0]} is unknown; installed are {installed}"
