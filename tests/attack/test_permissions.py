"""A plain user tries every operation, every call of the REST API and every page of the portal on what others own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from cloudshell.api.cloudshell_api import InputNameValue, SecurityGroup
from cloudshell.api.common_cloudshell_api import CloudShellAPIError
from starlette.routing import BaseRoute, Route

from cloudshell_local import CloudShellLocal
from cloudshell_local.automation_api.api import AutomationApi, operation_groups
from cloudshell_local.portal.portal import Portal
from cloudshell_local.rest_api.api import RestApi
from cloudshell_local.services.container import Services
from cloudshell_local.services.permissions import AUTOMATION_API, PORTAL, REST_API, Who
from cloudshell_local.storage.model import Blueprint, Sandbox
from tests.cloudshell_local.automation_api.test_mistakes import Caller
from tests.cloudshell_local.portal.portal_client import PortalClient, text_of
from tests.cloudshell_local.toy import Toy, package

REFUSED = "Only an administrator may "


@pytest.fixture(scope="module")
def server() -> Iterator[CloudShellLocal]:
    """A server with resources, an App template, and a blueprint of the administrator's and one of Eve's."""
    with CloudShellLocal() as cloudshell:
        cloudshell.services.catalog.add(package(), "admin")
        for name in ("toys", "eves toys"):
            cloudshell.create_resource("Toy", name, discover=False)
        cloudshell.add_app("Web", "Toy.Brick", "toys")
        for name, owner in (("Theirs", "admin"), ("Eves", "eve")):
            cloudshell.services.blueprints.add_blueprint(Blueprint(name, owner=owner))
        cloudshell.services.access.add_user("eve", "secret", is_admin=False)
        yield cloudshell


@pytest.fixture
def services(server: CloudShellLocal) -> Services:
    return server.services


def new_sandbox(services: Services, owner: str, resource: str) -> Sandbox:
    sandbox = services.lifecycle.reserve_empty("S", owner, 5)
    services.sandboxes.add_resources(sandbox.id, [resource])
    return services.sandboxes.get(sandbox.id)


@pytest.fixture(scope="module")
def theirs(server: CloudShellLocal) -> Sandbox:
    return new_sandbox(server.services, "admin", "toys")


def caller(services: Services, token: str, sandbox: Sandbox) -> Caller:
    return Caller(AutomationApi(services.access, services.permissions, operation_groups(services)), token, sandbox.id)


def records(services: Services) -> list[Any]:
    """Return all that a server stores."""
    store = services.store
    return [list(each) for each in (store.users, store.resources, store.templates, store.blueprints, store.sandboxes)]


def names(who: Who) -> list[str]:
    return [name for name, permission in AUTOMATION_API.items() if permission.who is who]


def test_every_operation_has_an_entry_and_no_entry_is_without_one(services: Services) -> None:
    operations = AutomationApi(services.access, services.permissions, operation_groups(services)).operations
    assert set(operations) == set(AUTOMATION_API)


def paths(routes: Iterable[BaseRoute]) -> set[str]:
    found = [route for route in routes if isinstance(route, Route) and route.path != "/{path:path}"]
    return {f"{method} {route.path}" for route in found for method in (route.methods or set()) - {"HEAD"}}


def test_every_route_has_an_entry_and_no_entry_is_without_one(services: Services) -> None:
    assert paths(RestApi(services).app.routes) == set(REST_API)
    assert paths(Portal(services).app.routes) == set(PORTAL)


def test_without_a_session_there_is_nothing_but_logging_on(services: Services, theirs: Sandbox) -> None:
    nobody, before = caller(services, "", theirs), records(services)
    for name in AUTOMATION_API.keys() - names(Who.EVERYBODY):
        assert "session's token is not valid" in nobody.error(name, nobody.parameters(name, "toys")), name
    assert records(services) == before


def test_a_user_is_refused_what_is_not_theirs_and_changes_nothing(services: Services, theirs: Sandbox) -> None:
    eve = caller(services, services.access.log_on("eve", "secret", "Global").token, theirs)
    refused = [name for who in (Who.ADMINISTRATORS, Who.SANDBOX_USERS, Who.RESOURCE_USERS) for name in names(who)]
    before = records(services)
    for name in [*refused, "GetResourceAvailability"]:
        assert eve.error(name, eve.parameters(name, "toys")).startswith(REFUSED), name
    assert records(services) == before
    assert len(refused) > 60


def test_a_user_is_not_refused_what_is_theirs(services: Services) -> None:
    session = services.access.log_on("eve", "secret", "Global")
    for name in [*names(Who.SANDBOX_USERS), *names(Who.RESOURCE_USERS), *names(Who.USERS)]:
        eve = caller(services, session.token, new_sandbox(services, "eve", "eves toys"))
        # The owner of a new sandbox is another parameter.
        value = "eve" if name == "CreateImmediateReservation" else "eves toys"
        error = eve.error(name, eve.parameters(name, value))
        assert REFUSED not in error, name
        assert "The server failed" not in error, name
        session = services.access.log_on("eve", "secret", "Global") if name == "Logoff" else session


def test_lists_have_what_the_user_may_use(server: CloudShellLocal, services: Services, theirs: Sandbox) -> None:
    mine = new_sandbox(services, "eve", "eves toys")
    admin: Any = server.session()
    eve: Any = server.session("eve", "secret")
    assert {each.Name for each in eve.GetResourceList().Resources} == {"eves toys"}
    assert {each.Name for each in eve.FindResources(includeExcludedResources=True).Resources} == {"eves toys"}
    current = {each.Id for each in eve.GetCurrentReservations().Reservations}
    assert mine.id in current
    assert theirs.id not in current
    assert {theirs.id, *current} <= {each.Id for each in admin.GetCurrentReservations().Reservations}
    assert {"toys", "eves toys"} <= {each.Name for each in admin.GetResourceList().Resources}


def test_a_user_reserves_for_nobody_else_and_takes_nothing_from_anybody(
    server: CloudShellLocal, services: Services, theirs: Sandbox
) -> None:
    eve: Any = server.session("eve", "secret")
    mine = new_sandbox(services, "eve", "eves toys")
    with pytest.raises(CloudShellAPIError, match=f"{REFUSED}reserve a sandbox for another user"):
        eve.CreateImmediateReservation("s", "admin", 5)
    with pytest.raises(CloudShellAPIError, match=f"{REFUSED}take a resource"):
        eve.AddResourcesToReservation(mine.id, ["toys"])
    for operation, arguments in {
        "RefreshVMDetails": (["toys"],),
        "RemoveResourcesFromReservation": (["toys"],),
        "ExecuteCommand": ("toys", "Resource", "echo"),
        "SetAppSecurityGroups": ([SecurityGroup("toys", [])],),
        "SetReservationResourcePosition": ("toys", 1, 1),
    }.items():
        with pytest.raises(CloudShellAPIError, match="'toys' not found"):
            getattr(eve, operation)(mine.id, *arguments)
    with pytest.raises(CloudShellAPIError, match="does not contain the command 'Deploy'"):
        eve.ExecuteCommand(mine.id, "eves toys", "Resource", "Deploy")


@pytest.mark.parametrize("call", REST_API)
def test_the_rest_api_asks_the_same_table(server: CloudShellLocal, call: str) -> None:
    method, path = call.split()
    url = f"http://{server.address}:9000{path.format(name='Toy')}"
    token = requests.put(f"http://{server.address}:9000/api/auth/login", json={"username": "eve", "password": "secret"})
    response = requests.request(method, url, headers={"Authorization": f"Basic {token.json()}"})
    is_refused = REST_API[call].who is Who.ADMINISTRATORS
    assert (response.status_code == 403) == (REFUSED in response.text) == is_refused
    if REST_API[call].who is not Who.EVERYBODY:
        assert requests.request(method, url).status_code == 401


@pytest.fixture
def eve(server: CloudShellLocal) -> PortalClient:
    return PortalClient(server, "eve", "secret")


def portal_response(client: PortalClient, entry: str, sandbox: Sandbox, name: str) -> requests.Response:
    method, path = entry.split()
    address = path.format(id=sandbox.id, name=name)
    return client.get(address) if method == "GET" else client.post(address)


def is_closed(entry: str) -> bool:
    return PORTAL[entry].who not in (Who.EVERYBODY, Who.USERS)


def test_a_user_is_refused_the_pages_of_others_and_administrators(
    eve: PortalClient, services: Services, theirs: Sandbox
) -> None:
    before = records(services)
    for entry in filter(is_closed, PORTAL):
        response = portal_response(eve, entry, theirs, "Theirs")
        assert (response.status_code, REFUSED in text_of(response)) == (403, True), entry
    assert records(services) == before


def test_a_user_is_not_refused_their_own_pages(eve: PortalClient, services: Services) -> None:
    # The log-out comes last.
    entries = sorted(PORTAL.keys() - {"GET /events"}, key=lambda entry: (entry == "POST /logout", "delete" in entry))
    for entry in entries:
        if PORTAL[entry].who is not Who.ADMINISTRATORS:
            response = portal_response(eve, entry, new_sandbox(services, "eve", "eves toys"), "Eves")
            assert REFUSED not in text_of(response), entry
            assert response.status_code < 500, entry


def test_a_blueprint_is_changed_by_its_owner_and_administrators_and_reserved_by_all(server: CloudShellLocal) -> None:
    eve, admin = PortalClient(server, "eve", "secret"), PortalClient(server)
    assert eve.submit("/blueprints/new", name="Nursery") == "/blueprints/Nursery"
    assert server.services.blueprints.blueprint("Nursery").owner == "eve"
    assert eve.submit("/blueprints/Nursery/services", service="VLAN Auto") == "/blueprints/Nursery"
    page = eve.page_text("/blueprints/Theirs")
    assert "Only admin and administrators may change this blueprint; everybody may reserve it." in page
    assert ("Reserve a sandbox" in page, "Add a service" in page) == (True, False)
    assert eve.submit("/blueprints/Theirs/reserve", minutes="5").startswith("/sandboxes/")
    catalog = eve.get("/blueprints").text
    assert ("/blueprints/Nursery/delete" in catalog, "/blueprints/Theirs/delete" in catalog) == (True, False)
    assert admin.submit("/blueprints/Nursery/delete") == "/blueprints"


def test_a_plain_users_sandbox_lives_a_whole_life_by_the_tokens_of_commands(
    server: CloudShellLocal, tmp_path: Path
) -> None:
    toy = Toy.on(server, tmp_path)
    toy.app("Web")
    toy.cloudshell.add_blueprint("B", ["Web"])
    eve: Any = toy.cloudshell.session("eve", "secret")
    sandbox = eve.CreateImmediateTopologyReservation("S", "", 5, topologyFullPath="B").Reservation.Id
    assert toy.services.lifecycle.wait(sandbox).state == "Active"
    (app,) = toy.services.sandboxes.get(sandbox).resources
    eve.ExecuteResourceConnectedCommand(sandbox, app, "PowerOff", "power")
    assert eve.GetResourceLiveStatus(app).liveStatusName == "Offline"
    assert eve.ExecuteCommand(sandbox, app, "Resource", "PowerOn", [InputNameValue("ports", "")]) is not None
    with pytest.raises(CloudShellAPIError, match="does not contain the command 'DeleteInstance'"):
        eve.ExecuteResourceConnectedCommand(sandbox, app, "DeleteInstance", "remote_app_management")
    eve.EndReservation(sandbox)
    assert toy.services.lifecycle.wait(sandbox).state == "Completed"
    assert toy.left()["vms"] == []
