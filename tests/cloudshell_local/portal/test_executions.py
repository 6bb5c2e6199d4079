from __future__ import annotations

import json
import re
from concurrent.futures import Future
from dataclasses import replace

import pytest

from cloudshell_local import testing
from cloudshell_local.errors import DriverEnded
from cloudshell_local.execution.executions import Execution
from cloudshell_local.portal import executions
from cloudshell_local.portal.executions import view_of
from cloudshell_local.services.commands import actions
from tests.cloudshell_local.portal.portal_client import PortalClient
from tests.cloudshell_local.toy import Toy, until

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"


def started(toy: Toy, **fault: object) -> Execution:
    toy.fail(Deploy=fault)
    return toy.services.commands.start(toy.provider, "Deploy", request=actions.request([]))


def test_commands_are_listed_newest_first_with_their_results(toy: Toy, client: PortalClient) -> None:
    started(toy).result()
    toy.services.commands.run(toy.provider, "echo", text="<b>hello</b>")
    page = client.get("/executions").text
    assert "&lt;b&gt;hello&lt;/b&gt;7" in page
    text = client.page_text("/executions")
    assert text.index("echo Completed") < text.index("Deploy Completed") < text.index("get_inventory Completed")
    assert "20 can run at once" in text


def test_a_running_command_that_supports_cancellation_can_be_stopped(toy: Toy, client: PortalClient) -> None:
    execution = started(toy, wait=30)
    until(lambda: execution.call)
    path = f"/executions/{execution.id}"
    assert "Running" in client.page_text(path)
    assert "/stop" in client.get(path).text
    client.submit(f"{path}/stop")
    until(execution.answer.done)
    page = client.page_text(path)
    assert "State Stopped" in page
    assert "it was cancelled" in page
    assert "has ended already" in client.submit_error(f"{path}/stop")
    assert "/stop" not in client.get(path).text


def test_a_pending_command_can_be_stopped(toy: Toy) -> None:
    toy.services.execution_server.slots = 0
    execution = toy.services.commands.start(toy.provider, "echo", text="x")
    view = view_of(execution, toy.services.store)
    assert (view.state, view.seconds, view.can_stop) == ("Pending", None, True)
    toy.services.execution_server.stop(execution.id)
    assert view_of(execution, toy.services.store).state == "Stopped"


def test_a_clock_that_was_set_back_shows_no_duration_below_zero(toy: Toy) -> None:
    toy.services.commands.run(toy.provider, "echo", text="x")
    execution = toy.services.execution_server.executions()[-1]
    execution.ended_at = execution.started_at - 3600
    assert view_of(execution, toy.services.store).seconds == 0


def test_a_running_command_without_cancellation_has_no_stop_button(toy: Toy, client: PortalClient) -> None:
    toy.fail(ApplyConnectivityChanges={"wait": 1})
    request = actions.request([])
    execution = toy.services.commands.start(toy.provider, "ApplyConnectivityChanges", request=request)
    view = view_of(execution, toy.services.store)
    assert (view.state, view.can_stop) == ("Running", False)
    assert "cannot be stopped" in client.submit_error(f"/executions/{execution.id}/stop")


def test_a_command_without_cancellation_can_be_terminated(toy: Toy, client: PortalClient) -> None:
    toy.fail(ApplyConnectivityChanges={"wait": 60})
    request = actions.request([])
    execution, other = (
        toy.services.commands.start(toy.provider, "ApplyConnectivityChanges", request=request) for _ in range(2)
    )
    path = f"/executions/{execution.id}"
    for page in (path, "/executions"):
        html = client.get(page).text
        assert "is killed: its 2 commands end, and what it keeps" in html
        assert 'aria-label="Terminate ApplyConnectivityChanges' in html
    client.submit(f"{path}/terminate")
    for each in (execution, other):
        with pytest.raises(DriverEnded, match="'ApplyConnectivityChanges' was terminated"):
            each.result()
    assert (execution.state, other.state) == ("Stopped", "Failed")
    assert "/terminate" not in client.get(path).text
    assert "does not run" in client.submit_error(f"{path}/terminate")
    assert toy.services.commands.run(toy.provider, "echo", text="after it ") == "after it 7ResourceCommandContext"


def test_a_command_that_does_not_heed_stop_can_be_terminated(toy: Toy) -> None:
    execution = started(toy, wait=60)
    running = replace(execution, state="Running", answer=Future())
    assert (view_of(running, toy.services.store).can_stop, view_of(running, toy.services.store).can_terminate) == (
        True,
        False,
    )
    running.stop_requested = True
    assert (view_of(running, toy.services.store).can_stop, view_of(running, toy.services.store).can_terminate) == (
        False,
        True,
    )
    until(lambda: execution.call)
    toy.services.execution_server.stop(execution.id)


def test_an_error_is_shown_with_its_traceback(toy: Toy, client: PortalClient) -> None:
    execution = started(toy, **{"raise": "The <i>cloud</i> is down"})
    until(execution.answer.done)
    page = client.get(f"/executions/{execution.id}").text
    assert page.count("The &lt;i&gt;cloud&lt;/i&gt; is down") == 2
    text = client.page_text(f"/executions/{execution.id}")
    assert re.search(r'Traceback .*driver\.py", line \d+, in _inject_fault raise RuntimeError', text)
    assert "driver_host" not in text, "the traceback begins in the driver"


def test_a_command_shows_what_it_was_sent_answered_logged_and_printed_without_secrets(
    toy: Toy, client: PortalClient
) -> None:
    toy.services.inventory.set_attributes(toy.provider.name, {"Password": "s3cret-pass"})
    provider = toy.services.store.resources.get(toy.provider.name)
    toy.services.commands.run(provider, "echo", text="another command")
    text = json.dumps({"Password": "of an App", "note": f"<b>s3cret-pass</b> {KEY}"})
    toy.services.commands.run(provider, "echo", text=text)
    execution = toy.cloudshell.executions()[-1]
    page = client.page_text(f"/executions/{execution.id}")
    sent = 'Sent: text { "Password": "(hidden)", "note": "<b>(hidden)</b> (hidden)" }'
    assert sent in page
    assert 'Sent: number 7 Output {"Password": "(hidden)"' in page
    assert "Driver log 20" in page
    assert '[WARNING] toy: echo of \'{"Password": "(hidden)"' in page
    assert "Printed this goes to driver.out" in page
    for hidden in ("another command", "s3cret-pass", "of an App", "MIIE"):
        assert hidden not in page


def test_a_deploy_whose_actions_failed_is_not_green(toy: Toy, client: PortalClient) -> None:
    toy.fail(Deploy={"refuse": "no capacity"})
    app = testing.SandboxApp("Web", "Toy.Brick", {}, {})
    toy.services.commands.run(toy.provider, "Deploy", request=actions.request([testing.deploy_app(app)]))
    row = client.get("/executions").text.partition("<tbody>")[2].partition("</tr>")[0]
    assert "Actions failed" in row
    assert "deployApp Web: no capacity" in row
    assert 'class="status bad"' in row
    page = client.page_text(f"/executions/{toy.cloudshell.executions()[-1].id}")
    assert "Failed actions deployApp Web: no capacity" in page


def test_the_newest_executions_are_listed_and_older_ones_on_request(
    toy: Toy, client: PortalClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executions, "LIST_LENGTH", 2)
    for number in range(3):
        toy.services.commands.run(toy.provider, "echo", text=f"number {number},")
    page = client.page_text("/executions")
    assert ("number 2" in page, "number 1" in page, "number 0" in page) == (True, True, False)
    assert "Show 2 older ones" in page  # discovery, too
    assert "number 0" in client.page_text("/executions?all=yes")


def test_an_unknown_execution_is_not_found(client: PortalClient) -> None:
    assert client.get("/executions/none").status_code == 404


def test_a_sandbox_makes_views_of_the_executions_that_wait_or_run_there_alone(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = toy.services.commands.start(toy.provider, "echo", toy.services.sandboxes.create("s", "admin", 60), text="a")
    over.result()
    running = replace(over, answer=Future(), state="Running")
    elsewhere = replace(running, sandbox="another", answer=Future())
    made: list[Execution] = []
    monkeypatch.setattr(executions, "view_of", lambda *each: made.append(each[0]) or view_of(*each))  # type: ignore[func-returns-value]
    server = toy.services.execution_server
    monkeypatch.setattr(server, "executions", lambda: [over, running, elsewhere])
    views = executions.active_views(server, over.sandbox, toy.services.store)
    assert [view.execution for view in views] == made == [running]
