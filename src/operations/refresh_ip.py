"""remote_refresh_ip: tell CloudShell the addresses that the VM has."""

from __future__ import annotations

from heavenly_cloud import Client
from shell import values
from shell.apps import App
from shell.cancellation import Cancellation
from shell.cloudshell_api import CloudShellApi
from shell.errors import NoAddressYet

POLL = 1.0  # seconds between two looks at a VM that boots


def refresh_ip(cloud: Client, app: App, api: CloudShellApi, cancellation: Cancellation) -> None:
    """Wait until the VM has its address, then write what CloudShell does not know yet.

    Raises IllegalStep when the VM is not on, NoAddressYet after the app's Refresh IP Timeout.
    """
    address = _address(cloud, app, cancellation)
    public_address = cloud.get_instance(app.vm_id).public_address
    cancellation.check()
    if address != app.address:
        api.set_address(app.name, address)
    attribute = values.attribute_name(app.attributes, "Public IP")
    if public_address and attribute and app.attributes[attribute] != public_address:
        api.set_attribute(app.name, attribute, public_address)


def _address(cloud: Client, app: App, cancellation: Cancellation) -> str:
    timeout = app.refresh_ip_timeout
    waited = 0.0
    while not (address := cloud.guest_address(app.vm_id)):
        if waited >= timeout:
            raise NoAddressYet(name=app.name, seconds=f"{timeout:g}")
        cancellation.wait(POLL)
        waited += POLL
    return address
