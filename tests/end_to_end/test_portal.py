"""The developer guide's walk through CloudShell Portal, with the packed shells, in a real browser."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from cloudshell_local import CloudShellLocal
from cloudshell_local.shells.definition import ShellDefinition
from tests.cloudshell_local import toy
from tests.end_to_end.person import Person, chromium

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
def person(browser: Browser, cloudshell: CloudShellLocal) -> Iterator[Person]:
    person = Person(browser, cloudshell.portal)
    person.log_in()
    yield person
    person.close()


def prepared(cloudshell: CloudShellLocal, package: Path, service: str = "") -> ShellDefinition:
    """Install a shell, with a resource "Heaven", the App "Angel" and the blueprint "Choir"."""
    shell = cloudshell.install(package)
    cloudshell.create_resource(shell.model, "Heaven", {"Password": "halo"})
    cloudshell.add_app("Angel", f"{shell.model}.HeavenlyCloudAngelDeployment", "Heaven", {"wing_count": "6"})
    services: dict[str, tuple[str, dict[str, str]]] = {"Net": (service, {})} if service else {}
    cloudshell.add_blueprint("Choir", ["Angel"], services, [("Angel", "Net")] if service else [])
    return shell


@pytest.mark.parametrize("shell", sorted(SERVICE))
def test_the_whole_walk(shell: str, browser: Browser, cloudshell: CloudShellLocal, packages: dict[str, Path]) -> None:
    person = Person(browser, cloudshell.portal)
    page, kind = person.page, shell[:2].lower()
    person.log_in()
    person.screenshot(f"{kind}-inventory-empty")

    person.install(packages[shell])
    expect(person.row(shell)).to_contain_text("cloudshell_cloud_provider_standard_1_0_0.yaml")
    expect(person.row(shell)).to_contain_text("HeavenlyCloud")
    person.screenshot(f"{kind}-shells")

    person.create_resource(shell, "Heaven")
    labels = page.get_by_role("main").locator("form label").all_inner_texts()
    assert labels == ASKED_AT_DISCOVERY[shell]
    person.sees("Type the password, and what else differs from the defaults.")
    person.discover(Password="halo")
    person.sees(re.compile("Making a Python environment|Discovery is under way|Discovered"))
    person.sees("Discovered:")
    page.evaluate("scrollTo(0, 0)")
    person.screenshot(f"{kind}-discovery")
    person.menu("Inventory")
    expect(person.row("Heaven")).to_contain_text("Online")
    expect(person.row("Heaven")).to_contain_text("included")
    assert page.get_by_role("main").locator("img").evaluate_all("all => all.every(icon => icon.naturalWidth > 0)")
    person.screenshot(f"{kind}-inventory")

    person.create_app("Angel", "HeavenlyCloudAngelDeployment", "Heaven", wing_count="6", flight_speed="11.5")
    person.fill({"User": "michael", "Password": "wings"})
    person.press("Save")
    person.create_app("Man", "HeavenlyCloudManDeployment", "Heaven", cloud_size="large")
    person.menu("Manage: Apps")
    person.screenshot(f"{kind}-apps")
    person.follow("Angel")
    assert page.get_by_label("wing_count").input_value() == "6"
    person.screenshot(f"{kind}-deployment-paths")

    service = SERVICE[shell]
    person.create_blueprint("Choir", ["Angel", "Man"], service, [("Angel", service), ("Man", service)])
    person.screenshot(f"{kind}-blueprint")
    person.reserve("Evensong")

    # All that follows, the page shows by itself: it is not loaded again.
    page.evaluate("window.isStillHere = true")
    expect(page.locator(".state")).to_have_text("Setup")
    expect(page.locator(".state")).to_have_text("Active")
    for app in ("Angel", "Man"):
        expect(person.box(app).locator(".status.good")).to_have_text("Online")
    expect(page.locator("path.line.Connected")).to_have_count(2)
    expect(page.get_by_role("log")).to_contain_text("Sandbox setup finished successfully")
    assert page.evaluate("window.isStillHere")
    person.screenshot(f"{kind}-sandbox")

    person.box("Angel").click()
    expect(page.get_by_role("complementary")).to_contain_text("michael")
    expect(page.get_by_role("complementary")).to_contain_text("Heaven")
    assert "wings" not in page.content()
    page.evaluate("window.isStillHere = true")
    person.press("Power Off")
    expect(person.box("Angel").locator(".status.idle")).to_have_text("Offline")
    person.press("Power On")
    expect(person.box("Angel").locator(".status.good")).to_have_text("Online")
    person.press("Refresh IP")
    expect(page.get_by_role("region", name="Under way")).to_have_count(0)
    person.press("Refresh VM Details")
    expect(person.region("VM Details")).to_contain_text("02:")  # a MAC address of this cloud
    if kind == "l2":
        disconnect = page.get_by_role("button", name=re.compile("Disconnect Angel"))
        disconnect.click()
        expect(page.locator("path.line.Disconnected")).to_have_count(1)
        page.get_by_role("button", name=re.compile("Connect Angel")).click()
        expect(page.locator("path.line.Connected")).to_have_count(2)
    assert page.evaluate("window.isStillHere")
    person.screenshot(f"{kind}-app")

    person.press("End")
    expect(page.locator(".state")).to_have_text("Completed")
    expect(page.locator("a.box.app")).to_have_count(0)
    person.menu("Executions")
    expect(person.row("DeleteInstance").first).to_contain_text("Completed")
    person.screenshot(f"{kind}-executions")
    assert "BEGIN" not in page.content()
    person.close()
    assert not [each for each in cloudshell.services.store.resources if each.vm_details]


def test_a_failed_discovery_without_a_mouse(
    person: Person, cloudshell: CloudShellLocal, packages: dict[str, Path]
) -> None:
    cloudshell.install(packages["L2HeavenlyCloudShell"])
    page, keys = person.page, person.page.keyboard
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
    person.sees_heading("Validation & Discovery")
    page.get_by_label("Password").focus()
    keys.type("hell")
    keys.press("Tab")
    keys.press("Control+a")
    keys.type("crimson")
    keys.press("Enter")
    person.sees(re.compile("synchronization failed due to a driver error: 'get_inventory' command failed"))
    assert page.get_by_label("Password").input_value() == "hell"
    assert page.get_by_label("Heaven cloud color").input_value() == "crimson"
    person.screenshot("failed-discovery")
    assert cloudshell.services.store.resources.get("Heaven").excluded
    page.reload()
    assert page.get_by_label("Heaven cloud color").input_value() == "crimson", "it is kept, too"
    person.menu("Inventory")
    expect(person.row("Heaven")).to_contain_text("excluded")
    expect(person.row("Heaven").locator(".status.idle")).to_contain_text("Offline")
    person.go("/inventory/Heaven/discovery")
    person.discover(Password="halo")
    person.sees("Discovered:")


def test_a_failing_app(person: Person, cloudshell: CloudShellLocal, packages: dict[str, Path]) -> None:
    prepared(cloudshell, packages["L2HeavenlyCloudShell"])
    cloudshell.services.inventory.set_attributes("Heaven", {"Region": "sun"})
    person.go("/blueprints/Choir")
    person.reserve("Burnt")
    page = person.page
    expect(page.locator(".state")).to_have_text("Active (with Error)")
    expect(person.box("Angel").locator(".status.bad")).to_have_text("Error")
    expect(page.get_by_role("complementary")).to_contain_text("sun")
    expect(page.get_by_role("log")).to_contain_text(
        "Error: Deploying the App 'Angel' failed: Nothing can be deployed in the region 'sun'"
    )
    person.screenshot("failing-app")
    cloudshell.services.inventory.set_attributes("Heaven", {"Region": "narnia"})
    person.press("Deploy")
    expect(person.box("Angel").locator("small")).to_contain_text("172.16.")
    person.press("Power On")
    expect(person.box("Angel").locator(".status.good")).to_have_text("Online")


def test_a_cancelled_command(
    person: Person, cloudshell: CloudShellLocal, packages: dict[str, Path], tmp_path: Path
) -> None:
    """On a cloud where VMs of narnia take long to boot, and those of eden to be built; installed from its folder."""
    shell, page = "L2HeavenlyCloudShell", person.page
    folder = slow_shell(packages[shell].parents[1], tmp_path / "slow")
    person.go("/shells")
    person.fill({"Folder on the server's machine": str(folder)})
    person.press("Pack and install")
    expect(person.row(shell)).to_be_visible()
    person.create_resource(shell, "Heaven")
    person.discover(Password="halo")
    person.sees("Discovered:")
    person.create_app("Angel", "HeavenlyCloudAngelDeployment", "Heaven")
    person.create_app("Man", "HeavenlyCloudManDeployment", "Heaven")
    person.create_blueprint("Choir", ["Angel", "Man"])
    person.reserve("Slow", set_up=False)
    running = person.region("Under way")

    person.box("Angel").click()
    person.press("Deploy")
    expect(person.box("Angel").locator("small")).to_contain_text("172.16.")
    person.press("Power On")
    expect(person.box("Angel").locator(".status.good")).to_have_text("Online")
    person.press("Refresh IP")
    expect(running).to_contain_text("remote_refresh_ip on Angel")
    person.screenshot("cancellable-command")
    person.press("Stop remote_refresh_ip", person.region("Commands"))
    expect(page.get_by_role("log")).to_contain_text("Error: 'remote_refresh_ip' failed")
    expect(running).to_have_count(0)

    cloudshell.services.inventory.set_attributes("Heaven", {"Region": "eden"})
    person.box("Man").click()
    person.press("Deploy")
    expect(person.box("Man").locator(".status.busy")).to_have_text("Deploying")
    person.press("Stop Deploy on Heaven", running)
    expect(person.box("Man").locator(".status.bad")).to_have_text("Error")
    expect(page.get_by_role("complementary")).to_contain_text("cancelled")

    person.menu("Executions")
    expect(person.row("remote_refresh_ip")).to_contain_text("Stopped")
    person.follow("remote_refresh_ip")
    expect(page.locator("pre.bad")).to_contain_text("cancelled")
    person.sees("The driver's log")
    expect(page.locator("pre").last).to_contain_text("remote_refresh_ip")
    person.screenshot("execution")


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
    person: Person, browser: Browser, cloudshell: CloudShellLocal, packages: dict[str, Path]
) -> None:
    prepared(cloudshell, packages["L2HeavenlyCloudShell"], "VLAN Auto")
    sandbox = cloudshell.reserve("Choir")
    other = Person(browser, cloudshell.portal)
    other.log_in()
    for each in (person, other):
        each.go(f"/sandboxes/{sandbox.id}")
        expect(each.box("Angel").locator(".status.good")).to_have_text("Online")
    other.page.get_by_role("link", name="Choir", exact=True).or_(other.box("Angel")).first.focus()
    person.press("Power Off")
    expect(other.box("Angel").locator(".status.idle")).to_have_text("Offline")
    expect(other.box("Angel")).to_be_focused()  # An update leaves the focus where it is.
    other.press("Power On")
    expect(person.box("Angel").locator(".status.good")).to_have_text("Online")
    person.press("Log out")
    person.sees_heading("Log in")
    other.press("End")
    expect(other.page.locator(".state")).to_have_text("Completed")
    other.close()


def test_whoever_is_logged_out_elsewhere_is_led_to_the_login(person: Person, cloudshell: CloudShellLocal) -> None:
    person.go("/executions")
    twin = person.context.new_page()
    twin.goto(cloudshell.portal)
    twin.get_by_role("button", name="Log out").click()
    cloudshell.services.store.changes.notify("execution")
    person.sees_heading("Log in")


EVIL = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>"
EVIL_ICON = (
    b"<svg xmlns='http://www.w3.org/2000/svg' onload='window.hacked = 1'><script>window.hacked = 1</script></svg>"
)


def test_nothing_that_people_drivers_or_packages_bring_runs(
    person: Person, cloudshell: CloudShellLocal, tmp_path: Path
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
    cloudshell.add_app("Web", "Toy.Brick", "toys", {"VM Name": EVIL}, {"User": EVIL})
    cloudshell.add_blueprint("B", ["Web"], {EVIL: ("VLAN Auto", {"Evil": EVIL})}, [("Web", EVIL)])
    services.commands.start(services.store.resources.get("toys"), "echo", text=EVIL).result()
    sandbox = cloudshell.reserve("B", EVIL)
    services.sandboxes.post_error(sandbox.id, EVIL)
    pages = [
        "/inventory", "/inventory/toys", "/inventory/toys/discovery", "/inventory/toys/attributes", "/inventory/new",
        "/shells", "/apps", "/apps/new?type=Toy.Brick", "/apps/Web", "/apps/Web/resource", "/blueprints", "/blueprints/B",
        f"/blueprints/B/service?alias={quote(EVIL)}", "/sandboxes", f"/sandboxes/{sandbox.id}",
        f"/sandboxes/{sandbox.id}?chosen={quote(EVIL)}", "/executions", f"/executions/{cloudshell.executions()[-1].id}",
        f"/login?next={quote(EVIL)}", f"/{quote(EVIL)}", "/icons/shells/Toy", "/icons/types/Toy.Brick",
    ]  # fmt: skip
    for path in pages:
        person.go(path)
        assert person.page.evaluate("window.hacked") is None, path
    person.go(f"/sandboxes/{sandbox.id}")
    expect(person.page.get_by_role("log")).to_contain_text(EVIL)
    blocked = [told for told in person.problems if told.startswith("Blocked script execution in")]
    assert person.problems == blocked, "the icons' scripts tried to run, and nothing else"
    person.problems = []


def test_pages_that_nobody_looks_at_take_no_connection_from_the_others(person: Person) -> None:
    hide = "Object.defineProperty(document, 'hidden', {value: true}); document.dispatchEvent(new Event('visibilitychange'))"
    for _ in range(10):  # A browser has six connections to a server.
        page = person.context.new_page()
        page.goto(f"{person.portal}/sandboxes")
        page.evaluate(hide)
    person.go("/inventory")
    person.sees_heading("Inventory")


def test_a_page_finds_its_server_again(browser: Browser) -> None:
    with CloudShellLocal() as cloudshell:
        person = Person(browser, cloudshell.portal)
        person.log_in()
        person.go("/sandboxes")
    with CloudShellLocal(cloudshell.address):
        person.sees_heading("Log in")  # Sessions are in memory.
    person.problems = [told for told in person.problems if "ERR_CONNECTION" not in told]
    person.close()


def test_all_is_done_without_javascript_too(browser: Browser, cloudshell: CloudShellLocal) -> None:
    person = Person(browser, cloudshell.portal, java_script_enabled=False)
    person.log_in()
    person.menu("Blueprints")
    for told in ("Nothing is in it yet", "A blueprint named 'Choir' already exists"):
        person.go("/blueprints")
        person.fill({"Name": "Choir"})
        person.press("Create")
        person.sees(re.compile(told))
    person.go("/blueprints/Choir")
    person.press("Reserve", person.region("Reserve"))
    person.sees_heading("Choir")
    person.press("End")
    expect(person.page.locator(".state")).to_have_text(re.compile("Teardown|Completed|Setup"))
    person.close()


@pytest.mark.parametrize(("width", "colors"), [(1280, "light"), (1280, "dark"), (360, "light")])
def test_pages_are_for_every_window_and_every_reader(
    width: int,
    colors: Literal["light", "dark"],
    browser: Browser,
    cloudshell: CloudShellLocal,
    packages: dict[str, Path],
) -> None:
    shell = prepared(cloudshell, packages["L2HeavenlyCloudShell"], "VLAN Auto")
    sandbox = cloudshell.reserve("Choir")
    person = Person(browser, cloudshell.portal, width, color_scheme=colors)
    person.go("/login")
    assert violations(person) == []
    person.log_in()
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
        person.go(path)
        assert violations(person) == [], path
        wide = person.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{path} is {wide} wider than the window"
    person.go(f"/sandboxes/{sandbox.id}")
    person.screenshot(f"sandbox-{width}-{colors}")
    person.close()


def violations(person: Person) -> list[str]:
    """Return what the accessibility checker axe finds: names, roles, landmarks, contrast."""
    found = Axe().run(person.page).response["violations"]
    return [f"{each['id']}: {json.dumps([node['html'][:120] for node in each['nodes'][:3]])}" for each in found]
