from __future__ import annotations

import logging
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cloudshell_local.execution.driver_host import as_context
from heavenly_cloud.errors import UnknownName
from shell.command import L2, Commands
from shell.errors import CommandError, sentence
from tests.doubles import Lab


def test_the_password_is_decrypted_once_for_many_commands(lab: Lab) -> None:
    for _ in range(3):
        with lab.command() as command:
            command.cloud.new_instance_id()
    assert lab.api.named("DecryptPassword") == [("c1ph3r",)]


def test_a_new_password_is_a_new_connection(lab: Lab) -> None:
    with lab.command() as first:
        pass
    lab.sandbox.attributes[f"{lab.sandbox.model}.Password"] = "c1ph3r-2"
    with lab.command() as second:
        pass
    assert first.cloud is not second.cloud
    assert len(lab.api.named("DecryptPassword")) == 2


def test_a_command_that_needs_no_api_does_not_log_on(lab: Lab) -> None:
    with lab.command():
        pass
    opened: list[int] = []
    lab.commands._open_session = lambda _: opened.append(1)
    with lab.command() as command:
        command.cloud.new_instance_id()
    assert opened == []


def test_an_error_is_one_sentence_for_the_user_and_a_traceback_for_the_log(
    lab: Lab, caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("cloudshell").propagate = True
    with pytest.raises(CommandError) as caught, lab.command() as command:
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
    assert sentence(UnknownName(kind="image", name="dos", known="'centos'")).startswith("The image 'dos'")


def test_whatever_was_sent_an_error_stays_on_one_line_and_ends() -> None:
    told = sentence(UnknownName(kind="image", name="a\nb\0\u202ec" + " d" * 5000, known="'centos'"))
    assert told.startswith("The image 'a b c d d")
    assert told.endswith("...")
    assert len(told) <= 1000
    assert told.isprintable()


def test_an_api_that_fails_does_not_tell_the_password(lab: Lab) -> None:
    lab.api.fails = "DecryptPassword"
    with pytest.raises(CommandError, match="did not accept DecryptPassword") as caught, lab.command():
        pass
    assert "halo" not in str(caught.value)


def test_an_empty_password_is_named_without_asking_the_api(lab: Lab) -> None:
    lab.sandbox.attributes[f"{lab.sandbox.model}.Password"] = ""
    with pytest.raises(CommandError, match="'Password' is ''"), lab.command():
        pass
    assert lab.api.calls == []


def test_a_command_knows_its_sandbox_and_may_have_none(lab: Lab) -> None:
    with lab.command() as command:
        assert command.sandbox == lab.sandbox.id
    with lab.commands.resource(as_context(lab.sandbox.resource_context("t", reserved=False))) as command:
        assert command.sandbox == ""


def test_commands_that_run_at_once_do_not_meet(lab: Lab) -> None:
    together = threading.Barrier(8)
    seen: list[tuple[str, str]] = []

    def one(number: int) -> None:
        context: Any = as_context(lab.sandbox.resource_context("t"))
        context.reservation.reservation_id = f"s{number}"
        with lab.commands.resource(context) as command:
            together.wait(5)
            seen.append((f"s{number}", command.sandbox))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert all(expected == got for expected, got in seen)


def test_nothing_that_a_command_holds_shows_a_secret_when_logged(lab: Lab, _logs: Path) -> None:
    with lab.command() as command:
        assert "c1ph3r" not in repr(command)
    written = "".join(path.read_text() for path in _logs.rglob("*.log"))
    assert "c1ph3r" not in written
    assert "halo" not in written


def test_a_wrong_password_is_said_to_be_wrong(lab: Lab) -> None:
    commands = Commands(
        lab.heaven, L2, lambda _: SimpleNamespace(DecryptPassword=lambda _: SimpleNamespace(Value="horns"))
    )
    with pytest.raises(CommandError, match="refused the user 'gabriel'") as caught:
        with commands.resource(as_context(lab.sandbox.resource_context("t"))):
            pass
    assert "horns" not in str(caught.value)
