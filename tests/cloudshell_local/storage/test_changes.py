from __future__ import annotations

import threading

from cloudshell_local.storage.changes import Changes


def test_a_watcher_is_notified_until_its_block_ends() -> None:
    changes, notified = Changes(), list[str]()
    changes.notify("before")
    with changes.watched(notified.append):
        changes.notify("resource")
        changes.notify("sandbox")
    changes.notify("after")
    assert notified == ["resource", "sandbox"]


def test_watchers_come_and_go_while_others_are_notified() -> None:
    changes, notified = Changes(), list[str]()

    def come_and_go() -> None:
        for _ in range(500):
            with changes.watched(lambda _: None):
                changes.notify("other")

    threads = [threading.Thread(target=come_and_go) for _ in range(4)]
    with changes.watched(notified.append):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert notified == ["other"] * 2000
    changes.notify("other")
    assert len(notified) == 2000
