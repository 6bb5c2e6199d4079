"""The developer guide's steps in CloudShell Portal, with the packed shells, in a real browser."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import pytest
from axe_playwright_python.base import AXE_SCRIPT as AXE
from playwright.sync_api import Browser, expect

from cloudshell_local import CloudShellLocal
from cloudshell_local.shells.definition import ShellDefinition
from cloudshell_local.storage.model import Sandbox
from tests.cloudshell_local import toy
from tests.end_to_end.portal_user import PortalUser, chromium

ASKED_AT_DISCOVERY = {
    "L2HeavenlyCloudShell": [
        "User",
        "Password",
        "Heaven cloud color",
        "Default storage",
        "Region",
        "Networking type",
        "VLAN Type",
        "Cloud Store",
        "Fault Injection",
    ],
    "L3HeavenlyCloudShell": [
        "User",
        "Password",
        "Heaven cloud color",
        "Default storage",
        "Region",
        "Networking type",
        "Networks in use",
        "Cloud Store",
        "Fault Injection",
    ],
}
SERVICE = {"L2HeavenlyCloudShell": "VLAN Auto", "L3HeavenlyCloudShell": "Subnet"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def cloudshell() -> Iterator[CloudShellLocal]:
    with CloudShellLocal() as running:
        yield running


@pytest.fixture
def user(browser: Browser, cloudshell: CloudShellLocal) -> Iterator[PortalUser]:
    user = PortalUser(browser, cloudshell.portal)
    user.log_in()
    yield user
    user.close()


def prepared(cloudshell: CloudShellLocal, package: Path, service: str = "") -> ShellDefinition:
    """Install a shell, with a resource "Heaven", the App "Angel" and the blueprint "Choir"."""
    shell = cloudshell.install(package)
    cloudshell.create_resource(shell.model, "Heaven", {"Password": "halo"})
    cloudshell.add_app("Angel", f"{shell.model}.HeavenlyCloudAngelDeployment", "Heaven", {"wing_count": "6"})
    services: dict[str, tuple[str, dict[str, str]]] = {"Net": (service, {})} if service else {}
    cloudshell.add_blueprint("Choir", ["Angel"], services, [("Angel", "Net")] if service else [])
    return shell


@pytest.mark.parametrize("shell", sorted(SERVICE))
def test_all_steps_of_the_developer_guide(
    shell: str, browser: Browser, cloudshell: CloudShellLocal, packages: dict[str, Path]
) -> None:
    user = PortalUser(browser, cloudshell.portal)
    page, kind = user.page, shell[:2].lower()
    user.log_in()
    user.screenshot(f"{kind}-inventory-empty")

    user.install(packages[shell])
    expect(user.row(shell)).to_contain_text("cloudshell_cloud_provider_standard_1_0_0.yaml")
    expect(user.row(shell)).to_contain_text("HeavenlyCloud")
    user.screenshot(f"{kind}-shells")

    user.create_resource(shell, "Heaven")
    labels = page.get_by_role("main").locator("form label").all_inner_texts()
    assert labels == ASKED_AT_DISCOVERY[shell]
    user.expect_text("Type the password, and what else differs from the defaults.")
    user.discover(Password="halo")
    user.expect_text(re.compile("Making a Python environment|Discovery is in progress|Discovered"))
    user.expect_text("Discovered:")
    page.evaluate("scrollTo(0, 0)")
    user.screenshot(f"{kind}-discovery")
    user.open_menu("Inventory")
    expect(user.row("Heaven")).to_contain_text("Online")
    expect(user.row("Heaven")).to_contain_text("included")
    assert page.get_by_role("main").locator("img").evaluate_all("all => all.every(icon => icon.naturalWidth > 0)")
    user.screenshot(f"{kind}-inventory")

    user.create_app("Angel", "HeavenlyCloudAngelDeployment", "Heaven", wing_count="6", flight_speed="11.5")
    user.fill({"User": "michael", "Password": "wings"})
    user.press("Save")
    user.create_app("Man", "HeavenlyCloudManDeployment", "Heaven", cloud_size="large")
    user.open_menu("Manage: Apps")
    user.screenshot(f"{kind}-apps")
    user.follow("Angel")
    assert page.get_by_label("wing_count").input_value() == "6"
    user.screenshot(f"{kind}-deployment-paths")

    service = SERVICE[shell]
    user.create_blueprint("Choir", ["Angel", "Man"], service, [("Angel", service), ("Man", service)])
    user.screenshot(f"{kind}-blueprint")
    user.reserve("Evensong")

    # From here on the page updates itself: it is not loaded again.
    page.evaluate("window.isStillHere = true")
    expect(page.locator(".state")).to_have_text("Setup")
    expect(page.locator(".state")).to_have_text("Active")
    for app in ("Angel", "Man"):
        expect(user.box(app).locator(".status.good")).to_have_text("Online")
    expect(page.locator("path.line.Connected")).to_have_count(2)
    expect(page.get_by_role("log")).to_contain_text("Sandbox setup finished successfully")
    assert page.evaluate("window.isStillHere")
    user.screenshot(f"{kind}-sandbox")

    user.box("Angel").click()
    expect(page.get_by_role("complementary")).to_contain_text("michael")
    expect(page.get_by_role("complementary")).to_contain_text("Heaven")
    assert "wings" not in page.content()
    page.evaluate("window.isStillHere = true")
    user.press("Power Off")
    expect(user.box("Angel").locator(".status.idle")).to_have_text("Offline")
    user.press("Power On")
    expect(user.box("Angel").locator(".status.good")).to_have_text("Online")
    user.press("Refresh IP")
    expect(page.get_by_role("region", name="In progress")).to_have_count(0)
    user.press("Refresh VM Details")
    expect(user.region("VM Details")).to_contain_text("02:")  # a MAC address of this cloud
    if kind == "l2":
        disconnect = page.get_by_role("button", name=re.compile("Disconnect Angel"))
        disconnect.click()
        expect(page.locator("path.line.Disconnected")).to_have_count(1)
        page.get_by_role("button", name=re.compile("Connect Angel")).click()
        expect(page.locator("path.line.Connected")).to_have_count(2)
    assert page.evaluate("window.isStillHere")
    user.screenshot(f"{kind}-app")

    user.press("End")
    expect(page.locator(".state")).to_have_text("Completed")
    expect(page.locator("a.box.app")).to_have_count(0)
    user.open_menu("Executions")
    expect(user.row("DeleteInstance").first).to_contain_text("Completed")
    user.screenshot(f"{kind}-executions")
    assert "BEGIN" not in page.content()
    user.close()
    assert not [each for each in cloudshell.services.store.resources if each.vm_details]


def test_a_failed_discovery_without_a_mouse(
    user: PortalUser, cloudshell: CloudShellLocal, packages: dict[str, Path]
) -> None:
    cloudshell.install(packages["L2HeavenlyCloudShell"])
    page, keys = user.page, user.page.keyboard
    keys.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    keys.press("Enter")
    keys.press("Tab")
    expect(page.get_by_role("link", name="Create new")).to_be_focused()
    keys.press("Enter")
    page.get_by_role("link", name="L2HeavenlyCloudShell").focus()
    keys.press("Enter")
    expect(page.get_by_label("Name")).to_be_focused()
    keys.type("Heaven")
    keys.press("Enter")
    user.expect_heading("Validation & Discovery")
    page.get_by_label("Password").focus()
    keys.type("hell")
    keys.press("Tab")
    keys.press("Control+a")
    keys.type("crimson")
    keys.press("Enter")
    user.expect_text(re.compile("synchronization failed due to a driver error: 'get_inventory' command failed"))
    assert page.get_by_label("Password").input_value() == "hell"
    assert page.get_by_label("Heaven cloud color").input_value() == "crimson"
    user.screenshot("failed-discovery")
    assert cloudshell.services.store.resources.get("Heaven").excluded
    page.reload()
    assert page.get_by_label("Heaven cloud color").input_value() == "crimson", "it is stored, too"
    user.open_menu("Inventory")
    expect(user.row("Heaven")).to_contain_text("excluded")
    expect(user.row("Heaven").locator(".status.idle")).to_contain_text("Offline")
    user.open("/inventory/Heaven/discovery")
    user.discover(Password="halo")
    user.expect_text("Discovered:")


def test_a_failing_app(user: PortalUser, cloudshell: CloudShellLocal, packages: dict[str, Path]) -> None:
    prepared(cloudshell, packages["L2HeavenlyCloudShell"])
    cloudshell.services.inventory.set_attributes("Heaven", {"Region": "sun"})
    user.open("/blueprints/Choir")
    user.reserve("Burnt")
    page = user.page
    expect(page.locator(".state")).to_have_text("Active (with Error)")
    expect(user.box("Angel").locator(".status.bad")).to_have_text("Error")
    expect(page.get_by_role("complementary")).to_contain_text("sun")
    expect(page.get_by_role("log")).to_contain_text(
        "Error: Deploying the App 'Angel' failed: Nothing can be deployed in the region 'sun'"
    )
    user.screenshot("failing-app")
    cloudshell.services.inventory.set_attributes("Heaven", {"Region": "narnia"})
    user.press("Deploy")
    expect(user.box("Angel").locator("small")).to_contain_text("172.16.")
    user.press("Power On")
    expect(user.box("Angel").locator(".status.good")).to_have_text("Online")


def test_a_cancelled_command(
    user: PortalUser, cloudshell: CloudShellLocal, packages: dict[str, Path], tmp_path: Path
) -> None:
    """The shell is installed from its folder; its cloud boots VMs slowly in narnia, and builds them slowly in eden."""
    shell, page = "L2HeavenlyCloudShell", user.page
    folder = slow_shell(packages[shell].parents[1], tmp_path / "slow")
    user.open("/shells")
    user.fill({"Folder on the server's machine": str(folder)})
    user.press("Pack and install")
    expect(user.row(shell)).to_be_visible()
    user.create_resource(shell, "Heaven")
    user.discover(Password="halo")
    user.expect_text("Discovered:")
    user.create_app("Angel", "HeavenlyCloudAngelDeployment", "Heaven")
    user.create_app("Man", "HeavenlyCloudManDeployment", "Heaven")
    user.create_blueprint("Choir", ["Angel", "Man"])
    user.reserve("Slow", set_up=False)
    running = user.region("In progress")

    user.box("Angel").click()
    user.press("Deploy")
    expect(user.box("Angel").locator("small")).to_contain_text("172.16.")
    expect(running).to_contain_text("remote_refresh_ip on Angel")
    user.screenshot("cancellable-command")
    user.press("Stop remote_refresh_ip", user.region("Commands"))
    expect(page.get_by_role("log")).to_contain_text("'Refresh IP' on Angel: stopped")
    expect(running).to_have_count(0)

    cloudshell.services.inventory.set_attributes("Heaven", {"Region": "eden"})
    user.box("Man").click()
    user.press("Deploy")
    expect(user.box("Man").locator(".status.busy")).to_have_text("Deploying")
    user.press("Stop Deploy on Heaven", running)
    expect(user.box("Man").locator(".status.bad")).to_have_text("Error")
    expect(page.get_by_role("complementary")).to_contain_text("cancelled")

    user.open_menu("Executions")
    expect(user.row("remote_refresh_ip")).to_contain_text("Stopped")
    user.follow("remote_refresh_ip")
    expect(page.locator("pre.bad")).to_contain_text("cancelled")
    user.expect_text("Driver log")
    expect(page.locator("pre").last).to_contain_text("remote_refresh_ip")
    user.screenshot("execution")


def slow_shell(project: Path, target: Path) -> Path:
    """Return a copy of a shell's project whose cloud is slow."""
    shutil.copytree(project, target)
    file = target / "src" / "heavenly_cloud" / "cloud.json"
    heaven = json.loads(file.read_text())
    regions = {region["name"]: region for region in heaven["regions"]}
    regions["narnia"]["boot_seconds"] = regions["eden"]["build_seconds"] = 600
    file.write_text(json.dumps(heaven))
    return target


def test_two_browsers_see_the_same(
    user: PortalUser, browser: Browser, cloudshell: CloudShellLocal, packages: dict[str, Path]
) -> None:
    prepared(cloudshell, packages["L2HeavenlyCloudShell"], "VLAN Auto")
    sandbox = cloudshell.reserve("Choir")
    other = PortalUser(browser, cloudshell.portal)
    other.log_in()
    for each in (user, other):
        each.open(f"/sandboxes/{sandbox.id}")
        expect(each.box("Angel").locator(".status.good")).to_have_text("Online")
    other.page.get_by_role("link", name="Choir", exact=True).or_(other.box("Angel")).first.focus()
    user.press("Power Off")
    expect(other.box("Angel").locator(".status.idle")).to_have_text("Offline")
    expect(other.box("Angel")).to_be_focused()  # An update leaves the focus where it is.
    other.press("Power On")
    expect(user.box("Angel").locator(".status.good")).to_have_text("Online")
    user.press("Log out")
    user.expect_heading("Log in")
    other.press("End")
    expect(other.page.locator(".state")).to_have_text("Completed")
    other.close()


def test_a_session_that_ended_in_another_window_is_redirected_to_the_login(
    user: PortalUser, cloudshell: CloudShellLocal
) -> None:
    user.open("/executions")
    twin = user.context.new_page()
    twin.goto(cloudshell.portal)
    twin.get_by_role("button", name="Log out").click()
    cloudshell.services.store.changes.notify("execution")
    user.expect_heading("Log in")


EVIL = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>"
EVIL_ICON = (
    b"<svg xmlns='http://www.w3.org/2000/svg' onload='window.hacked = 1'><script>window.hacked = 1</script></svg>"
)


def test_no_script_of_users_drivers_or_packages_runs(
    user: PortalUser, cloudshell: CloudShellLocal, tmp_path: Path
) -> None:
    evil = EVIL.replace("'", "")
    content = toy.package(
        lambda text: text.replace("default: A toy", f'default: "{evil}"').replace("author: Tests", f'author: "{evil}"'),
        files={"icon.png": EVIL_ICON},
        options={"deployment.yaml": toy.OPTIONS.replace("Toys to deploy", f'"{evil}"'), "brick.png": EVIL_ICON},
    )
    services = cloudshell.services
    services.catalog.add(content, "admin")
    services.inventory.create("Toy", "toys", description=EVIL, values={"User": EVIL, "Control": str(tmp_path)})
    services.inventory.set_live_status("toys", EVIL, EVIL)
    cloudshell.add_app("Web", "Toy.Brick", "toys", {}, {"User": EVIL})
    cloudshell.add_blueprint("B", ["Web"], {EVIL: ("VLAN Auto", {"Evil": EVIL})}, [("Web", EVIL)])
    services.commands.start(services.store.resources.get("toys"), "echo", text=EVIL).result()
    sandbox = cloudshell.reserve("B")
    _rename_as_an_older_server_allowed(cloudshell, sandbox)
    services.sandboxes.post_error(sandbox.id, EVIL)
    pages = [
        "/inventory", "/inventory/toys", "/inventory/toys/discovery", "/inventory/toys/attributes", "/inventory/new",
        "/shells", "/apps", "/apps/new?type=Toy.Brick", "/apps/Web", "/apps/Web/resource", "/blueprints", "/blueprints/B",
        f"/blueprints/B/service?alias={quote(EVIL)}", "/sandboxes", f"/sandboxes/{sandbox.id}",
        f"/sandboxes/{sandbox.id}?chosen={quote(EVIL)}", "/executions", f"/executions/{cloudshell.executions()[-1].id}",
        f"/login?next={quote(EVIL)}", f"/{quote(EVIL)}", "/icons/shells/Toy", "/icons/types/Toy.Brick",
    ]  # fmt: skip
    for path in pages:
        user.open(path)
        assert user.page.evaluate("window.hacked") is None, path
    user.open(f"/sandboxes/{sandbox.id}")
    expect(user.page.get_by_role("log")).to_contain_text(EVIL)
    blocked = [text for text in user.problems if text.startswith("Blocked script execution in")]
    assert user.problems == blocked, "the icons' scripts tried to run, and nothing else"
    user.problems = []


def _rename_as_an_older_server_allowed(cloudshell: CloudShellLocal, sandbox: Sandbox) -> None:
    """Give the deployed app and the sandbox names that are refused now, but may be stored."""
    store, (app,) = cloudshell.services.store, cloudshell.deployed(sandbox).values()
    store.resources.remove(app.name)
    store.resources.put(EVIL + "a", replace(app, name=EVIL + "a"))
    with store.sandboxes.changing(sandbox.id) as changed:
        changed.name, changed.resources = EVIL + "s", {EVIL + "a": (0, 0)}
        for line in changed.connectors:
            line.source = EVIL + "a" if line.source == app.name else line.source


def test_pages_in_the_background_take_no_connection_from_the_others(user: PortalUser) -> None:
    hide = "Object.defineProperty(document, 'hidden', {value: true}); document.dispatchEvent(new Event('visibilitychange'))"
    for _ in range(10):  # A browser has six connections to a server.
        page = user.context.new_page()
        page.goto(f"{user.portal}/sandboxes")
        page.evaluate(hide)
    user.open("/inventory")
    user.expect_heading("Inventory")


def test_a_page_reconnects_to_a_restarted_server(browser: Browser) -> None:
    # An address of its own, which no other test takes while the server is down.
    with CloudShellLocal(toy.own_address()) as cloudshell:
        user = PortalUser(browser, cloudshell.portal)
        user.log_in()
        user.open("/sandboxes")
    with CloudShellLocal(cloudshell.address):
        user.expect_heading("Log in")  # Sessions are in memory.
    user.problems = [text for text in user.problems if "ERR_CONNECTION" not in text]
    user.close()


def test_the_portal_works_without_javascript(browser: Browser, cloudshell: CloudShellLocal) -> None:
    user = PortalUser(browser, cloudshell.portal, java_script_enabled=False)
    user.log_in()
    user.open_menu("Blueprints")
    for text in ("The blueprint is empty", "A blueprint named 'Choir' already exists"):
        user.open("/blueprints")
        user.fill({"Name": "Choir"})
        user.press("Create")
        user.expect_text(re.compile(text))
    user.open("/blueprints/Choir")
    user.press("Reserve", user.region("Reserve"))
    user.expect_heading("Choir")
    user.press("End")
    expect(user.page.locator(".state")).to_have_text(re.compile("Teardown|Completed|Setup"))
    user.close()


Colors = Literal["light", "dark"]
WINDOWS: list[tuple[int, Colors]] = [(1280, "light"), (1280, "dark"), (360, "light")]


def test_pages_fit_every_window_and_are_accessible(
    browser: Browser, cloudshell: CloudShellLocal, packages: dict[str, Path]
) -> None:
    shell = prepared(cloudshell, packages["L2HeavenlyCloudShell"], "VLAN Auto")
    sandbox = cloudshell.reserve("Choir")
    user = PortalUser(browser, cloudshell.portal)
    user.open("/login")
    fits_every_window(user)
    user.log_in()
    option = f"{shell.model}.HeavenlyCloudAngelDeployment"
    execution = cloudshell.executions()[-1].id
    for path in (
        "/inventory",
        f"/inventory/new?shell={shell.name}",
        "/inventory/Heaven",
        "/inventory/Heaven/discovery",
        "/inventory/Heaven/attributes",
        "/shells",
        "/apps",
        f"/apps/new?type={option}",
        "/apps/Angel",
        "/apps/Angel/resource",
        "/blueprints",
        "/blueprints/Choir",
        "/blueprints/Choir/service?alias=Net",
        "/sandboxes",
        f"/sandboxes/{sandbox.id}",
        "/executions",
        f"/executions/{execution}",
        "/nowhere",
    ):
        user.open(path)
        fits_every_window(user)
    user.open(f"/sandboxes/{sandbox.id}")
    for width, colors in WINDOWS:
        show_in(user, width, colors)
        user.screenshot(f"sandbox-{width}-{colors}")
    user.close()


def fits_every_window(user: PortalUser) -> None:
    """Check the open page in each window and each color scheme."""
    user.page.evaluate(AXE)
    for width, colors in WINDOWS:
        show_in(user, width, colors)
        where = f"{user.page.url}, {width} wide, {colors}"
        # All that other colors change is the contrast.
        assert violations(user, only=["color-contrast"] if colors == "dark" else None) == [], where
        wide = user.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{where}: {wide} wider than the window"


def show_in(user: PortalUser, width: int, colors: Colors) -> None:
    user.page.set_viewport_size({"width": width, "height": 1000})
    user.page.emulate_media(color_scheme=colors)


def violations(user: PortalUser, only: list[str] | None = None) -> list[str]:
    """Return what the accessibility checker axe finds: names, roles, landmarks, contrast; or by some of its rules only.

    It is in the page already.
    """
    options = {"resultTypes": ["violations"], **({"runOnly": only} if only else {})}
    found = user.page.evaluate("options => axe.run(options).then(found => found.violations)", options)
    return [f"{each['id']}: {json.dumps([node['html'][:120] for node in each['nodes'][:3]])}" for each in found]
