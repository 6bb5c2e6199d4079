"""TOSCA standards that a server ships: node types of cloud providers, deployment types and deployed apps.

Versions and attributes: docs/reference/server.md §7.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from cloudshell_local.storage.model import GENERIC_APP_MODEL

PASSWORD = "cloudshell.datatypes.Password"  # noqa: S105 - a type's name
ATTRIBUTE_TYPES = ("string", "integer", "float", "boolean", PASSWORD)
PROVIDER, OPTION, APP = "CloudProvider", "DeploymentOption", "DeployedApp"
AUTO_DISCOVERY = "cloudshell.capabilities.AutoDiscovery"
# No standard of cloud providers defines these two, yet Quali's own shells use them (docs/reference/server.md §7).
CONCURRENT = "cloudshell.capabilities.SupportConcurrentCommands"
DEPRECATE_PROPERTIES = "cloudshell.capabilities.DeprecateProperties"
ALLOW_DEPRECATE_PROPERTIES = "allow_deprecate_properties"
DISCOVERY_SETTINGS = ("enable_auto_discovery", "auto_discovery_description", "inventory_description", "hide_address")
# The tags of attributes that are known: docs/reference/features.md A8 and A9. Most have no effect here (README).
USER_INPUT, ONLY_IN_TEMPLATE = "user_input", "editable_only_in_app_template"
SETTING, CONFIGURATION, READ_ONLY_TO_USERS, READ_ONLY = "setting", "configuration", "readonly_to_users", "read_only"
TAGS = (
    SETTING,
    CONFIGURATION,
    READ_ONLY_TO_USERS,
    READ_ONLY,
    USER_INPUT,
    ONLY_IN_TEMPLATE,
    "enable_hints",
    "search_filter",
    "not_searchable",
    "abstract_filter",
    "include_in_insight",
    "display_in_diagram",
    "connection_attribute",
)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_FLOAT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_BOOLEAN = re.compile("true|false", re.IGNORECASE)
_PATTERNS = {"integer": _INTEGER, "float": _FLOAT, "boolean": _BOOLEAN}


@dataclass(frozen=True)
class AttributeDefinition:
    """Definition of an attribute. type: one of ATTRIBUTE_TYPES; values: those allowed, any if empty."""

    type: str = "string"
    default: str = ""
    values: tuple[str, ...] = ()
    description: str = ""
    tags: tuple[str, ...] = ()

    @property
    def is_password(self) -> bool:
        """Whether its values are stored encrypted."""
        return self.type == PASSWORD

    @property
    def is_setting(self) -> bool:
        """Whether sandboxes show it to users; an attribute without tags is a setting (docs/reference/features.md A9)."""
        return not self.tags or SETTING in self.tags

    @property
    def expected(self) -> str:
        """The end of a sentence that says what a value should be: "one of L2, L3", or "of the type integer"."""
        return f"one of {', '.join(self.values)}" if self.values else f"of the type {self.type}"

    def fits(self, value: str) -> bool:
        """Return whether a value is of the type and allowed; the empty one always is: it means that none is set."""
        if not value or self.is_password:
            return True
        if self.values:
            return value in self.values
        pattern = _PATTERNS.get(self.type)
        return not pattern or bool(pattern.fullmatch(value.strip()))


@dataclass(frozen=True)
class StandardNodeType:
    """A standard's node type, from which shells derive theirs. kind: PROVIDER, OPTION or APP."""

    kind: str
    family: str
    attributes: Mapping[str, AttributeDefinition] = field(default_factory=dict)


_TEXT = AttributeDefinition()
_TRUE = AttributeDefinition("boolean", "True")
_PROVIDER = StandardNodeType(
    PROVIDER,
    "CS_CloudProvider",
    {
        "Model Name": _TEXT,
        "Networking type": AttributeDefinition(values=("L2", "L3")),
        "Execution Server Selector": _TEXT,
        "Region": _TEXT,
        "Networks in use": _TEXT,
        "VLAN Type": AttributeDefinition(default="VLAN", values=("VLAN", "VXLAN")),
    },
)
_OPTION = StandardNodeType(
    OPTION, "CS_DeploymentOptions", {"Model Name": _TEXT, "Autoload": _TRUE, "Wait for IP": _TRUE}
)
_OPTION_1_0_1 = StandardNodeType(OPTION, _OPTION.family, {**_OPTION.attributes, "Private IP": _TEXT})
_APP_ATTRIBUTES = {"User": _TEXT, "Password": AttributeDefinition(PASSWORD), "Public IP": _TEXT}
_APP = StandardNodeType(APP, "CS_GenericAppFamily", {"Model Name": _TEXT, **_APP_ATTRIBUTES})
GENERIC_APP = StandardNodeType(APP, "Generic App Family", _APP_ATTRIBUTES)
BUILT_IN_MODELS = {GENERIC_APP_MODEL: GENERIC_APP}

# name -> version, the newest last -> the node types that shells derive from
STANDARDS: dict[str, dict[str, dict[str, StandardNodeType]]] = {
    "cloudshell_cloud_provider_standard": {
        "1.0.0": {
            "cloudshell.nodes.CustomCloudProvider": _PROVIDER,
            "cloudshell.nodes.CustomDeploymentOption": _OPTION,
        },
        "1.0.1": {
            "cloudshell.nodes.CustomCloudProvider": _PROVIDER,
            "cloudshell.nodes.CustomDeploymentOption": _OPTION_1_0_1,
        },
    },
    "cloudshell_deployed_app_standard": {
        version: {"cloudshell.nodes.DeployedApp": _APP} for version in ("1.0.0", "1.0.1", "1.0.2", "1.0.3")
    },
}
_FILE = re.compile(r"(\w+?)_(\d+)_(\d+)_(\d+)\.yaml")
_OTHER_KIND = re.compile(r"cloudshell_(\w+)_standard_\d+_\d+_\d+\.yaml")


def node_types_of(file: str) -> dict[str, StandardNodeType] | None:
    """Return the node types of a standard by its file name ("cloudshell_..._1_0_0.yaml"); None if it is unknown.

    A patch version that is unknown has the node types of the newest known one: see `read_as`.
    """
    match = _FILE.fullmatch(read_as(file))
    return STANDARDS[match[1]][_version(match)] if match else None


def read_as(file: str) -> str:
    """Return the file name of the known standard whose node types a file has, empty if there is none.

    Patch versions of a standard differ in little, and Quali publishes new ones, so an unknown one is read as the newest
    known version with the same first two numbers.
    """
    match = _FILE.fullmatch(file)
    versions = STANDARDS.get(match[1], {}) if match else {}
    if match and _version(match) in versions:
        return file
    same_minor = [version for version in versions if match and version.startswith(f"{match[2]}.{match[3]}.")]
    return _file(match[1], same_minor[-1]) if match and same_minor else ""


def other_kind(file: str) -> str:
    """Return the kind of shells that a standard is for, as "resource", if this server does not host them; else empty."""
    match = _OTHER_KIND.fullmatch(file)
    return match[1].replace("_", " ") if match and f"cloudshell_{match[1]}_standard" not in STANDARDS else ""


def files() -> list[str]:
    """Return the file names of the standards, as shells import them."""
    return [_file(name, version) for name, versions in STANDARDS.items() for version in versions]


def _version(match: re.Match[str]) -> str:
    return ".".join(match.groups()[1:])


def _file(name: str, version: str) -> str:
    return f"{name}_{version.replace('.', '_')}.yaml"
