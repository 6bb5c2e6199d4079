"""Parameters of commands: from the values that a caller gives to those that a driver's method gets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cloudshell_local.errors import WrongCall
from cloudshell_local.shells.driver_source import CommandInfo


def by_position(info: CommandInfo, values: Sequence[str]) -> dict[str, str]:
    """Return values that are given in the order of a command's parameters, by name; raise WrongCall for too many."""
    names = [parameter.name for parameter in info.parameters]
    if len(values) > len(names):
        raise WrongCall(f"The command '{info.name}' got {len(values)} values, but {_known(info)}")
    return dict(zip(names, values))


def completed(info: CommandInfo, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a command's parameters, with the defaults of those that are not given.

    A default of the method's own argument is left out: the method has it already. Raises WrongCall for an unknown
    parameter, and for one that is missing, or empty although the metadata calls it mandatory.
    """
    parameters = {parameter.name: parameter for parameter in info.parameters}
    unknown = [name for name in values if name not in parameters and name != "ports"]
    if unknown:
        raise WrongCall(f"The command '{info.name}' has no parameter '{unknown[0]}'; {_known(info)}")
    defaults = {name: each.default for name, each in parameters.items() if not each.own_default}
    found = {**defaults, **values}
    for name, parameter in parameters.items():
        is_empty = parameter.mandatory and not found.get(name, parameter.default)
        if is_empty or (name in found and found[name] is None):
            raise WrongCall(f"The command '{info.name}' needs its parameter '{name}'")
    return found


def values_not_allowed(info: CommandInfo, values: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for each given value that is not among those of its lookup.

    The command is run all the same: what the real server does is not known.
    """
    for parameter in info.parameters:
        value = values.get(parameter.name)
        if value and parameter.values and value not in parameter.values:
            allowed = ", ".join(parameter.values)
            yield (
                f"'{info.name}' is run with {parameter.title} '{value}', which is not among the values that its metadata "
                f"allows: {allowed}"
            )


def _known(info: CommandInfo) -> str:
    return f"it has: {', '.join(parameter.name for parameter in info.parameters) or 'none'}"
