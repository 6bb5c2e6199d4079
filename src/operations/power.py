"""PowerOn, PowerOff and PowerCycle."""

from __future__ import annotations

import math
import time
from typing import Callable

from heavenly_cloud import Client
from heavenly_cloud.errors import InvalidValue
from shell.apps import App
from shell.live_status import LiveStatus


def power_on(cloud: Client, app: App, live_status: LiveStatus) -> None:
    """Power a VM on; fine when it is."""
    cloud.power_on(app.vm_id)
    live_status.online()


def power_off(cloud: Client, app: App, live_status: LiveStatus) -> None:
    """Power a VM off; fine when it is."""
    cloud.power_off(app.vm_id)
    live_status.offline()


def power_cycle(
    cloud: Client, app: App, live_status: LiveStatus, delay: str, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Power a VM off, and on again after so many seconds."""
    seconds = _seconds(delay)
    power_off(cloud, app, live_status)
    sleep(seconds)
    power_on(cloud, app, live_status)


def _seconds(delay: str) -> float:
    try:
        seconds = float(delay or 0)
    except ValueError:
        seconds = -1
    if not (seconds >= 0 and math.isfinite(seconds)):
        raise InvalidValue(name="'delay'", value=delay, right="a number of seconds from 0 up")
    return seconds
