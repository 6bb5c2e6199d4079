from __future__ import annotations

import pytest

from cloudshell_local.portal.status import BAD, BUSY, GOOD, IDLE, Status


@pytest.mark.parametrize(
    ("live_status", "status"),
    [
        (("Online", "Active"), Status(GOOD, "Online", "Active")),
        (("Offline", "Powered Off"), Status(IDLE, "Offline", "Powered Off")),
        (("Stopped", ""), Status(IDLE, "Stopped")),
        (("Error", "It broke"), Status(BAD, "Error", "It broke")),
        (("Progress 40", "Copying"), Status(BUSY, "Progress 40", "Copying", 40)),
        (("Progress 999", ""), Status(BUSY, "Progress 999", "", 100)),
        (("Lunch", "Back at one"), Status(IDLE, "Lunch", "Back at one")),
        (("", ""), Status(IDLE, "No status")),
    ],
)
def test_a_live_status_has_a_colour_and_always_a_name(live_status: tuple[str, str], status: Status) -> None:
    assert Status.of(live_status) == status
