from __future__ import annotations

from cloudshell_local.shells import standards
from cloudshell_local.shells.standards import nodes_of


def test_a_standard_is_found_by_the_file_that_shells_import() -> None:
    nodes = nodes_of("cloudshell_cloud_provider_standard_1_0_0.yaml")
    assert nodes
    assert nodes["cloudshell.nodes.CustomCloudProvider"].family == "CS_CloudProvider"
    assert set(nodes["cloudshell.nodes.CustomDeploymentOption"].attributes) == {"Model Name", "Autoload", "Wait for IP"}


def test_what_is_no_standard_is_not_found() -> None:
    for file in ("cloudshell_cloud_provider_standard_3_0_0.yaml", "cloudshell_firewall_standard_3_0_0.yaml", "x", ""):
        assert nodes_of(file) is None


def test_the_files_are_those_that_are_found() -> None:
    assert all(nodes_of(file) for file in standards.files())
    assert "cloudshell_cloud_provider_standard_1_0_1.yaml" in standards.files()
