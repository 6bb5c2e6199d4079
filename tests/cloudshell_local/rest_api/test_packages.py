from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from cloudshell_local.errors import InvalidPackage
from cloudshell_local.rest_api.packages import Packages
from tests.cloudshell_local.toy import Toy, zipped

META = '<Metadata xmlns="http://schemas.qualisystems.com/PackageMetadataSchema.xsd"><PackageType>CloudShellPackage</PackageType></Metadata>'


def template(name: str, provider: str, option: str = "Toy.Brick", size: str = "2") -> str:
    """Return an App template as Quali's own end-to-end runner sends it."""
    return f"""<AppTemplateInfo><AppResourceInfo Name="{name}"><AppResources>
    <AppResource ModelName="Generic App Model" Driver=""><Attributes><Attribute Name="Password" Value=""/>
    <Attribute Name="User" Value="root"/></Attributes></AppResource></AppResources>
    <DeploymentPaths><DeploymentPath Name="{provider} - {option}" Default="true"><DeploymentService Name="{option}"
    CloudProvider="{provider}"><Attributes><Attribute Name="{option}.Size" Value="{size}"/></Attributes></DeploymentService>
    </DeploymentPath></DeploymentPaths></AppResourceInfo><Categories><Category>Applications</Category></Categories>
    </AppTemplateInfo>"""


def blueprint(name: str, app: str, connector: str = '<Connector Source="Web" Target="V" Direction="bi"/>') -> str:
    inner = app.replace("<AppTemplateInfo>", "").replace("</AppTemplateInfo>", "").partition("<Categories>")[0]
    return f"""<TopologyInfo>
    <Details Name="{name}" Driver="Python Setup &amp; Teardown" SetupDuration="10" TeardownDuration="5">
    <Description>Mine</Description><Scripts><Script Name="Default Sandbox Setup 3.0"/></Scripts></Details>
    <Services><Service PositionX="1" PositionY="2" Alias="V" ServiceName="VLAN Manual"><Attributes>
    <Attribute Name="VLAN ID" Value="9"/></Attributes></Service></Services><Connectors>{connector}</Connectors>
    <Apps><App PositionX="3.5" PositionY="4" TemplateName="Web">{inner}</App></Apps></TopologyInfo>"""


def two_default_paths() -> str:
    one = template("Web", "{p}")
    path = one[one.index("<DeploymentPath ") : one.index("</DeploymentPaths>")]
    return one.replace(path, path + path.replace('DeploymentPath Name="', 'DeploymentPath Name="Other '))


@pytest.fixture
def packages(toy: Toy) -> Packages:
    return Packages(toy.services)


def test_a_package_brings_templates_and_blueprints(toy: Toy, packages: Packages) -> None:
    web = template("Web", toy.provider.name)
    content = zipped({"metadata.xml": META, "App Templates/Web.xml": web, "Topologies/B.xml": blueprint("B", web)})
    assert packages.import_package(content) == ["Web", "B"]
    app = toy.services.blueprints.new_app("Web")
    assert (app.attributes["User"], app.path.attributes["Toy.Brick.Size"]) == ("root", "2")
    found = toy.services.blueprints.blueprint("B")
    assert (found.has_setup, found.setup_minutes, found.teardown_minutes, found.description) == (True, 10, 5, "Mine")
    assert (found.apps[0].template, found.apps[0].position, found.services[0].position) == ("Web", (3.5, 4), (1, 2))
    assert found.services[0].attributes["VLAN ID"] == "9"
    sandbox = toy.cloudshell.reserve("B")
    assert toy.cloudshell.sandbox(sandbox).connectors[0].state == "Connected"


def test_an_exported_package_is_imported_unchanged(toy: Toy, packages: Packages) -> None:
    web = template("Web", toy.provider.name)
    packages.import_package(
        zipped({"metadata.xml": META, "App Templates/Web.xml": web, "Topologies/B.xml": blueprint("B", web)})
    )
    before: Any = toy.services.blueprints.blueprint("B")
    exported = packages.export_package(["B"])
    packages.import_package(exported)
    after: Any = toy.services.blueprints.blueprint("B")
    assert (after.apps, after.services) == (before.apps, before.services)
    ends = [(line.source, line.target) for line in before.connectors]
    assert [(line.source, line.target) for line in after.connectors] == ends


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({}, "it has no metadata.xml"),
        ({"metadata.xml": META}, "it has neither App Templates/*.xml nor Topologies/*.xml"),
        ({"metadata.xml": META, "App Templates/a.xml": "<a"}, "App Templates/a.xml: .*it is not XML"),
        ({"metadata.xml": META, "App Templates/a.xml": "<a/>"}, "App Templates/a.xml: .*it has no AppResourceInfo"),
        ({"metadata.xml": META, "App Templates/a.xml": template("A", "Heaven")}, "'Heaven' not found"),
        (
            {"metadata.xml": META, "App Templates/a.xml": template("A", "{p}", "Toy.Stone")},
            r"Deployment types: Toy\.Brick",
        ),
        (
            {"metadata.xml": META, "App Templates/a.xml": template("A", "{p}", size="big")},
            "should be of the type integer",
        ),
        (
            {
                "metadata.xml": META,
                "Topologies/b.xml": blueprint("B", template("Web", "{p}"), '<Connector Source="Web" Target="X"/>'),
            },
            "Topologies/b.xml: A connector ends at 'X'",
        ),
        (
            {"metadata.xml": META, "App Templates/a.xml": two_default_paths()},
            r"App Templates/a\.xml: The App 'Web' has the default deployment paths '.* - Toy\.Brick' and 'Other .*'; one",
        ),
        (
            {"metadata.xml": META, "Topologies/b.xml": blueprint("B", two_default_paths())},
            r"Topologies/b\.xml: The App 'Web' has the default deployment paths",
        ),
        ({"metadata.xml": META, "Topologies/b.xml": "<TopologyInfo/>"}, "it has no Details"),
    ],
)
def test_problems_are_named_with_their_file_and_nothing_is_stored(
    toy: Toy, packages: Packages, files: dict[str, str], error: str
) -> None:
    content = {name: text.replace("{p}", toy.provider.name) for name, text in files.items()}
    with pytest.raises(InvalidPackage, match=error.replace("*.xml", r"\*\.xml") if "neither" in error else error):
        packages.import_package(zipped({**content, "readme": ""}))
    assert list(toy.services.store.templates) == []
    assert list(toy.services.store.blueprints) == []


def test_passwords_in_a_package_are_encrypted_and_imported_unchanged(toy: Toy, packages: Packages) -> None:
    toy.app("Web")
    toy.cloudshell.add_blueprint("B", ["Web"])
    exported = packages.export_package(["B"])
    packages.import_package(exported)
    assert toy.services.passwords.decrypt(toy.services.blueprints.new_app("Web").attributes["Password"]) == "pw"
    with zipfile.ZipFile(io.BytesIO(exported)) as package:
        assert not any('Value="pw"' in package.read(name).decode() for name in package.namelist())
