from __future__ import annotations

import logging
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cloudshell_local.execution.driver_host import as_context
from provider.connection import CloudConnections
from shell.command import Commands
from shell.errors import BadRequest, CommandError, InvalidValue, sentence
from tests.fakes import ShellHarness


def test_the_password_is_decrypted_once_for_many_commands(harness: ShellHarness) -> None:
    for _ in range(3):
        with harness.command() as command:
            command.cloud.new_instance_id()
    assert harness.api.named("DecryptPassword") == [("c1ph3r",)]


def test_a_new_password_is_a_new_connection(harness: ShellHarness) -> None:
    with harness.command() as first:
        pass
    harness.sandbox.attributes[f"{harness.sandbox.model}.Password"] = "c1ph3r-2"
    with harness.command() as second:
        pass
    assert first.cloud is not second.cloud
    assert len(harness.api.named("DecryptPassword")) == 2


def test_a_command_that_needs_no_api_does_not_log_on(harness: ShellHarness) -> None:
    with harness.command():
        pass
    opened: list[int] = []

    def open_one(_: object) -> Any:
        opened.append(1)

    harness.commands._open_session = open_one
    with harness.command() as command:
        command.cloud.new_instance_id()
    assert opened == []


def test_an_error_is_one_sentence_for_the_user_and_a_traceback_for_the_log(
    harness: ShellHarness, caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("cloudshell").propagate = True
    with pytest.raises(CommandError) as caught, harness.command() as command:
        command.cloud.power_on("vm-x")
    assert str(caught.value) == "The VM 'vm-x' was not found in the cloud"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert "InstanceNotFound" in caplog.text
    assert "Traceback" in caplog.text


def test_an_unforeseen_error_tells_nothing_of_what_it_holds() -> None:
    assert sentence(ValueError("halo in /opt/driver.py")) == (
        "Something unexpected went wrong (ValueError); the driver's log has the details"
    )
    assert (
        sentence(InvalidValue(name="'height'", value="tall", right="a number"))
        == "'height' is 'tall' but should be a number"
    )


def test_whatever_was_sent_an_error_stays_on_one_line_and_ends() -> None:
    text = sentence(BadRequest(reason="a\nb\0\u202ec" + " d" * 5000))
    assert text.startswith("The request is not what CloudShell sends: a b c d d")
    assert text.endswith("...")
    assert len(text) <= 1000
    assert text.isprintable()


def test_an_api_that_fails_does_not_tell_the_password(harness: ShellHarness) -> None:
    harness.api.fails = "DecryptPassword"
    with pytest.raises(CommandError, match="did not accept DecryptPassword") as caught, harness.command():
        pass
    assert "halo" not in str(caught.value)


def test_an_empty_password_is_named_without_asking_the_api(harness: ShellHarness) -> None:
    harness.sandbox.attributes[f"{harness.sandbox.model}.Password"] = ""
    with pytest.raises(CommandError, match="'Password' is ''"), harness.command():
        pass
    assert harness.api.calls == []


def test_a_command_knows_its_sandbox_and_may_have_none(harness: ShellHarness) -> None:
    with harness.command() as command:
        assert command.sandbox == harness.sandbox.id
    with harness.commands.resource(as_context(harness.sandbox.resource_context("t", reserved=False))) as command:
        assert command.sandbox == ""


def test_a_command_on_an_app_may_have_no_sandbox_in_its_context(harness: ShellHarness) -> None:
    app = harness.app()
    harness.deployed(app)
    context = as_context(harness.sandbox.remote_context("t", app))
    del context.remote_reservation
    with harness.commands.remote(context) as command:
        assert (command.sandbox, command.app.name) == ("", app.resource_name)


def test_commands_that_run_at_once_do_not_meet(harness: ShellHarness) -> None:
    together = threading.Barrier(8)
    seen: list[tuple[str, str]] = []

    def one(number: int) -> None:
        context: Any = as_context(harness.sandbox.resource_context("t"))
        context.reservation.reservation_id = f"s{number}"
        with harness.commands.resource(context) as command:
            together.wait(5)
            seen.append((f"s{number}", command.sandbox))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert all(expected == got for expected, got in seen)


def test_nothing_that_a_command_holds_shows_a_secret_when_logged(harness: ShellHarness, _logs: Path) -> None:
    with harness.command() as command:
        assert "c1ph3r" not in repr(command)
    written = "".join(path.read_text() for path in _logs.rglob("*.log"))
    assert "c1ph3r" not in written
    assert "halo" not in written


def test_a_wrong_password_is_said_to_be_wrong(harness: ShellHarness) -> None:
    commands = Commands(
        CloudConnections(harness.heaven),
        lambda _: SimpleNamespace(DecryptPassword=lambda _: SimpleNamespace(Value="horns")),
    )
    with pytest.raises(CommandError, match="refused the user 'gabriel'") as caught:
        with commands.resource(as_context(harness.sandbox.resource_context("t"))):
            pass
    assert "horns" not in str(caught.value)
