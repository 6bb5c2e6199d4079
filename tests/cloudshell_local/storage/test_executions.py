from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from cloudshell_local.storage import executions
from cloudshell_local.storage.executions import ExecutionRecord
from cloudshell_local.storage.store import Store


def record(number: int) -> ExecutionRecord:
    return ExecutionRecord(str(number), "Deploy", "1", "r", "s", "", "Failed", 1.5, 2.5, 3.5, {"a": "b"}, error="no")


def test_the_last_executions_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executions, "MAX_EXECUTIONS", 3)
    with closing(Store(tmp_path / "db")) as store:
        for number in range(5):
            store.executions.add(record(number))
    store.executions.add(record(5))  # A command that ends after the server is nothing to complain about.
    with closing(Store(tmp_path / "db")) as store:
        assert store.executions.all() == [record(2), record(3), record(4)]
