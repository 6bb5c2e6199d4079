from __future__ import annotations

import pytest

from cloudshell_local.shells.archive import Archive
from cloudshell_local.shells.artifacts import artifact_archive, icon
from cloudshell_local.shells.findings import Findings
from cloudshell_local.shells.standards import OPTION, StandardNodeType
from cloudshell_local.shells.tosca import NodeType
from tests.cloudshell_local.toy import zipped

PACKAGE = Archive(
    zipped({"Driver.zip": zipped({"driver.py": ""}), "broken.zip": "x", "icon.png": b"an icon"}), "Toy.zip"
)


def node(**artifacts: str) -> NodeType:
    data = {"artifacts": {name: {"file": file} for name, file in artifacts.items()}}
    return NodeType("vendor.resource.Toy", data, StandardNodeType(OPTION, "f"), "f.yaml: node_types.Toy", Findings())


def test_a_zip_and_an_icon_are_found_by_the_names_of_the_artifacts() -> None:
    toy = node(driver="Driver.zip", icon="icon.png")
    driver = artifact_archive(PACKAGE, toy, "driver")
    assert driver
    assert (driver.name, driver.names) == ("Driver.zip", ["driver.py"])
    assert icon(PACKAGE, toy) == b"an icon"
    assert toy.findings.problems == []


@pytest.mark.parametrize(
    ("artifacts", "problem"),
    [
        ({}, "f.yaml: node_types.Toy.artifacts: the artifact 'driver' is missing; why"),
        ({"driver": "none.zip"}, "f.yaml: node_types.Toy.artifacts.driver: the package has no file none.zip; why"),
        ({"driver": "broken.zip"}, "broken.zip cannot be used: it is no zip file"),
    ],
)
def test_a_zip_that_cannot_be_opened_is_a_problem(artifacts: dict[str, str], problem: str) -> None:
    toy = node(**artifacts)
    assert artifact_archive(PACKAGE, toy, "driver", "; why") is None
    assert len(toy.findings.problems) == 1
    assert toy.findings.problems[0].startswith(problem)


def test_an_icon_may_be_left_out_but_not_be_missing() -> None:
    assert icon(PACKAGE, without := node()) == b""
    assert without.findings.problems == []
    assert icon(PACKAGE, wrong := node(icon="none.png")) == b""
    assert wrong.findings.problems == ["f.yaml: node_types.Toy.artifacts.icon: Toy.zip has no file none.png"]
