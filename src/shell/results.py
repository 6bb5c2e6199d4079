"""Results: every action that was sent gets exactly one, whatever happens to it or to the others."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from logging import Logger
from typing import Any, Callable, TypeVar

from cloudshell.cp.core.request_actions import models

from shell.errors import UnknownAction, quoted_list, sentence
from shell.requests import ACTIONS, Action, StrangeAction

REMOVE_VLAN = "removeVlan"
# The class and the type of each action's result. A removal answers like a setting: it names the interface too, which
# cp-core's RemoveVlanResult cannot (docs/reference/wire.md §14.2).
_RESULTS: dict[type[models.BaseRequestAction], tuple[type[models.BaseActionResult], str]] = {
    models.DeployApp: (models.DeployAppResult, "DeployApp"),
    models.ConnectSubnet: (models.ConnectToSubnetActionResult, "ConnectToSubnet"),
    models.SetVlan: (models.SetVlanResult, "setVlan"),
    models.RemoveVlan: (models.SetVlanResult, REMOVE_VLAN),
    models.PrepareCloudInfra: (models.PrepareCloudInfraResult, "PrepareNetwork"),
    models.PrepareSubnet: (models.PrepareSubnetActionResult, "PrepareSubnet"),
    models.CreateKeys: (models.CreateKeysActionResult, "CreateKeys"),
    models.CleanupNetwork: (models.CleanupNetworkResult, "CleanupNetwork"),
}

# cp-core's DriverResponse writes the same, through a Python function for each object.
_ENCODER = json.JSONEncoder(default=vars)

_TYPES = {model: name for name, model in ACTIONS.items()}

ActionT = TypeVar("ActionT", bound=models.BaseRequestAction)
# A class of actions, and the function that does one of them. `handler` makes it, so that the two are proved to fit.
Do = Callable[[Any], models.BaseActionResult]
Handler = tuple[type[models.BaseRequestAction], Do]


def handler(kind: type[ActionT], do: Callable[[ActionT], models.BaseActionResult]) -> Handler:
    """Return the handler for a class of actions."""
    return kind, do


def failed(action: Action, reason: str) -> models.BaseActionResult:
    """Return the result of an action that was not done."""
    if isinstance(action, StrangeAction):
        result, kind = models.BaseActionResult, action.type
    else:
        result, kind = _RESULTS[type(action)]
    return result(type=kind, actionId=action.actionId, success=False, errorMessage=reason)


def refused(action: Action, known: Collection[type[models.BaseRequestAction]]) -> models.BaseActionResult:
    """Return the result of an action whose type the command does not know; known: the classes that it does."""
    sent = action.type if isinstance(action, StrangeAction) else _TYPES[type(action)]
    names = quoted_list(name for name, model in ACTIONS.items() if model in known)
    return failed(action, str(UnknownAction(type=sent, known=names)))


def answer(results: Sequence[models.BaseActionResult]) -> str:
    """Return results as the text that CloudShell expects."""
    return _ENCODER.encode({"driverResponse": {"actionResults": results}})


def as_json(things: Sequence[object]) -> str:
    """Return a bare list of cp-core's objects as JSON, for the commands whose answers have no envelope."""
    return _ENCODER.encode(things)


def _not_later(action: Action) -> bool:
    return False


def answer_each(
    logger: Logger,
    actions: Sequence[Action],
    handlers: Sequence[Handler],
    is_later: Callable[[Action], bool] = _not_later,
) -> str:
    """Do every action with the handler for its class, and return all the results, in the order of the request.

    Actions are done in the order of the handlers: all that the first one is for, then the second's; of those for one
    handler, the ones that are later come last. One that fails does not keep the others from being done; one without a
    handler fails.
    """
    by_kind = dict(handlers)
    ranks: dict[type[object], int] = {kind: rank for rank, kind in enumerate(by_kind)}

    def rank(index: int) -> tuple[int, bool]:
        return ranks.get(type(actions[index]), len(ranks)), is_later(actions[index])

    results = {index: _do(logger, actions[index], by_kind) for index in sorted(range(len(actions)), key=rank)}
    return answer([results[index] for index in range(len(actions))])


def _do(
    logger: Logger, action: Action, by_kind: Mapping[type[models.BaseRequestAction], Do]
) -> models.BaseActionResult:
    do = None if isinstance(action, StrangeAction) else by_kind.get(type(action))
    if do is None:
        return refused(action, by_kind.keys())
    try:
        return do(action)
    except Exception as error:  # Whatever it is, the other actions go on and this one has its answer.
        logger.exception("Action %s failed", action.actionId)
        return failed(action, sentence(error))
