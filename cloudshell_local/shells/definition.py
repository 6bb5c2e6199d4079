"""A shell's definition: what the TOSCA files of its package say, checked against the standards and the driver.

The package has TOSCA-Metadata/TOSCA.meta, whose Entry-Definitions names the definition; that names the artifacts: the
driver's zip, the deployment types' zip, the icon.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from cloudshell_local.errors import InvalidPackage
from cloudshell_local.shells import standards
from cloudshell_local.shells.archive import Archive
from cloudshell_local.shells.driver_source import DriverInfo, read_driver
from cloudshell_local.shells.standards import OPTION, PROVIDER, TYPES, AttributeDefinition, Node

META = "TOSCA-Metadata/TOSCA.meta"
DEPLOYMENTS_HINT = (
    "a cloud provider needs at least one deployment type: put their YAML into a folder called `deployments` and name the "
    "artifact Deployments.zip (on Linux, shellfoundry leaves a folder called `Deployments` out without an error)"
)


@dataclass(frozen=True)
class DeploymentOption:
    """A deployment type. name: "<Model>.<type>"; its attributes have their full names."""

    name: str
    attributes: Mapping[str, AttributeDefinition]
    description: str = ""
    icon: bytes = b""


@dataclass(frozen=True)
class ShellDefinition:
    """What a package is: its attributes have their full names; discovery: those asked for when a resource is made."""

    name: str
    version: str
    author: str
    standard: str
    kind: str
    model: str
    family: str
    attributes: Mapping[str, AttributeDefinition]
    deprecated: frozenset[str]
    discovery: Mapping[str, AttributeDefinition]
    settings: Mapping[str, str]
    concurrent: bool
    driver: DriverInfo
    driver_file: str
    options: tuple[DeploymentOption, ...] = ()
    icon: bytes = b""

    @property
    def is_l3(self) -> bool:
        """Whether it connects Apps with subnets: exactly when its driver has this command, as the developer guide says."""
        return "PrepareSandboxInfra" in self.driver.methods

    @property
    def hides_address(self) -> bool:
        """Whether no address is asked for."""
        return self.settings.get("hide_address", "").lower() == "true"


@dataclass
class _File:
    """A TOSCA file: its text as data, where it is, and the node types of the standards that it imports."""

    place: str
    data: dict[str, Any]
    nodes: dict[str, Node] = field(default_factory=dict)
    standard: str = ""


def read_definition(package: bytes, name: str = "The package") -> ShellDefinition:
    """Return what a shell's package is; raise InvalidPackage with all that is wrong with it, and where."""
    archive = Archive(package, name)
    problems: list[str] = []
    definition = _Reader(archive, problems).read()
    if problems or definition is None:
        raise InvalidPackage(name, problems)
    return definition


class _Reader:
    """Reads one package; what is wrong is added to the problems."""

    def __init__(self, archive: Archive, problems: list[str]) -> None:
        self._archive = archive
        self._problems = problems

    def read(self) -> ShellDefinition | None:
        entry = self._entry()
        file = entry and self._file(self._archive, entry)
        if not file:
            return None
        found = [(name, node, self._base(file, name, node)) for name, node in _mapping(file.data, "node_types").items()]
        shells = [(name, node, base) for name, node, base in found if base and base.kind != OPTION]
        if len(shells) != 1:
            self._fail(f"{file.place}: node_types: it should have one node type of a provider or a deployed app")
            return None
        return self._shell(file, *shells[0])

    def _shell(self, file: _File, node_name: str, node: dict[str, Any], base: Node | None) -> ShellDefinition | None:
        assert base
        metadata, place = _mapping(file.data, "metadata"), f"{file.place}: node_types.{node_name}"
        for needed in ("template_name", "template_version"):
            if not metadata.get(needed):
                self._fail(f"{file.place}: metadata: {needed} is missing")
        model = node_name.rpartition(".")[2]
        attributes = self._attributes(base, node, place, f"{model}.")
        capability = self._capability(node, standards.AUTO_DISCOVERY)
        settings = {name: str(_mapping(capability, name).get("default", "")) for name in standards.DISCOVERY_SETTINGS}
        driver_zip = self._artifact(node, place, "driver")
        driver = driver_zip and read_driver(driver_zip, self._problems)
        options = self._options(model, node, place) if base.kind == PROVIDER else ()
        if not driver or not driver_zip:
            return None
        return ShellDefinition(
            name=str(metadata.get("template_name", "")),
            version=str(metadata.get("template_version", "")),
            author=str(metadata.get("template_author", "")),
            standard=file.standard,
            kind=base.kind,
            model=model,
            family=base.family,
            attributes=attributes,
            deprecated=frozenset(_mapping(self._capability(node, standards.DEPRECATED))),
            discovery=self._discovery(model, capability, attributes, place),
            settings=settings,
            concurrent=bool(self._capability(node, standards.CONCURRENT)),
            driver=driver,
            driver_file=driver_zip.name,
            options=options,
            icon=self._icon(node, place),
        )

    def _fail(self, problem: str) -> None:
        self._problems.append(problem)

    def _entry(self) -> str:
        if META not in self._archive:
            self._fail(f"{META} is missing; pack it with `shellfoundry pack`")
            return ""
        match = re.search(
            r"^Entry-Definitions:\s*(\S+)", self._archive.read(META).decode(errors="replace"), re.MULTILINE
        )
        if not match or match[1] not in self._archive:
            self._fail(f"{META}: Entry-Definitions should name the definition in the package, as shell-definition.yaml")
            return ""
        return match[1]

    def _file(self, archive: Archive, name: str) -> _File | None:
        place = name if archive is self._archive else f"{archive.name}/{name}"
        try:
            data = YAML(typ="safe", pure=True).load(archive.read(name).decode())
        except (YAMLError, UnicodeDecodeError) as error:
            self._fail(f"{place}: it is not YAML ({str(error).splitlines()[0]})")
            return None
        if not isinstance(data, dict):
            self._fail(f"{place}: it should have metadata, imports and node_types")
            return None
        file = _File(place, data)
        imports = data.get("imports") or []
        for imported in [str(value) for item in imports if isinstance(item, dict) for value in item.values()]:
            self._import(file, imported)
        if not imports:
            self._fail(f"{place}: imports: no standard is imported; it should be one of {', '.join(standards.files())}")
        return file

    def _import(self, file: _File, imported: str) -> None:
        nodes = standards.nodes_of(imported)
        if nodes is None:
            known = ", ".join(standards.files())
            self._fail(f"{file.place}: imports: the standard {imported} is unknown; installed are {known}")
            return
        file.nodes.update(nodes)
        file.standard = imported
        return

    def _base(self, file: _File, name: str, node: Any) -> Node | None:
        place = f"{file.place}: node_types.{name}"
        if not isinstance(node, dict):
            self._fail(f"{place}: it should have derived_from and properties")
            return None
        if not file.nodes:
            return None
        derived_from = str(node.get("derived_from", ""))
        if derived_from not in file.nodes:
            self._fail(f"{place}: derived_from {derived_from!r}: it should be one of {', '.join(file.nodes)}")
            return None
        return file.nodes[derived_from]

    def _attributes(self, base: Node, node: dict[str, Any], place: str, prefix: str) -> dict[str, AttributeDefinition]:
        own = {
            str(name): self._attribute(base, str(name), value, f"{place}.properties.{name}")
            for name, value in _mapping(node, "properties").items()
        }
        return {f"{prefix}{name}": attribute for name, attribute in {**base.attributes, **own}.items()}

    def _attribute(self, base: Node, name: str, value: Any, place: str) -> AttributeDefinition:
        if not isinstance(value, dict):
            self._fail(f"{place}: it should have a type")
            return AttributeDefinition()
        kind = str(value.get("type", ""))
        if kind not in TYPES:
            self._fail(f"{place}: the type {kind!r} is unknown; it should be one of {', '.join(TYPES)}")
        standard = base.attributes.get(name)
        if standard and kind in TYPES and standard.type != kind:
            self._fail(f"{place}: the standard's attribute has the type {standard.type}, which cannot be changed")
        return AttributeDefinition(
            kind,
            _text(value.get("default", standard.default if standard else "")),
            _values(value) or (standard.values if standard else ()),
            str(value.get("description") or "").strip(),
            tuple(str(tag) for tag in value.get("tags") or ()),
        )

    def _capability(self, node: dict[str, Any], kind: str) -> dict[str, Any]:
        for capability in _mapping(node, "capabilities").values():
            if isinstance(capability, dict) and capability.get("type") == kind:
                return _mapping(capability, "properties") or {"": {}}
        return {}

    def _discovery(
        self, model: str, capability: dict[str, Any], attributes: Mapping[str, AttributeDefinition], place: str
    ) -> dict[str, AttributeDefinition]:
        found: dict[str, AttributeDefinition] = {}
        for name, value in capability.items():
            full = f"{model}.{name}"
            if name in standards.DISCOVERY_SETTINGS or not name:
                continue
            if full not in attributes:
                self._fail(f"{place}.capabilities: '{name}' is asked at discovery, and is not among the properties")
                continue
            known = attributes[full]
            default = value.get("default", known.default) if isinstance(value, dict) else known.default
            found[full] = AttributeDefinition(known.type, _text(default), known.values, known.description, known.tags)
        return found

    def _artifact(self, node: dict[str, Any], place: str, name: str) -> Archive | None:
        file = str(_mapping(_mapping(node, "artifacts"), name).get("file", ""))
        if not file:
            self._fail(f"{place}.artifacts: the artifact '{name}' is missing")
            return None
        if file not in self._archive:
            hint = f"; {DEPLOYMENTS_HINT}" if name == "deployment" else ""
            self._fail(f"{place}.artifacts.{name}: the package has no file {file}{hint}")
            return None
        try:
            return Archive(self._archive.read(file), file)
        except InvalidPackage as error:
            self._fail(str(error))
            return None

    def _options(self, model: str, node: dict[str, Any], place: str) -> tuple[DeploymentOption, ...]:
        if not _mapping(_mapping(node, "artifacts"), "deployment"):
            self._fail(f"{place}.artifacts: the artifact 'deployment' is missing; {DEPLOYMENTS_HINT}")
            return ()
        archive = self._artifact(node, place, "deployment")
        if not archive:
            return ()
        found = [
            option
            for name in archive.names
            if name.endswith((".yaml", ".yml"))
            for option in self._of_file(model, archive, name)
        ]
        if not found and not any(problem.startswith(archive.name) for problem in self._problems):
            self._fail(f"{archive.name}: it has no deployment type; {DEPLOYMENTS_HINT}")
        return tuple(found)

    def _of_file(self, model: str, archive: Archive, name: str) -> list[DeploymentOption]:
        file = self._file(archive, name)
        if not file:
            return []
        found = []
        for node_name, node in _mapping(file.data, "node_types").items():
            base = self._base(file, node_name, node)
            if base and base.kind == OPTION:
                found.append(self._option(model, archive, file, node_name, node, base))
        return found

    def _option(
        self, model: str, archive: Archive, file: _File, node_name: str, node: dict[str, Any], base: Node
    ) -> DeploymentOption:
        name = f"{model}.{node_name.rpartition('.')[2]}"
        attributes = self._attributes(base, node, f"{file.place}: node_types.{node_name}", f"{name}.")
        icon = str(_mapping(_mapping(node, "artifacts"), "icon").get("file", ""))
        if icon and icon not in archive:
            self._fail(f"{file.place}: node_types.{node_name}.artifacts.icon: {archive.name} has no file {icon}")
        described = str(file.data.get("description") or "").strip()
        return DeploymentOption(name, attributes, described, archive.read(icon) if icon in archive else b"")

    def _icon(self, node: dict[str, Any], place: str) -> bytes:
        file = str(_mapping(_mapping(node, "artifacts"), "icon").get("file", ""))
        if file and file not in self._archive:
            self._fail(f"{place}.artifacts.icon: the package has no file {file}")
        return self._archive.read(file) if file in self._archive else b""


def _mapping(data: Any, key: str | None = None) -> dict[str, Any]:
    """Return a part of the data that should be a mapping, empty if it is none."""
    found = data if key is None else data.get(key) if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}


def _values(value: dict[str, Any]) -> tuple[str, ...]:
    for constraint in value.get("constraints") or ():
        allowed = constraint.get("valid_values") if isinstance(constraint, dict) else None
        if isinstance(allowed, list):
            return tuple(_text(item) for item in allowed)
    return ()


def _text(value: Any) -> str:
    """Return a default as attributes have it: text, whatever type the YAML gives it."""
    return "" if value is None else str(value)
