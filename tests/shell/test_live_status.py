from __future__ import annotations

import logging

import pytest

from shell.cloudshell_api import CloudShellApi
from shell.live_status import LiveStatus
from tests.fakes import ApiSession


def test_the_names_are_those_that_cloudshell_has_icons_for() -> None:
    session = ApiSession()
    status = LiveStatus(CloudShellApi(lambda: session), "web-1", logging.getLogger("test"))
    status.online()
    status.offline()
    for percent in (0, 9, 10, 99, 100):
        status.progress(percent, "Deploying")
    shown = [call[1] for call in session.named("SetResourceLiveStatus")]
    assert shown == ["Online", "Offline", "Progress 0", "Progress 0", "Progress 10", "Progress 90", "Progress 100"]


def test_an_icon_that_cannot_be_set_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    session = ApiSession(fails="SetResourceLiveStatus")
    LiveStatus(CloudShellApi(lambda: session), "web-1", logging.getLogger("test")).online()
    assert "The live status of 'web-1' was not set to Online" in caplog.text
    assert "halo" not in caplog.text
