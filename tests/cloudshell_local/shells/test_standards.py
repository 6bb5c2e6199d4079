from __future__ import annotations

from cloudshell_local.shells import standards
from cloudshell_local.shells.standards import node_types_of, other_kind, read_as


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
    assert "cloudshell_deployed_app_standard_1_0_3.yaml" in standards.files()


def test_an_unknown_patch_version_is_read_as_the_newest_known() -> None:
    newest = "cloudshell_cloud_provider_standard_1_0_1.yaml"
    assert read_as("cloudshell_cloud_provider_standard_1_0_27.yaml") == newest
    assert node_types_of("cloudshell_cloud_provider_standard_1_0_27.yaml") == node_types_of(newest)
    assert read_as("cloudshell_cloud_provider_standard_1_0_0.yaml") == "cloudshell_cloud_provider_standard_1_0_0.yaml"
    assert read_as("cloudshell_cloud_provider_standard_1_1_0.yaml") == ""


def test_standards_of_shells_that_are_not_hosted_have_their_kind() -> None:
    assert other_kind("cloudshell_resource_standard_2_0_2.yaml") == "resource"
    assert other_kind("cloudshell_traffic_chassis_standard_1_0_1.yaml") == "traffic chassis"
    assert other_kind("cloudshell_cloud_provider_standard_9_0_0.yaml") == ""
    assert other_kind("cloudshell_types_1_2_0.yaml") == ""
