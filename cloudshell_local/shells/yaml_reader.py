"""Reading of YAML from outside within bounds: of its size, its depth, and of what its aliases stand for."""

from __future__ import annotations

from collections.abc import Iterator

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, Event, ScalarEvent

from cloudshell_local.text import cleaned

# A definition of a thousand attributes has 90 KB, ten thousand values and a depth of six; it is read in half a second.
MAX_BYTES = 512 * 1024
DEEPEST = 50
MOST_VALUES = 50_000
# Characters that count as one value, so that a long text cannot be repeated without end.
CHARACTERS = 100


class NotYaml(ValueError):
    """Raised for content that is not YAML, or that is beyond the bounds. The text says why, and where."""


def read_yaml(content: bytes) -> object:
    """Return what YAML has, with texts that can be stored; raise NotYaml."""
    if len(content) > MAX_BYTES:
        raise NotYaml(f"it is {len(content) >> 10} KB; at most {MAX_BYTES >> 10} KB are read")
    try:
        text = content.decode()
        _Extent().measure(YAML(typ="safe", pure=True).parse(text))
        return _cleaned(YAML(typ="safe", pure=True).load(text), {})
    except NotYaml:
        raise
    except MarkedYAMLError as error:
        raise NotYaml(f"it is not YAML ({_shown(error)})") from None
    except Exception as error:  # The library raises all kinds for dates that are none, numbers that are too long, ...
        raise NotYaml(
            f"it is not YAML ({str(error).splitlines()[0] if str(error) else type(error).__name__})"
        ) from None


class _Extent:
    """The number of values in a document, with what its aliases stand for, and how deep it is."""

    def __init__(self) -> None:
        self._open: list[tuple[str | None, int]] = []
        self._anchored: dict[str, int] = {}
        self._values = 0

    def measure(self, events: Iterator[Event]) -> None:
        """Raise NotYaml, with the line, as soon as a document is beyond the bounds."""
        for event in events:
            self._count(event)
            line = event.start_mark.line + 1
            if len(self._open) > DEEPEST:
                raise NotYaml(f"line {line}: it is nested more than {DEEPEST} deep")
            if self._values > MOST_VALUES:
                raise NotYaml(
                    f"line {line}: it has more than {MOST_VALUES} values, counted with what its aliases stand for"
                )

    def _count(self, event: Event) -> None:
        if isinstance(event, CollectionStartEvent):
            self._open.append((event.anchor, self._values))
            self._values += 1
        elif isinstance(event, CollectionEndEvent):
            anchor, before = self._open.pop()
            if anchor:
                self._anchored[anchor] = self._values - before
        elif isinstance(event, ScalarEvent):
            size = 1 + len(event.value) // CHARACTERS
            self._values += size
            if event.anchor:
                self._anchored[event.anchor] = size
        elif isinstance(event, AliasEvent):
            if event.anchor not in self._anchored:
                raise NotYaml(
                    f"line {event.start_mark.line + 1}: the alias *{event.anchor} stands for nothing that is whole"
                )
            self._values += self._anchored[event.anchor]


def _cleaned(value: object, done: dict[int, object]) -> object:
    """Return a value with all its texts cleaned. done: by the ids of the lists and mappings that were cleaned before."""
    if isinstance(value, str):
        return cleaned(value)
    if isinstance(value, int):
        str(value)  # Raises ValueError for a number of thousands of digits.
    if isinstance(value, (list, dict)):
        if id(value) not in done:
            done[id(value)] = _cleaned_parts(value, done)
        return done[id(value)]
    return value


def _cleaned_parts(value: list[object] | dict[object, object], done: dict[int, object]) -> object:
    if isinstance(value, list):
        return [_cleaned(each, done) for each in value]
    return {_cleaned(name, done): _cleaned(each, done) for name, each in value.items()}


def _shown(error: MarkedYAMLError) -> str:
    problem = " ".join(filter(None, [error.context, error.problem])) or "it cannot be parsed"
    mark = error.problem_mark or error.context_mark
    return f"line {mark.line + 1}: {problem}" if mark else problem
