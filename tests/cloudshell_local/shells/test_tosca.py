from __future__ import annotations

from cloudshell_local.shells.findings import Findings
from cloudshell_local.shells.standards import AttributeDefinition
from cloudshell_local.shells.tosca import ToscaFile

FILE = b"""
description: Bricks
imports:
  - cloudshell_standard: cloudshell_cloud_provider_standard_1_0_0.yaml
node_types:
  vendor.resource.Brick:
    derived_from: cloudshell.nodes.CustomDeploymentOption
    properties:
      Autoload: {type: boolean, default: false}
      Size: {type: integer, default: 3, description: " How big ", tags: [user_input], constraints: [{valid_values: [3, 4]}]}
    capabilities:
      one: {type: some.Capability, properties: {a: {default: b}}}
      odd: 7
    artifacts: {icon: {file: brick.png}}
"""


def read(content: bytes) -> tuple[ToscaFile | None, Findings]:
    findings = Findings()
    return ToscaFile.read("f.yaml", content, findings), findings


def test_a_node_type_has_the_standards_attributes_and_its_own() -> None:
    file, findings = read(FILE)
    assert file
    (node,) = file.node_types()
    assert findings == Findings()
    assert (node.model, node.artifact("icon"), node.artifact("driver")) == ("Brick", "brick.png", "")
    attributes = node.attributes("T.Brick.")
    assert attributes["T.Brick.Autoload"].default == "False"
    assert attributes["T.Brick.Wait for IP"].default == "True"
    assert attributes["T.Brick.Size"] == AttributeDefinition("integer", "3", ("3", "4"), "How big", ("user_input",))
    assert node.capability("some.Capability") == {"a": {"default": "b"}}
    assert node.has_capability("some.Capability")
    assert not node.has_capability("other.Capability")
    assert file.description == "Bricks"


def test_odd_files_are_problems_and_no_crash() -> None:
    for content in (b"", b"7", b"a: [", b"\xff", b"imports: 7\nnode_types: [1]", b"imports: [1]\nnode_types: {a: 1}"):
        file, findings = read(content)
        assert findings.problems
        assert all(problem.startswith("f.yaml: ") for problem in findings.problems)
        assert file is None or file.node_types() == []


def test_an_unknown_patch_version_and_other_files_are_warnings_beside_a_known_standard() -> None:
    more = FILE.replace(b"1_0_0.yaml", b"1_0_9.yaml\n  - cloudshell_types: cloudshell_types_1_2_0.yaml")
    file, findings = read(more)
    assert file
    assert findings.problems == []
    assert findings.warnings == [
        "f.yaml: imports: cloudshell_cloud_provider_standard_1_0_9.yaml is unknown; it is read as "
        "cloudshell_cloud_provider_standard_1_0_1.yaml",
        "f.yaml: imports: cloudshell_types_1_2_0.yaml is unknown; it is left out",
    ]
    assert "T.Private IP" in file.node_types()[0].attributes("T."), "an attribute of the newest version"
    assert file.standard == "cloudshell_cloud_provider_standard_1_0_9.yaml"


def test_a_node_type_of_something_else_is_left_out_with_a_warning() -> None:
    port = b"  vendor.resource.Port: {derived_from: cloudshell.apps.GenericVPort}\n  vendor.resource.Odd: 7\n"
    file, findings = read(FILE + port)
    assert file
    assert [node.model for node in file.node_types()] == ["Brick"]
    assert findings.problems == []
    assert [warning.partition(", since")[0] for warning in findings.warnings] == [
        "f.yaml: node_types.vendor.resource.Port: it is left out",
        "f.yaml: node_types.vendor.resource.Odd: it is left out",
    ]
