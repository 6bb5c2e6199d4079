from __future__ import annotations

from contextlib import closing
from pathlib import Path

from cloudshell_local.errors import CommandFailed
from cloudshell_local.execution.executions import COMPLETED, FAILED, PENDING, Execution, ResourceDriver
from cloudshell_local.execution.tails import CUT, TEXT_LENGTH
from cloudshell_local.storage.store import Store


def test_a_new_execution_waits_and_shows_no_parameters() -> None:
    driver = ResourceDriver("1", "r", Path("driver"), True, lambda token: {"token": token})
    execution = Execution(driver, "Deploy", lambda token: {"token": token}, {"request": "the password"})
    assert (execution.state, execution.started_at, execution.ended_at) == (PENDING, 0, 0)
    assert "the password" not in repr(execution)


def test_a_record_is_of_the_moment_until_the_execution_has_ended() -> None:
    driver = ResourceDriver("1", "r", Path("driver"), True, lambda token: {"token": token})
    execution = Execution(driver, "Deploy", lambda token: {"token": token}, {"n": 5, "nothing": None, "Password": "x"})
    assert execution.record.parameters == {"n": "5", "nothing": "", "Password": "(hidden)"}
    assert (execution.record.state, execution.record.output) == (PENDING, "")
    execution.end("[1]" + " " * 99, COMPLETED)
    record = execution.record
    assert (record.state, record.output) == (COMPLETED, "[\n  1\n]")
    assert execution.record is record


def test_a_record_of_any_text_can_be_stored(tmp_path: Path) -> None:
    driver = ResourceDriver("1", "r", Path("driver"), True, lambda token: {"token": token})
    bad = "\udcff"
    execution = Execution(driver, "Deploy", lambda token: {"token": token}, {"request": bad, "list": [bad]})
    execution.end(CommandFailed(bad), FAILED)
    with closing(Store(tmp_path / "db")) as store:
        store.executions.add(execution.record)
        assert store.executions.all() == [execution.record]


def test_an_execution_that_ends_while_its_record_is_made_has_another_record_then() -> None:
    class Request:
        def __str__(self) -> str:
            execution.end("done", COMPLETED)
            return "a request"

    driver = ResourceDriver("1", "r", Path("driver"), True, lambda token: {"token": token})
    execution = Execution(driver, "Deploy", lambda token: {"token": token}, {"request": Request()})
    assert execution.record.output == ""
    assert execution.record.output == "done"


def test_long_texts_of_a_record_are_cut() -> None:
    driver = ResourceDriver("1", "r", Path("driver"), True, lambda token: {"token": token})
    execution = Execution(driver, "Deploy", lambda token: {"token": token}, {"request": "a line\n" * 99_999})
    execution.end("a line\n" * 99_999, COMPLETED)
    record = execution.record
    for text in (record.parameters["request"], record.output):
        assert text.startswith(CUT)
        assert len(text) < TEXT_LENGTH + len(CUT)
