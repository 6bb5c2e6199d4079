from __future__ import annotations

from cloudshell_local.shells import standards
from cloudshell_local.shells.standards import node_types_of


def test_a_standard_is_found_by_the_file_that_shells_import() -> None:
    node_types = node_types_of("cloudshell_cloud_provider_standard_1_0_0.yaml")
    assert node_types
    assert node_types["cloudshell.nodes.CustomCloudProvider"].family == "CS_CloudProvider"
    assert set(node_types["cloudshell.nodes.CustomDeploymentOption"].attributes) == {
        "Model Name",
        "Autoload",
        "Wait for IP",
    }


def test_a_file_that_is_no_standard_is_not_found() -> None:
    for file in ("cloudshell_cloud_provider_standard_3_0_0.yaml", "cloudshell_firewall_standard_3_0_0.yaml", "x", ""):
        assert node_types_of(file) is None


def test_all_listed_files_are_found() -> None:
    assert all(node_types_of(file) for file in standards.files())
    assert "cloudshell_cloud_provider_standard_1_0_1.yaml" in standards.files()
