from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from cloudshell_local.errors import CommandFailed
from cloudshell_local.execution.executions import (
    ACTIONS_FAILED,
    COMPLETED,
    FAILED,
    LONGEST_FAILURE,
    MOST_FAILURES,
    PENDING,
    Execution,
    ResourceDriver,
)
from cloudshell_local.execution.tails import TEXT_LENGTH
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
        assert text.startswith("(of 699993 characters, the beginning is cut off)\na line\n")
        assert len(text) < TEXT_LENGTH + 60


def test_a_record_has_the_first_of_very_many_failed_actions() -> None:
    driver = ResourceDriver("1", "r", Path("driver"), True, lambda token: {"token": token})
    actions = [{"actionId": str(number), "type": "setVlan"} for number in range(1000)]
    execution = Execution(
        driver, "Deploy", lambda token: {}, {"request": json.dumps({"driverRequest": {"actions": actions}})}
    )
    results = [{"actionId": str(number), "errorMessage": "x" * 9999} for number in range(1000)]
    execution.end(json.dumps({"driverResponse": {"actionResults": results}}), ACTIONS_FAILED)
    found = execution.record.failed_actions
    assert (len(found), found[-1]) == (MOST_FAILURES + 1, "and 900 more")
    assert max(map(len, found)) < LONGEST_FAILURE + 60


def test_a_secret_is_hidden_before_a_text_is_cut() -> None:
    driver = ResourceDriver("1", "r", Path("driver"), True, lambda token: {"token": token})
    execution = Execution(driver, "Deploy", lambda token: {}, {})
    execution.end(CommandFailed('{"password": "' + "s3cret" * TEXT_LENGTH + '"}'), FAILED)
    assert execution.record.error == '{"password": "(hidden)"}'


@pytest.mark.parametrize("answer", ["[" * 100_000, '{"a":' * 500 + "1" + "}" * 500])
def test_an_answer_that_is_nested_too_deeply_is_a_text(answer: str) -> None:
    driver = ResourceDriver("1", "r", Path("driver"), True, lambda token: {"token": token})
    execution = Execution(driver, "GetVmDetails", lambda token: {}, {"request": answer})
    assert execution.state_after(answer) == COMPLETED
    execution.end(answer, COMPLETED)
    assert execution.record.output
