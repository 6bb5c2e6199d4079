"""Answers of drivers to requests of several actions: which of the actions failed.

A command whose actions failed answers as one that succeeded does, so its answer has to be read: docs/reference/wire.md §2,
§6 and §9.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

NO_ANSWER = "the driver answered nothing to it"
NO_RESULTS = "The driver answered no driverResponse with actionResults"
# Commands that answer a list with an entry for each App.
_BY_APP = ("GetVmDetails", "SetAppSecurityGroups")


def failed_actions(command: str, parameters: Mapping[str, object], answer: str | None) -> list[str]:
    """Return the actions of a command that failed, each by its name with its reason; none for a command without actions."""
    if command in _BY_APP:
        return [text for entry in _entries(_json(answer)) for text in _failed_app(entry)]
    request = _part(_json(parameters.get("request")), "driverRequest", "actions")
    if not isinstance(request, list):
        return []
    results = _part(_json(answer), "driverResponse", "actionResults")
    if not isinstance(results, list):
        return [NO_RESULTS]
    by_id = {str(each.get("actionId")): each for each in _entries(results)}
    failures = [(each, _problem(by_id.get(str(each.get("actionId"))))) for each in _entries(request)]
    return [f"{_name(action)}: {problem}" for action, problem in failures if problem]


def _json(text: object) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _part(value: Any, *path: str) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _entries(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _failed_app(entry: Mapping[str, Any]) -> list[str]:
    # cloudshell-cp-aws writes `error` where errorMessage should be: docs/reference/wire.md §6.
    problem = entry.get("errorMessage") or entry.get("error")
    if not problem and entry.get("success") is not False:
        return []
    return [f"{entry.get('appName') or 'an App without a name'}: {problem or 'failed without a reason'}"]


def _problem(result: Mapping[str, Any] | None) -> str:
    if result is None:
        return NO_ANSWER
    return "" if result.get("success") else str(result.get("errorMessage") or "failed without a reason")


def _name(action: Mapping[str, Any]) -> str:
    """Return an action's type, and what it is for: an App, a deployed App or a subnet."""
    subjects = (
        _part(action, "actionParams", "appName"),
        _part(action, "actionTarget", "fullName"),
        _part(action, "actionParams", "alias"),
        _part(action, "actionParams", "subnetId"),
    )
    subject = next((str(each) for each in subjects if each), "")
    return f"{action.get('type')} {subject}".strip()
