"""SetAppSecurityGroups (L3): which traffic may come in to an app."""

from __future__ import annotations

from typing import Any

from cloudshell.cp.core.request_actions.models import SetAppSecurityGroupActionResult

from provider.cloud import Command, SecurityRule
from shell import values
from shell.apps import app_from_json
from shell.errors import BadRequest, sentence
from shell.requests import read_json
from shell.results import as_json

ANY = "any"
ALL_PROTOCOLS = (ANY, "all", "-1")  # AWS writes -1 for all protocols, and for all types of ICMP in place of ports.
EVERY = -1
HIGHEST_PORT = 65535


def set_app_security_groups(command: Command, request: object) -> str:
    """Return one result per app, in the order of the request. Rules replace those before; other subnets keep theirs.

    Raises BadRequest when the request is not a list.
    """
    items = read_json(request)
    if not isinstance(items, list):
        raise BadRequest(reason="it is not a list of apps")
    return as_json([_item(command, item if isinstance(item, dict) else {}) for item in items])


def _item(command: Command, item: dict[str, Any]) -> SetAppSecurityGroupActionResult:
    deployed = item.get("deployedApp")
    name = str(deployed.get("name") or "") if isinstance(deployed, dict) else ""
    try:
        app = app_from_json(deployed)
        wanted = [(_text(group, "subnetId"), _rules(group)) for group in _list(item, "securityGroupsConfigurations")]
        command.cloud.set_security_rules(app.vm_id, wanted)
    except Exception as error:  # Whatever it is, the other apps have their rules.
        command.logger.exception("The security groups of '%s' were not set", name)
        return SetAppSecurityGroupActionResult(appName=name, success=False, error=sentence(error))
    return SetAppSecurityGroupActionResult(appName=name)


def _rules(group: dict[str, Any]) -> list[SecurityRule]:
    """Return the rules of a network, each once, in their order."""
    return list(dict.fromkeys(_rule(raw) for raw in _list(group, "rules")))


def _rule(raw: dict[str, Any]) -> SecurityRule:
    protocol = _text(raw, "protocol").lower() or ANY
    source = _text(raw, "source") or "0.0.0.0/0"
    return SecurityRule(ANY if protocol in ALL_PROTOCOLS else protocol, *_ports(raw, protocol), source)


def _ports(raw: dict[str, Any], protocol: str) -> tuple[int, int]:
    """Return the first and the last port: of one that is left out, it is the other alone; without both, all ports."""
    first = values.whole_number(raw, "fromPort", EVERY)
    last = values.whole_number(raw, "toPort", EVERY)
    if (first, last) == (EVERY, EVERY):
        return 0, HIGHEST_PORT
    if protocol in ("tcp", "udp") and EVERY in (first, last):
        return max(first, last), max(first, last)
    return first, last


def _list(owner: dict[str, Any], name: str) -> list[dict[str, Any]]:
    items = owner.get(name) or []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise BadRequest(reason=f"{name} is not a list of objects")
    return items


def _text(owner: dict[str, Any], name: str) -> str:
    value = owner.get(name)
    return "" if value is None else str(value)
