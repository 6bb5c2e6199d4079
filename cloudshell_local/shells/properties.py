"""Properties of a node type, read as attribute definitions in all the spellings that the developer guide has."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cloudshell_local.shells.findings import Findings
from cloudshell_local.shells.standards import ATTRIBUTE_TYPES, TAGS, AttributeDefinition
from cloudshell_local.shells.yaml_data import YamlMapping, as_text, words

VALID_VALUES = "valid_values"
KEYS = ("type", "default", "description", "constraints", "tags", "required", "status", "metadata")
TRUE_WORDS, FALSE_WORDS = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


@dataclass(frozen=True)
class Property:
    """A property of a node type.

    location: where it is, for its findings. standard: the attribute of its name in the standard, whose default and values
    it has unless it gives its own.
    """

    location: str
    data: YamlMapping
    standard: AttributeDefinition | None
    findings: Findings

    def definition(self) -> AttributeDefinition:
        """Return its attribute definition; what is wrong with it is added to the findings."""
        for key in self.data:
            if key not in KEYS:
                self._warn(f": {key!r} is unknown; a property has {', '.join(KEYS[:5])}")
        found = AttributeDefinition(
            type=self._type(),
            values=self._values() or (self.standard.values if self.standard else ()),
            description=as_text(self.data.get("description")).strip(),
            tags=self._tags(),
        )
        return with_default(found, self._default(), self.location, self.findings)

    def _type(self) -> str:
        found = str(self.data.get("type", ""))
        if found not in ATTRIBUTE_TYPES:
            known = ", ".join(ATTRIBUTE_TYPES)
            self._fail(f": the type {found!r} is unknown; it should be one of {known}")
        elif self.standard and self.standard.type != found:
            self._fail(f": the standard's attribute has the type {self.standard.type}, which cannot be changed")
        return found

    def _default(self) -> object:
        return self.data.get("default", self.standard.default if self.standard else "")

    def _values(self) -> tuple[str, ...]:
        """Return the allowed values, in each spelling of the developer guide (docs/reference/features.md A4)."""
        constraints = self.data.get("constraints")
        items = [constraints] if isinstance(constraints, dict) else constraints
        if not isinstance(items, list):
            return tuple(words(items))
        return tuple(value for item in items for value in self._constraint(item))

    def _constraint(self, item: object) -> list[str]:
        if not isinstance(item, dict):
            return words([item])
        for name in item:
            if name != VALID_VALUES:
                self._warn(f".constraints: {name!r} is not checked; {VALID_VALUES} is")
        return words(item.get(VALID_VALUES))

    def _tags(self) -> tuple[str, ...]:
        found = tuple(words(self.data.get("tags")))
        for tag in found:
            if tag not in TAGS:
                self._warn(f".tags: {tag!r} is unknown; known are {', '.join(TAGS)}")
        return found

    def _fail(self, problem: str) -> None:
        self.findings.fail(f"{self.location}{problem}")

    def _warn(self, warning: str) -> None:
        self.findings.warn(f"{self.location}{warning}")


def with_default(
    definition: AttributeDefinition, value: object, location: str, findings: Findings
) -> AttributeDefinition:
    """Return an attribute definition with a default, as a text that fits its type if the value can be written as one.

    One that cannot is kept as it stands, with a warning: it is refused where a resource or an App would take it.
    """
    if isinstance(value, (dict, list)):
        findings.warn(f"{location}: its default is no single value, so it has none")
        return replace(definition, default="")
    found = replace(definition, default=_fitting(definition, as_text(value)))
    if not found.fits(found.default):
        findings.warn(
            f"{location}: its default is {found.default!r} and should be {found.expected}; whatever would take the default "
            "is refused"
        )
    return found


def _fitting(definition: AttributeDefinition, text: str) -> str:
    if definition.fits(text):
        return text
    lowered = text.strip().lower()
    if definition.values:
        return next((value for value in definition.values if value.lower() == lowered), text)
    if definition.type == "boolean" and lowered in TRUE_WORDS + FALSE_WORDS:
        return str(lowered in TRUE_WORDS)
    if definition.type == "integer" and lowered.removesuffix(".0") != lowered:
        whole = lowered.removesuffix(".0")
        return whole if definition.fits(whole) else text
    return text
