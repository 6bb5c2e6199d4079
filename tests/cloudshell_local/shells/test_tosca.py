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


def read(content: bytes) -> tuple[ToscaFile | None, list[str]]:
    findings = Findings()
    return ToscaFile.read("f.yaml", content, findings), findings.problems


def test_a_node_type_has_the_standards_attributes_and_its_own() -> None:
    file, problems = read(FILE)
    assert file
    (node,) = file.node_types()
    assert problems == []
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
        file, problems = read(content)
        assert problems
        assert all(problem.startswith("f.yaml: ") for problem in problems)
        assert file is None or file.node_types() == []
