from __future__ import annotations

from pathlib import Path

from cloudshell_local.execution.executions import PENDING, Execution, ResourceDriver


def test_a_new_execution_waits_and_shows_no_parameters() -> None:
    driver = ResourceDriver("1", "r", Path("driver"), True, lambda token: {"token": token})
    execution = Execution(driver, "Deploy", lambda token: {"token": token}, {"request": "the password"})
    assert (execution.state, execution.started_at, execution.ended_at) == (PENDING, 0, 0)
    assert "the password" not in repr(execution)
