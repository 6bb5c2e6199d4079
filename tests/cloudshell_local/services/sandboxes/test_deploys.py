from __future__ import annotations

import threading

import pytest

from cloudshell_local.errors import WrongCall
from cloudshell_local.services.sandboxes.deploys import DeploysUnderWay
from cloudshell_local.storage.model import Sandbox

SANDBOX = Sandbox("s-1", "Mine", "admin", "", "")


def test_an_app_is_deployed_once_and_all_get_its_result() -> None:
    deploys = DeploysUnderWay[str]()
    mine, (first, _) = deploys.begin("s-1", ["Web", "Db"])
    others, (again,) = deploys.begin("s-1", ["Web"])
    assert (mine, others) == (["Web", "Db"], [])
    assert ("s-1", "Web") in deploys
    deploys.finish("s-1", "Web", lambda: "done")
    assert (first.result(0), again.result(0)) == ("done", "done")
    assert ("s-1", "Web") not in deploys
    assert (len(deploys.of("s-1")), deploys.of("s-2")) == (1, [])


def test_all_who_wait_get_the_error() -> None:
    deploys = DeploysUnderWay[str]()
    _, (future,) = deploys.begin("s-1", ["Web"])

    def fail() -> str:
        raise ZeroDivisionError

    deploys.finish("s-1", "Web", fail)
    assert isinstance(future.exception(0), ZeroDivisionError)
    assert deploys.of("s-1") == []


def test_deploys_are_refused_in_a_sandbox_that_is_being_ended_until_it_is_not() -> None:
    deploys = DeploysUnderWay[str]()
    with deploys.refused("s-1"), pytest.raises(WrongCall, match="'Mine' is being ended"):
        deploys.require_allowed(SANDBOX)
    deploys.require_allowed(SANDBOX)


def test_waiting_ends_when_its_time_is_over_or_it_is_cut_short() -> None:
    deploys = DeploysUnderWay[str]()
    deploys.begin("s-1", ["Web"])
    deploys.wait("s-2", 1000, lambda: False)
    deploys.wait("s-1", 0, lambda: False)
    deploys.wait("s-1", 1000, lambda: True)


def test_waiting_ends_with_the_last_deploy() -> None:
    deploys = DeploysUnderWay[str]()
    deploys.begin("s-1", ["Web"])
    is_waiting = threading.Event()

    def wait() -> bool:
        is_waiting.set()
        return False

    waiting = threading.Thread(target=lambda: deploys.wait("s-1", 1000, wait))
    waiting.start()
    assert is_waiting.wait(20)
    deploys.finish("s-1", "Web", lambda: "")
    waiting.join(20)
    assert not waiting.is_alive()
