"""Results: every action that was sent gets exactly one, whatever happens to it or to the others."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from logging import Logger
from typing import Any, Callable

from cloudshell.cp.core.request_actions import DriverResponse, models

from heavenly_cloud.errors import quoted_list
from shell.errors import UnknownAction, sentence
from shell.requests import ACTIONS, StrangeAction

# A removal answers like a setting: the real shells name the interface there too, which cp-core's RemoveVlanResult cannot.
_RESULTS: dict[Any, tuple[Any, str]] = {
    models.DeployApp: (models.DeployAppResult, "DeployApp"),
    models.ConnectSubnet: (models.ConnectToSubnetActionResult, "ConnectToSubnet"),
    models.SetVlan: (models.SetVlanResult, "setVlan"),
    models.RemoveVlan: (models.SetVlanResult, "removeVlan"),
    models.PrepareCloudInfra: (models.PrepareCloudInfraResult, "PrepareNetwork"),
    models.PrepareSubnet: (models.PrepareSubnetActionResult, "PrepareSubnet"),
    models.CreateKeys: (models.CreateKeysActionResult, "CreateKeys"),
    models.CleanupNetwork: (models.CleanupNetworkResult, "CleanupNetwork"),
}

_TYPES = {model: name for name, model in ACTIONS.items()}

Handlers = Mapping[Any, Callable[[Any], Any]]


def succeeded(action: Any, info: str = "", **facts: Any) -> Any:
    """Return the result of an action that was done; the facts are its own fields (vmUuid, subnetId...)."""
    result, kind = _RESULTS[type(action)]
    return result(type=kind, actionId=action.actionId, success=True, infoMessage=info, **facts)


def failed(action: Any, reason: str) -> Any:
    """Return the result of an action that was not done."""
    result, kind = _RESULTS.get(type(action), (models.BaseActionResult, getattr(action, "type", "")))
    return result(type=kind, actionId=action.actionId, success=False, errorMessage=reason)


def refused(action: Any, known: Collection[Any]) -> Any:
    """Return the result of an action whose type the command does not know; known: the classes that it does."""
    sent = action.type if isinstance(action, StrangeAction) else _TYPES[type(action)]
    names = quoted_list(name for name, model in ACTIONS.items() if model in known)
    return failed(action, str(UnknownAction(type=sent, known=names)))


def answer(results: Sequence[Any]) -> str:
    """Return results as the text that CloudShell expects."""
    return str(DriverResponse(list(results)).to_driver_response_json())


def as_json(things: Any) -> str:
    """Return a bare list of cp-core's objects as JSON, for the commands whose answers have no envelope."""
    return json.dumps(things, default=vars)


def answer_each(logger: Logger, actions: Sequence[Any], handlers: Handlers) -> str:
    """Do every action with the handler for its class, and return all the results, in the order of the request.

    Actions are done in the order of the handlers: all that the first one is for, then the second's. One that fails does
    not keep the others from being done; one without a handler fails.
    """
    ranks = {kind: rank for rank, kind in enumerate(handlers)}
    order = sorted(range(len(actions)), key=lambda index: ranks.get(type(actions[index]), len(ranks)))
    results = {index: _do(logger, actions[index], handlers) for index in order}
    return answer([results[index] for index in range(len(actions))])


def _do(logger: Logger, action: Any, handlers: Handlers) -> Any:
    handler = handlers.get(type(action))
    if handler is None:
        return refused(action, handlers)
    try:
        return handler(action)
    except Exception as error:  # Whatever it is, the other actions go on and this one has its answer.
        logger.exception("Action %s failed", action.actionId)
        return failed(action, sentence(error))
