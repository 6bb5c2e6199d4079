from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from heavenly_cloud import (
    MANAGEMENT,
    Client,
    HeavenlyCloud,
    InstanceState,
    Man,
    NicRequest,
    SecurityRule,
    Vlan,
    errors,
    load_config,
)
from tests.fakes import Clock, connect, contents_of, create, data_with, in_use, instance_request, new_heaven

VLAN_11 = Vlan("11", "Access")


def test_the_sun_is_no_place_to_deploy(heaven: HeavenlyCloud) -> None:
    with pytest.raises(errors.RegionClosed, match="'sun'; choose one of 'narnia', 'eden', 'avalon'$"):
        create(heaven.login("gabriel", "halo", "sun"))


def test_an_instance_is_created_as_requested(client: Client) -> None:
    man = create(client, being=Man(70.5, 180.1), size="large", image="windows", tag="s1")
    assert (man.being, man.size.vcpus, man.image.name, man.tag) == (Man(70.5, 180.1), 4, "windows", "s1")
    assert man.state is InstanceState.OFF
    assert man.name.startswith("web-")
    assert man.address == "172.16.0.2"
    assert client.get_instance(man.id) == man


def test_interfaces_stand_in_the_order_of_their_numbers(client: Client) -> None:
    asked = (NicRequest(MANAGEMENT, "eth1", "172.16.0.21"), NicRequest(MANAGEMENT, "eth0", "172.16.0.20"))
    web = create(client, nics=asked)
    assert [(nic.name, nic.index, nic.address) for nic in web.nics] == [
        ("eth0", 0, "172.16.0.20"),
        ("eth1", 1, "172.16.0.21"),
    ]
    assert web.address == "172.16.0.20"


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"image": "dos"}, errors.UnknownName, "image 'dos'.*'centos', 'ubuntu', 'windows'"),
        ({"size": "huge"}, errors.UnknownName, "size 'huge'.*'small', 'medium', 'large'"),
        ({"nics": (NicRequest("subnet-x"),)}, errors.SubnetNotFound, "subnet-x"),
        ({"nics": (NicRequest(MANAGEMENT, address="9.9.9.9"),)}, errors.OutsideNetwork, "9.9.9.9"),
        ({"nics": (NicRequest(MANAGEMENT, "eth1"), NicRequest(MANAGEMENT, "eth1"))}, errors.NicBusy, "eth1"),
    ],
)
def test_a_refused_creation_changes_nothing(
    heaven: HeavenlyCloud, client: Client, change: dict[str, Any], error: type[Exception], says: str
) -> None:
    before = in_use(heaven)
    with pytest.raises(error, match=says):
        create(client, **change)
    assert in_use(heaven) == before


def test_when_the_second_interface_has_no_address_the_first_gives_its_own_back(
    heaven: HeavenlyCloud, client: Client
) -> None:
    before = in_use(heaven)
    with pytest.raises(errors.AddressTaken):
        create(
            client, nics=(NicRequest(MANAGEMENT, address="172.16.0.9"), NicRequest(MANAGEMENT, address="172.16.0.9"))
        )
    assert in_use(heaven) == before


def test_an_id_belongs_to_one_instance(heaven: HeavenlyCloud, client: Client) -> None:
    request = instance_request(client)
    web = client.create_instance(request)
    for other in (replace(request, size="large"), replace(request, image="windows"), replace(request, tag="s2")):
        with pytest.raises(errors.IdTaken, match=request.id):
            client.create_instance(other)
    assert client.create_instance(request) == web, "a repeated request, whose answer was lost, gets the same instance"
    assert len(contents_of(heaven).instances) == 1


def test_what_is_of_another_cloud_was_forgotten_in_memory_only(heaven: HeavenlyCloud, client: Client) -> None:
    other = HeavenlyCloud(seed=2).login("gabriel", "halo", "narnia")
    other.prepare_network("s1", "10.0.3.0/24")
    web, subnet = create(other), other.prepare_subnet("s1", "10.0.3.0/28")
    asked = {"tag": "s1", "nics": (NicRequest(subnet.id),)}
    with pytest.raises(errors.InstanceForgotten):
        client.get_instance(web.id)
    with pytest.raises(errors.SubnetForgotten):
        create(client, **asked)
    heaven.store.is_persistent = True
    with pytest.raises(errors.InstanceNotFound) as vm:
        client.get_instance(web.id)
    with pytest.raises(errors.SubnetNotFound) as network:
        create(client, **asked)
    assert (type(vm.value), type(network.value)) == (errors.InstanceNotFound, errors.SubnetNotFound)


def test_an_image_may_need_a_larger_size() -> None:
    data = load_config()
    windows = replace(data.images["windows"], least_memory_gb=4, least_storage_gb=50)
    heaven = HeavenlyCloud(replace(data, images={**data.images, "windows": windows}))
    client, before = heaven.login("gabriel", "halo", "narnia"), in_use(heaven)
    for size in ("small", "medium"):
        with pytest.raises(
            errors.SizeTooSmall, match=f"'windows' needs more than the size '{size}' has; choose one of 'large'"
        ):
            create(client, image="windows", size=size)
    assert in_use(heaven) == before
    create(client, image="windows", size="large")


def test_instances_that_nobody_confirmed_are_listed_when_their_leases_end(clock: Clock) -> None:
    heaven = new_heaven(clock)
    client = heaven.login("gabriel", "halo", "narnia")
    lost, kept, own = (create(client, lease=seconds, tag="s1") for seconds in (60, 60, 0))
    client.power_on(lost.id)
    client.confirm_instance(kept.id)
    clock.sleep(59)
    assert client.get_unconfirmed() == client.get_unconfirmed("s2") == []
    assert [each.id for each in client.get_unconfirmed("s1")] == [lost.id]
    clock.sleep(1)
    assert [(each.id, each.state) for each in client.get_unconfirmed()] == [(lost.id, InstanceState.ON)]
    create(client)
    assert [client.get_instance(web.id).id for web in (lost, kept, own)] == [lost.id, kept.id, own.id]
    client.delete_instance(create(client, lease=60).id)
    client.confirm_instance(lost.id)
    assert in_use(heaven)["leases"] == 0


def test_quotas_and_capacity_hold_and_a_deleted_instance_is_not_counted() -> None:
    data = load_config()
    poor = replace(data, accounts={"gabriel": replace(data.accounts["gabriel"], instances=1)})
    client = HeavenlyCloud(poor).login("gabriel", "halo", "narnia")
    only = create(client)
    with pytest.raises(errors.QuotaExceeded, match="'gabriel' may have 1 instances and uses 1"):
        create(client)
    client.delete_instance(only.id)
    create(client)
    small = HeavenlyCloud(data_with(vcpus=3)).login("gabriel", "halo", "narnia")
    create(small, size="medium")
    with pytest.raises(errors.NoCapacity, match="'narnia' has 3 vCPUs and 2 are in use; 2 more"):
        create(small, size="medium")


def test_power_follows_the_table(client: Client) -> None:
    web = create(client)
    assert client.power_on(web.id).state is InstanceState.ON
    assert client.power_on(web.id).state is InstanceState.ON
    with pytest.raises(errors.IllegalStep):
        client.delete_instance(web.id)
    assert client.power_off(web.id).state is InstanceState.OFF
    client.delete_instance(web.id)
    for operation in (client.power_on, client.power_off, client.get_instance, client.delete_instance):
        with pytest.raises(errors.InstanceNotFound, match=web.id):
            operation(web.id)


def test_building_and_booting_take_the_regions_time(clock: Clock) -> None:
    cloud = HeavenlyCloud(data_with(build_seconds=10, boot_seconds=5), now=clock.now)
    client = cloud.login("gabriel", "halo", "narnia")
    web = create(client)
    clock.sleep(5)
    assert client.progress(client.get_instance(web.id)) == 50
    with pytest.raises(errors.IllegalStep, match="building"):
        client.power_on(web.id)
    clock.sleep(5)
    assert client.get_instance(web.id).state is InstanceState.OFF
    with pytest.raises(errors.IllegalStep, match="'get an IP address'"):
        client.guest_address(web.id)
    client.power_on(web.id)
    assert client.guest_address(web.id) == ""
    clock.sleep(5)
    client.power_on(web.id)
    assert client.guest_address(web.id) == web.address


def test_a_clock_that_was_set_back_finishes_nothing_early_and_shows_no_progress_below_zero(clock: Clock) -> None:
    client = HeavenlyCloud(data_with(build_seconds=10), now=clock.now).login("gabriel", "halo", "narnia")
    web, leased = create(client), create(client, lease=60)
    clock.sleep(9)
    clock.time -= 3600
    assert client.get_instance(web.id).state is InstanceState.BUILDING
    assert client.progress(client.get_instance(web.id)) == 0
    assert client.get_unconfirmed() == []
    clock.sleep(3600 + 60)
    assert [each.id for each in client.get_unconfirmed()] == [leased.id]
    assert client.get_instance(web.id).state is InstanceState.OFF


def test_a_deleted_instance_releases_all_it_used(heaven: HeavenlyCloud, client: Client) -> None:
    before = in_use(heaven)
    web = create(client)
    connect(client, web.id, VLAN_11)
    client.delete_instance(web.id)
    assert in_use(heaven) == before


def test_a_vlan_uses_the_interface_that_carries_it_or_is_unplugged_before_it_adds_one(client: Client) -> None:
    web = create(client)
    first = connect(client, web.id, VLAN_11)
    assert connect(client, web.id, VLAN_11) == first
    assert first.name == "eth1"
    assert client.disconnect_vlan(web.id, "11") == [replace(first, vlan=None)]
    second = connect(client, web.id, Vlan("12", "Access"))
    assert (second.mac, second.name) == (first.mac, "eth1")
    assert connect(client, web.id, VLAN_11).name == "eth2"


def test_a_vlan_goes_to_the_interface_asked_for_or_is_refused(client: Client) -> None:
    web = create(client)
    assert connect(client, web.id, VLAN_11, "eth5").index == 5
    assert connect(client, web.id, Vlan("12", "Access"), "Data").name == "Data"
    with pytest.raises(errors.NicBusy, match="'eth5'.*on VLAN 11"):
        connect(client, web.id, Vlan("13", "Access"), "eth5")
    with pytest.raises(errors.NicBusy, match="'eth0'.*management"):
        connect(client, web.id, VLAN_11, "eth0")
    assert [nic.name for nic in client.get_instance(web.id).nics] == ["eth0", "Data", "eth5"]


def test_disconnecting_changes_only_the_interfaces_meant(client: Client) -> None:
    web = create(client)
    eleven = connect(client, web.id, VLAN_11)
    twelve = connect(client, web.id, Vlan("12", "Access"))
    assert client.disconnect_vlan(web.id, "11", only=[twelve.mac]) == []
    assert client.disconnect_vlan(web.id, only=[twelve.mac.upper()])[0].mac == twelve.mac
    assert client.disconnect_vlan(web.id, "11", only=["ETH1"])[0].mac == eleven.mac
    assert client.disconnect_vlan(web.id, "11") == []


def test_a_virtual_network_is_created_once_and_overlaps_no_other(client: Client) -> None:
    made = client.prepare_network("s1", "10.0.3.0/24")
    assert client.prepare_network("s1", "10.0.3.0/24") == made
    with pytest.raises(errors.NetworkExists, match="'s1' has the CIDR 10.0.3.0/24 already"):
        client.prepare_network("s1", "10.0.4.0/24")
    with pytest.raises(errors.NetworkOverlap, match="virtual network 's1'"):
        client.prepare_network("s2", "10.0.3.128/25")
    with pytest.raises(errors.NetworkOverlap, match="management"):
        client.prepare_network("s2", "172.16.4.0/24")
    with pytest.raises(errors.NetworkOverlap, match="in use 10.9.0.0/16"):
        client.prepare_network("s2", "10.9.4.0/24", ["10.9.0.0/16"])
    with pytest.raises(errors.InvalidCidr):
        client.prepare_network("s2", "NOT-A-CIDR")
    with pytest.raises(errors.IPv6Network, match="IPv4 alone"):
        client.prepare_network("s2", "fd00::/64")
    client.prepare_network("s2", "10.0.4.0/24")


@pytest.mark.parametrize("cidr", ["224.0.0.0/8", "127.0.0.0/16", "169.254.0.0/16", "240.0.0.0/8"])
def test_a_network_that_vms_cannot_be_in_is_refused_when_it_is_prepared(client: Client, cidr: str) -> None:
    with pytest.raises(errors.UnusableNetwork, match=f"The network {cidr} cannot be used: it is a multicast"):
        client.prepare_network("s1", cidr)


@pytest.mark.parametrize("cidr", ["10.0.3.0/31", "10.0.3.7/32"])
def test_a_network_without_room_is_refused_when_it_is_prepared(client: Client, cidr: str) -> None:
    with pytest.raises(errors.NoRoom, match=f"The network {cidr} has no room for a VM"):
        client.prepare_network("s1", cidr)
    client.prepare_network("s1", "10.0.3.0/24")
    with pytest.raises(errors.NoRoom, match=f"The subnet {cidr} has no room for a VM"):
        client.prepare_subnet("s1", cidr)
    subnet = client.prepare_subnet("s1", "10.0.3.16/30")
    assert create(client, tag="s1", nics=(NicRequest(subnet.id),)).address == "10.0.3.18"


def test_a_network_in_a_region_where_nothing_can_be_deployed_is_refused(heaven: HeavenlyCloud) -> None:
    with pytest.raises(errors.RegionClosed, match="'sun'"):
        heaven.login("gabriel", "halo", "sun").prepare_network("s1", "10.0.3.0/24")


def test_a_network_is_of_no_use_in_another_region(heaven: HeavenlyCloud, client: Client) -> None:
    other = next(
        heaven.login("gabriel", "halo", each.name)
        for each in heaven.config.regions.values()
        if each.deployable and each.name != client.region.name
    )
    client.prepare_network("s1", "10.0.3.0/24")
    subnet = client.prepare_subnet("s1", "10.0.3.0/28")
    for use in (
        lambda: other.prepare_network("s1", "10.0.3.0/24"),
        lambda: other.prepare_subnet("s1", "10.0.3.0/28"),
        lambda: create(other, tag="s1", nics=(NicRequest(subnet.id),)),
    ):
        with pytest.raises(errors.OtherRegion, match=f"'s1' is in the region '{client.region.name}'"):
            use()
    assert create(other, tag="s1").region == other.region.name


def test_a_subnet_does_not_become_public_or_private(client: Client) -> None:
    client.prepare_network("s1", "10.0.3.0/24")
    client.prepare_subnet("s1", "10.0.3.0/28", "A", public=True)
    with pytest.raises(errors.SubnetExists, match="'A' 10.0.3.0/28 is public already; .* to make it private"):
        client.prepare_subnet("s1", "10.0.3.0/28", "A", public=False)


def test_an_id_is_of_one_request_alone(client: Client) -> None:
    client.prepare_network("s1", "10.0.3.0/24")
    subnet = client.prepare_subnet("s1", "10.0.3.0/28")
    request = instance_request(client, tag="s1", nics=(NicRequest(subnet.id), NicRequest("management", "eth3")))
    made = client.create_instance(request)
    connect(client, made.id, VLAN_11)
    assert client.create_instance(request).id == made.id
    for other in (
        replace(request, nics=request.nics[:1]),
        replace(request, nics=(NicRequest(subnet.id, address="10.0.3.9"), request.nics[1])),
        replace(request, size="large"),
    ):
        with pytest.raises(errors.IdTaken):
            client.create_instance(other)


def test_the_quota_of_networks_holds() -> None:
    data = load_config()
    poor = replace(data, accounts={"gabriel": replace(data.accounts["gabriel"], networks=1)})
    client = HeavenlyCloud(poor).login("gabriel", "halo", "narnia")
    client.prepare_network("s1", "10.0.3.0/24")
    with pytest.raises(errors.QuotaExceeded, match="1 virtual networks"):
        client.prepare_network("s2", "10.0.4.0/24")
    client.delete_network("s1")
    client.prepare_network("s2", "10.0.4.0/24")


def test_a_subnet_is_created_once_inside_its_network_and_overlaps_no_other(client: Client) -> None:
    client.prepare_network("s1", "10.0.3.0/24")
    subnet = client.prepare_subnet("s1", "10.0.3.0/28", "A", public=True)
    assert client.prepare_subnet("s1", "10.0.3.0/28", "A", public=True) == subnet
    with pytest.raises(errors.OutsideNetwork, match="10.0.4.0/28.*10.0.3.0/24"):
        client.prepare_subnet("s1", "10.0.4.0/28", "B")
    with pytest.raises(errors.NetworkOverlap, match="subnet 'A'"):
        client.prepare_subnet("s1", "10.0.3.0/28", "B")
    with pytest.raises(errors.NetworkNotFound, match="s9"):
        client.prepare_subnet("s9", "10.0.3.0/28", "A")


def test_a_subnet_of_another_network_cannot_be_used(client: Client) -> None:
    for tag, cidr in (("s1", "10.0.3.0/24"), ("s2", "10.0.4.0/24")):
        client.prepare_network(tag, cidr)
    subnet = client.prepare_subnet("s1", "10.0.3.0/28")
    with pytest.raises(errors.SubnetNotFound):
        create(client, tag="s2", nics=(NicRequest(subnet.id),))


def test_a_public_subnet_gives_public_addresses_until_there_are_none(client: Client) -> None:
    client.prepare_network("s1", "10.0.2.0/23")
    subnet = client.prepare_subnet("s1", "10.0.2.0/23", public=True)
    wanted = {"tag": "s1", "nics": (NicRequest(subnet.id),)}
    public = {create(client, **wanted).public_address for _ in range(253)}
    assert len(public) == 253
    with pytest.raises(errors.NoFreeAddress, match="the public network 198.51.100.0/24"):
        create(client, **wanted)


def test_a_network_in_use_cannot_be_deleted_and_an_unused_one_is_deleted_whole(
    heaven: HeavenlyCloud, client: Client
) -> None:
    client.prepare_network("s1", "10.0.3.0/24")
    subnet = client.prepare_subnet("s1", "10.0.3.0/28")
    web = create(client, tag="s1", nics=(NicRequest(subnet.id),))
    with pytest.raises(errors.NetworkInUse, match=f"'s1' is still used by '{web.name}'"):
        client.delete_network("s1")
    client.delete_instance(web.id)
    client.delete_network("s1")
    with pytest.raises(errors.NetworkNotFound):
        client.get_network("s1")
    assert not contents_of(heaven).subnets
    client.prepare_network("s2", "10.0.3.0/24")


def test_security_rules_replace_those_of_the_network_named(client: Client) -> None:
    client.prepare_network("s1", "10.0.3.0/24")
    subnets = [client.prepare_subnet("s1", cidr).id for cidr in ("10.0.3.0/28", "10.0.3.16/28")]
    web = create(client, tag="s1", nics=tuple(NicRequest(subnet) for subnet in subnets))
    ssh, web_rule = SecurityRule("tcp", 22, 22, "0.0.0.0/0"), SecurityRule("tcp", 80, 81, "10.0.0.0/8")
    client.set_security_rules(web.id, [("10.0.3.0/24", [ssh])])
    client.set_security_rules(web.id, [(subnets[1], [web_rule])])
    assert [nic.rules for nic in client.get_instance(web.id).nics] == [(ssh,), (web_rule,)]
    with pytest.raises(errors.NicNotFound, match="elsewhere"):
        client.set_security_rules(web.id, [("elsewhere", [])])
