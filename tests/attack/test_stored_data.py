"""Numbers and texts that cannot be stored: each is refused or cleaned where it comes in, and the server starts again."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests
from cloudshell.api.common_cloudshell_api import CloudShellAPIError

from cloudshell_local import CloudShellLocal
from cloudshell_local.errors import InvalidPackage, WrongCall
from cloudshell_local.rest_api.packages import Packages
from cloudshell_local.services.networking.checkouts import Checkouts
from tests.cloudshell_local.rest_api.test_packages import META, blueprint, template
from tests.cloudshell_local.toy import Toy, zipped

BAD_NUMBERS = ["nan", "inf", "-inf", "1e999", "NaN", "Infinity"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def attacked(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Toy]:
    """A server whose data folder is opened again when all attacks on it are over."""
    with CloudShellLocal(data=folder) as cloudshell:
        toy = Toy.on(cloudshell, tmp_path_factory.mktemp("control"))
        toy.app("Web")
        yield toy
    with CloudShellLocal(data=folder) as again:
        assert again.services.store.all_set_aside() == []


@pytest.fixture
def sandbox(attacked: Toy) -> str:
    return attacked.services.sandboxes.create("S", "admin", 60).id


@pytest.fixture
def api(attacked: Toy) -> Any:
    return attacked.cloudshell.session()


@pytest.mark.parametrize("number", BAD_NUMBERS)
def test_a_position_that_is_no_number_is_refused_by_the_api(attacked: Toy, api: Any, sandbox: str, number: str) -> None:
    api.AddResourcesToReservation(sandbox, [attacked.provider.name])
    calls: list[Callable[[], object]] = [
        lambda: api.SetReservationResourcePosition(sandbox, attacked.provider.name, number, 1),
        lambda: api.AddAppToReservation(sandbox, "Web", positionX=1, positionY=number),
        lambda: api.CreateImmediateReservation("R", "admin", number),
    ]
    for call in calls:
        with pytest.raises(CloudShellAPIError, match="should be a number, not"):
            call()
    found = attacked.services.sandboxes.get(sandbox)
    assert (list(found.apps), found.resources) == ([], {attacked.provider.name: (0, 0)})


@pytest.mark.parametrize("number", [*BAD_NUMBERS, "left"])
def test_a_position_that_is_no_number_is_a_problem_of_the_package(attacked: Toy, number: str) -> None:
    web = template("Web", attacked.provider.name)
    bad, count = re.subn(r'(<Service [^>]*PositionX)="[^"]*"', rf'\1="{number}"', blueprint("Bad", web), count=1)
    assert count == 1
    with pytest.raises(
        InvalidPackage, match=f"Topologies/b.xml: Service '.*' cannot be used: PositionX .* not '{number}'"
    ):
        Packages(attacked.services).import_package(zipped({"metadata.xml": META, "Topologies/b.xml": bad}))
    assert "Bad" not in attacked.services.store.blueprints


@pytest.mark.parametrize("minutes", ["-1", "1.5", "٣", "9" * 400, "soon"])
def test_a_duration_that_is_no_number_of_minutes_is_a_problem_of_the_package(attacked: Toy, minutes: str) -> None:
    bad = f'<TopologyInfo><Details Name="Bad" SetupDuration="{minutes}"/></TopologyInfo>'
    with pytest.raises(
        InvalidPackage, match="Details 'Bad' cannot be used: SetupDuration should be a number of minutes"
    ):
        Packages(attacked.services).import_package(zipped({"metadata.xml": META, "Topologies/b.xml": bad}))


def test_half_of_a_character_is_cleaned_in_the_rest_api(attacked: Toy) -> None:
    body = json.dumps({"username": "\ud800", "password": "\udfff\0", "domain": "Global"})
    address = f"http://{attacked.cloudshell.address}:9000/API/Auth/Login"
    response = requests.put(address, body, headers={"Content-Type": "application/json"}, timeout=10)
    assert (response.status_code, response.json()["Message"][:12]) == (401, "Login failed")


def test_half_of_a_character_is_cleaned_in_forms(attacked: Toy) -> None:
    # This encoding of Python decodes the text \ud800 to a lone surrogate.
    fields = {"username": b"admin", "user": b"admin", "password": rb"\ud800"}
    lines = [
        b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), fields[name])
        for name in fields
    ]
    body = b"".join(lines) + b"--x--\r\n"
    kind = "multipart/form-data; boundary=x; charset=unicode_escape"
    for method, address in (("PUT", f"http://{attacked.cloudshell.address}:9000/API/Auth/Login"),
                            ("POST", f"{attacked.cloudshell.portal}login")):  # fmt: skip
        response = requests.request(method, address, data=body, headers={"Content-Type": kind}, timeout=10)
        assert response.status_code == 401, response.text


def test_what_a_driver_says_is_cleaned_so_that_its_sandbox_ends(attacked: Toy, sandbox: str) -> None:
    services = attacked.services
    services.sandboxes.add_app(sandbox, services.blueprints.new_app("Web"))
    attacked.fail(Deploy={"raise": "no \udcff", "times": 1})
    (failed,) = services.deployment.deploy(sandbox, ["Web"])
    assert "no \ufffd" in failed.error
    services.deployment.deploy(sandbox, ["Web"])
    attacked.fail(DeleteInstance={"raise": "stuck \ud800\0"})
    ended = attacked.cloudshell.end(services.sandboxes.get(sandbox))
    attacked.fail()
    assert ended.state == "Completed (with Error)"
    assert any("stuck \ufffd\ufffd" in message.text for message in services.store.feed(sandbox))


def test_half_of_a_character_in_the_answer_of_a_driver_or_in_criteria_is_cleaned(attacked: Toy) -> None:
    checkouts = Checkouts(attacked.services.store)
    criteria = r'{"type": "SpecificNumeric", "poolId": "\ud800", "requestedItem": {"Value": 5}}'
    assert checkouts.check_out(criteria) == "5"
    checkouts.release(["5"], "\ufffd")
    with pytest.raises(WrongCall, match="should be a JSON object"):
        checkouts.check_out("[" * 100_000)


def test_deep_xml_is_refused_with_a_sentence(attacked: Toy) -> None:
    deep = "<a>" * 50_000 + "</a>" * 50_000
    address = f"http://{attacked.cloudshell.address}:8029/ResourceManagerApiService/SetConnectorsInReservation"
    with attacked.services.access.command_token() as token:
        headers = {"Authorization": f"Token={token}"}
        response = requests.post(address, f"<x>{deep}</x>", headers=headers, timeout=20)
    assert "The request of 'SetConnectorsInReservation' is not XML" in response.text


def test_a_folder_that_an_older_server_made_unreadable_is_opened(attacked: Toy, folder: Path, tmp_path: Path) -> None:
    """Earlier versions kept NaN as null, so that the server never started again."""
    source = sqlite3.connect(folder / "cloudshell.db")
    with closing(source), closing(sqlite3.connect(tmp_path / "cloudshell.db", isolation_level=None)) as copy:
        source.backup(copy)
        copy.execute("INSERT INTO records VALUES ('sandbox', 'old', ?)", (OLD_SANDBOX,))
        copy.execute("INSERT INTO sandbox_parts VALUES ('old', 'resources', 'T', '[null,1.0]')")
    for name in ("password.key", "shells"):
        (tmp_path / name).symlink_to(folder / name)
    with CloudShellLocal(data=tmp_path) as cloudshell:
        assert cloudshell.services.sandboxes.get("old").resources == {"T": (0, 0)}
        assert cloudshell.end(cloudshell.services.sandboxes.get("old")).state.startswith("Completed")


OLD_SANDBOX = json.dumps(
    {"id": "old", "name": "Old", "owner": "admin", "start": "2026-01-01T10:00:00", "end": "2036-01-01T10:00:00"}
)
