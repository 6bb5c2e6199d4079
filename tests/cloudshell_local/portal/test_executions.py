from __future__ import annotations

import pytest

from cloudshell_local.execution.executions import Execution
from cloudshell_local.portal import executions
from cloudshell_local.portal.executions import shown
from cloudshell_local.services.commands import actions
from tests.cloudshell_local.portal.visitor import Visitor
from tests.cloudshell_local.toy import Toy, until

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"


def begun(toy: Toy, **fault: object) -> Execution:
    toy.fail(Deploy=fault)
    return toy.services.commands.start(toy.provider, "Deploy", request=actions.request([]))


def test_commands_are_listed_the_newest_first_with_what_came_of_them(toy: Toy, visitor: Visitor) -> None:
    begun(toy).result()
    toy.services.commands.run(toy.provider, "echo", text="<b>hello</b>")
    page = visitor.get("/executions").text
    assert "&lt;b&gt;hello&lt;/b&gt;7" in page
    text = visitor.sees("/executions")
    assert text.index("echo Completed") < text.index("Deploy Completed") < text.index("get_inventory Completed")
    assert "20 can run at once" in text


def test_what_runs_can_be_stopped_where_it_declares_it(toy: Toy, visitor: Visitor) -> None:
    execution = begun(toy, wait=30)
    until(lambda: execution.call)
    path = f"/executions/{execution.id}"
    assert "Running" in visitor.sees(path)
    assert "/stop" in visitor.get(path).text
    visitor.does(f"{path}/stop")
    until(execution.answer.done)
    page = visitor.sees(path)
    assert "State Stopped" in page
    assert "it was cancelled" in page
    assert "has ended already" in visitor.fails(f"{path}/stop")
    assert "/stop" not in visitor.get(path).text


def test_what_waits_is_shown_as_waiting_and_can_be_stopped(toy: Toy) -> None:
    toy.services.execution_server.slots = 0
    execution = toy.services.commands.start(toy.provider, "echo", text="x")
    told = shown(execution, toy.services.store)
    assert (told.state, told.seconds, told.can_stop) == ("Pending", None, True)
    toy.services.execution_server.stop(execution.id)
    assert shown(execution, toy.services.store).state == "Stopped"


def test_what_declares_no_cancellation_has_no_stop_button(toy: Toy, visitor: Visitor) -> None:
    toy.fail(ApplyConnectivityChanges={"wait": 1})
    request = actions.request([])
    execution = toy.services.commands.start(toy.provider, "ApplyConnectivityChanges", request=request)
    told = shown(execution, toy.services.store)
    assert (told.state, told.can_stop) == ("Running", False)
    assert "cannot be stopped" in visitor.fails(f"/executions/{execution.id}/stop")


def test_an_error_and_the_drivers_log_are_shown(toy: Toy, visitor: Visitor) -> None:
    execution = begun(toy, **{"raise": "The <i>cloud</i> is down"})
    until(execution.answer.done)
    folder = toy.cloudshell.logs / toy.provider.name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "toy.log").write_text("x" * 40_000 + f"\nThe end <b>of it</b> {KEY}")
    page = visitor.get(f"/executions/{execution.id}").text
    assert "The &lt;i&gt;cloud&lt;/i&gt; is down" in page
    assert "The end &lt;b&gt;of it&lt;/b&gt; (hidden)" in page
    assert len(page) < 40_000, "of a long log, its end is shown"


def test_of_many_the_newest_are_listed_and_the_others_on_request(
    toy: Toy, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executions, "LISTED", 2)
    for number in range(3):
        toy.services.commands.run(toy.provider, "echo", text=f"number {number},")
    page = visitor.sees("/executions")
    assert ("number 2" in page, "number 1" in page, "number 0" in page) == (True, True, False)
    assert "Show 2 older ones" in page  # discovery, too
    assert "number 0" in visitor.sees("/executions?all=yes")


def test_one_that_is_not_remembered_is_told(visitor: Visitor) -> None:
    assert visitor.get("/executions/none").status_code == 404
