from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cloudshell_local.execution.driver_host import as_context
from heavenly_cloud import HeavenlyCloud
from operations.inventory import discover
from shell.errors import CommandError
from tests.doubles import Lab, held, new_lab

SLOW = json.dumps([{"operation": "power_on", "latency": 3}, {"operation": "power_off", "error": "NoCapacity"}])


def set_on(lab: Lab, **attributes: str) -> None:
    for name, value in attributes.items():
        lab.sandbox.attributes[f"{lab.sandbox.model}.{name.replace('_', ' ')}"] = value


def with_store(lab: Lab, url: str) -> Lab:
    """Set the store as an administrator does; the API decrypts it."""
    secrets = {"c1ph3r": "halo", "st0re": url}
    lab.commands._open_session = lambda _: SimpleNamespace(
        DecryptPassword=lambda text: SimpleNamespace(Value=secrets[text])
    )
    set_on(lab, Cloud_Store="st0re")
    return lab


def test_without_a_store_the_cloud_is_in_memory(lab: Lab) -> None:
    lab.deployed(lab.app())
    assert len(held(lab.heaven).instances) == 1


def test_a_cloud_in_a_store_is_there_for_the_next_driver(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/heaven.db"
    first, app = with_store(new_lab("L2"), url), new_lab("L2").app()
    first.deployed(app)
    assert held(first.heaven).instances == {}
    (details,) = with_store(new_lab("L2"), url).details(app)
    assert (details["appName"], details["errorMessage"]) == (app.resource_name, "")
    first.commands._clouds.forget()


def test_in_memory_a_vm_of_an_earlier_driver_is_told_to_be_gone_with_the_remedy(lab: Lab) -> None:
    app, later = lab.app(), new_lab("L2")
    lab.deployed(app)
    later.heaven = HeavenlyCloud()
    later.commands._clouds._in_memory = later.heaven
    remedy = "ten idle minutes, and is gone with it; deploy the App again, and set 'Cloud Store'"
    with pytest.raises(CommandError, match=remedy):
        with later.remote(app) as command:
            command.cloud.power_on(app.vm_id)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://heaven:s3cret@host/heaven", "should be 'sqlite:///path' or 'postgresql\\+psycopg://"),
        ("sqlite:///heaven.db", "'Cloud Store'.*an absolute path, as 'sqlite:////var/lib/heaven.db'"),
        ("sqlite:////nowhere/at/all/heaven.db", "cannot be used \\(unable to open database file\\)"),
        ("postgresql+psycopg://heaven:s3cret@127.0.0.1:1/heaven", "cannot be used.*Connection refused"),
    ],
)
def test_a_store_that_cannot_be_used_is_told_without_its_password(lab: Lab, url: str, says: str) -> None:
    with pytest.raises(CommandError, match=says) as caught:
        with with_store(lab, url).command():
            pass
    assert "s3cret" not in str(caught.value)


def test_discovery_opens_the_store_anew(lab: Lab, tmp_path: Path) -> None:
    with_store(lab, f"sqlite:///{tmp_path}/heaven.db")
    with lab.command() as first:
        pass
    with lab.command() as second:
        assert second.cloud._cloud is first.cloud._cloud
    with lab.commands.discovery(_context(lab)) as third:
        assert third.cloud._cloud is not first.cloud._cloud
    lab.commands._clouds.forget()


def _context(lab: Lab) -> Any:
    return as_context(lab.sandbox.resource_context("t", reserved=False))


def power_on(lab: Lab, app: Any) -> float:
    began = lab.clock.time
    with lab.remote(app) as command:
        command.cloud.power_on(app.vm_id)
    return lab.clock.time - began


@pytest.mark.parametrize("is_file", [False, True])
def test_the_weather_is_rules_or_a_file_of_them(lab: Lab, tmp_path: Path, is_file: bool) -> None:
    app, file = lab.app(), tmp_path / "weather.json"
    lab.deployed(app)
    file.write_text(SLOW)
    set_on(lab, Weather=str(file) if is_file else SLOW)
    assert power_on(lab, app) == pytest.approx(3)
    with pytest.raises(CommandError, match="failed power_off \\(NoCapacity\\)"):
        with lab.remote(app) as command:
            command.cloud.power_off(app.vm_id)
    set_on(lab, Weather="")
    assert power_on(lab, app) == 0


def test_rules_are_counted_from_command_to_command(lab: Lab) -> None:
    app = lab.app()
    lab.deployed(app)
    set_on(lab, Weather=json.dumps([{"operation": "power_on", "latency": 2, "times": 2}]))
    assert [round(power_on(lab, app)) for _ in range(3)] == [2, 2, 0]


def test_a_file_that_was_changed_is_read_again(lab: Lab, tmp_path: Path) -> None:
    app, file = lab.app(), tmp_path / "weather.json"
    lab.deployed(app)
    file.write_text(SLOW)
    set_on(lab, Weather=str(file))
    assert power_on(lab, app) == pytest.approx(3)
    file.write_text("[]")
    os.utime(file, (1, 1))
    assert power_on(lab, app) == 0


@pytest.mark.parametrize(
    ("weather", "says"),
    [
        ('[{"operation": "fly", "latency": 1}]', "operation 'fly' does not exist; known are .*'power_on'"),
        ('[{"operation": "power_on", "error": "Rain"}]', "error 'Rain' does not exist; known are .*'NoCapacity'"),
        ("[{", "should be a list of rules, as JSON"),
        (
            "/nowhere/weather.json",
            "'Weather' is '/nowhere/weather.json' but should be a list of rules as JSON, or the path",
        ),
    ],
)
def test_weather_that_could_never_be_is_refused_when_it_is_set(lab: Lab, weather: str, says: str) -> None:
    set_on(lab, Weather=weather)
    with pytest.raises(CommandError, match=says):
        with lab.commands.discovery(_context(lab)):
            pass


def test_discovery_logs_how_often_each_rule_struck(lab: Lab, _logs: Path) -> None:
    app = lab.app()
    lab.deployed(app)
    set_on(lab, Weather=SLOW)
    power_on(lab, app)
    with lab.commands.discovery(_context(lab)) as command:
        discover(command, {})
    written = "".join(path.read_text() for path in _logs.rglob("*.log"))
    assert "Weather, rule 1: power_on; it struck 1 times" in written
    assert "Weather, rule 2: power_off; it struck 0 times" in written


def test_what_the_weather_struck_is_in_the_log(lab: Lab, _logs: Path) -> None:
    app = lab.app()
    lab.deployed(app)
    set_on(lab, Weather=SLOW)
    power_on(lab, app)
    written = "".join(path.read_text() for path in _logs.rglob("*.log"))
    assert f"Weather, rule 1: power_on: power_on of '{app.vm_id}' done" in written
