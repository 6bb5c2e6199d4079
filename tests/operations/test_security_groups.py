from __future__ import annotations

import json
from typing import Any

import pytest

from cloudshell_local.testing import SandboxApp, connect_subnet, security_groups
from operations.security_groups import set_app_security_groups
from shell.errors import CommandError
from tests.fakes import ShellHarness, contents_of, l3

pytestmark = l3
SSH = {"fromPort": "22", "toPort": "22", "protocol": "TCP", "source": "198.51.100.7/32"}
SYSLOG = {"fromPort": "514", "toPort": "515", "protocol": "udp", "source": "10.0.3.0/24"}


def put(harness: ShellHarness, *items: Any) -> list[dict[str, Any]]:
    with harness.command() as command:
        answer: list[dict[str, Any]] = json.loads(set_app_security_groups(command, json.dumps(items)))
    return answer


def rules(harness: ShellHarness, app: SandboxApp) -> list[str]:
    return ["; ".join(map(str, nic.rules)) for nic in contents_of(harness.heaven).instances[app.vm_id].nics]


@pytest.fixture
def app(harness: ShellHarness) -> SandboxApp:
    public, private = harness.subnets()
    app = harness.app()
    harness.deployed(app, connect_subnet(public, "10.0.3.0/28", True), connect_subnet(private, "10.0.3.16/28", False))
    return app


def test_rules_are_replaced_and_other_subnets_keep_theirs(harness: ShellHarness, app: SandboxApp) -> None:
    first, second = (nic.network for nic in contents_of(harness.heaven).instances[app.vm_id].nics)
    answer = put(harness, security_groups(app, {first: [SSH], second: [SSH, SYSLOG]}))
    assert answer == [{"appName": app.resource_name, "success": True, "error": ""}]
    put(harness, security_groups(app, {first: [SYSLOG]}))
    assert rules(harness, app) == [
        "udp 514-515 from 10.0.3.0/24",
        "tcp 22 from 198.51.100.7/32; udp 514-515 from 10.0.3.0/24",
    ]


def test_a_rule_that_says_nothing_allows_everything_in(harness: ShellHarness, app: SandboxApp) -> None:
    put(harness, security_groups(app, {"10.0.3.0/24": [{}]}))
    assert rules(harness, app) == ["any from 0.0.0.0/0"] * 2


@pytest.mark.parametrize(
    ("rule", "shown"),
    [
        ({"protocol": "tcp", "fromPort": "22"}, "tcp 22 from 0.0.0.0/0"),
        ({"protocol": "udp", "toPort": "53"}, "udp 53 from 0.0.0.0/0"),
        ({"protocol": "tcp"}, "tcp 0-65535 from 0.0.0.0/0"),
        ({"protocol": "tcp", "fromPort": "0", "toPort": "65535"}, "tcp 0-65535 from 0.0.0.0/0"),
        ({"protocol": "icmp"}, "icmp from 0.0.0.0/0"),
        ({"protocol": "icmp", "fromPort": "-1", "toPort": "-1"}, "icmp from 0.0.0.0/0"),
        ({"protocol": "ALL"}, "any from 0.0.0.0/0"),
        ({"protocol": "-1", "fromPort": "-1", "toPort": "-1"}, "any from 0.0.0.0/0"),
        ({"protocol": "any", "fromPort": "0", "toPort": "65535"}, "any from 0.0.0.0/0"),
    ],
)
def test_ports_and_protocols_mean_what_their_writers_mean(
    harness: ShellHarness, app: SandboxApp, rule: dict[str, str], shown: str
) -> None:
    (answer,) = put(harness, security_groups(app, {"10.0.3.0/24": [rule]}))
    assert answer["success"], answer["error"]
    assert rules(harness, app) == [shown] * 2


def test_a_rule_that_is_sent_twice_is_one_rule(harness: ShellHarness, app: SandboxApp) -> None:
    put(harness, security_groups(app, {"10.0.3.0/24": [SSH, SYSLOG, {**SSH, "protocol": "tcp"}]}))
    assert rules(harness, app) == ["tcp 22 from 198.51.100.7/32; udp 514-515 from 10.0.3.0/24"] * 2


def test_the_sandboxes_cidr_means_all_of_its_subnets(harness: ShellHarness, app: SandboxApp) -> None:
    put(harness, security_groups(app, {"10.0.3.0/24": [SSH]}))
    assert rules(harness, app) == ["tcp 22 from 198.51.100.7/32"] * 2


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"fromPort": "ssh"}, "'fromPort' is 'ssh'"),
        ({"toPort": "99999"}, "ports is '22-99999' but should be from 0 to 65535"),
        ({"protocol": "smtp"}, "protocol is 'smtp'"),
        ({"source": "everywhere"}, "'everywhere' is not a network"),
        ({"source": "::/0"}, "'::/0' is an IPv6 network; this cloud has IPv4 alone"),
        ({"fromPort": "٣"}, "'fromPort' is '٣' but should be a whole number"),
        ({"fromPort": "-2"}, "ports is '-2-22' but should be from 0"),
        ({"protocol": "icmp", "fromPort": "8", "toPort": "9"}, "ports of icmp is '8-9' but should be left out"),
    ],
)
def test_a_mistake_in_one_rule_sets_none(
    harness: ShellHarness, app: SandboxApp, change: dict[str, str], says: str
) -> None:
    first, second = (nic.network for nic in contents_of(harness.heaven).instances[app.vm_id].nics)
    (answer,) = put(harness, security_groups(app, {first: [SSH], second: [{**SSH, **change}]}))
    assert not answer["success"]
    assert says in answer["error"]
    assert rules(harness, app) == ["", ""]


def test_a_subnet_that_is_not_there_sets_none(harness: ShellHarness, app: SandboxApp) -> None:
    first = contents_of(harness.heaven).instances[app.vm_id].nics[0].network
    (answer,) = put(harness, security_groups(app, {first: [SSH], "subnet-x": [SSH]}))
    assert not answer["success"]
    assert rules(harness, app) == ["", ""]


def test_what_is_wrong_with_one_app_stays_with_it(harness: ShellHarness, app: SandboxApp) -> None:
    gone = harness.app()
    gone.resource_name, gone.vm_id = "gone-1", "vm-gone"
    bad_shape = {**security_groups(app, {}), "securityGroupsConfigurations": "all"}
    elsewhere = security_groups(app, {"subnet-x": [SSH]})
    answers = put(
        harness, security_groups(gone, {"subnet-x": [SSH]}), None, bad_shape, elsewhere, security_groups(app, {})
    )
    assert [answer["success"] for answer in answers] == [False, False, False, False, True]
    assert [answer["appName"] for answer in answers] == ["gone-1", "", *[app.resource_name] * 3]
    assert "no interface in 'subnet-x'" in answers[3]["error"]


def test_what_is_no_list_is_one_clear_error(harness: ShellHarness) -> None:
    with pytest.raises(CommandError, match="not a list of apps"), harness.command() as command:
        set_app_security_groups(command, "{}")
