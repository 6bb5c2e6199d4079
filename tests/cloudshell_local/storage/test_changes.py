from __future__ import annotations

import threading

from cloudshell_local.storage.changes import Changes


def test_whoever_watches_is_told_until_they_stop() -> None:
    changes, told = Changes(), list[str]()
    changes.notify("before")
    with changes.watched(told.append):
        changes.notify("resource")
        changes.notify("sandbox")
    changes.notify("after")
    assert told == ["resource", "sandbox"]


def test_watchers_come_and_go_while_others_are_told() -> None:
    changes, told = Changes(), list[str]()

    def come_and_go() -> None:
        for _ in range(500):
            with changes.watched(lambda _: None):
                changes.notify("other")

    threads = [threading.Thread(target=come_and_go) for _ in range(4)]
    with changes.watched(told.append):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert told == ["other"] * 2000
    changes.notify("other")
    assert len(told) == 2000
