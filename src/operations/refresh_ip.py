"""remote_refresh_ip: write the VM's addresses to its resource in CloudShell."""

from __future__ import annotations

from operations.waiting import polls
from provider.cloud import RemoteCommand
from shell import values
from shell.errors import NoAddressYet


def refresh_ip(command: RemoteCommand) -> None:
    """Wait until the VM has its address, then write what CloudShell does not know yet.

    Raises ConflictError when the VM is not on, NoAddressYet after the app's Refresh IP Timeout.
    """
    app = command.app
    address = _address(command)
    public_address = command.cloud.get_instance(app.vm_id).public_address
    command.cancellation.check()
    if address != app.address:
        command.api.set_address(app.name, address)
    attribute = values.attribute_name(app.attributes, "Public IP")
    if public_address and attribute and app.attributes[attribute] != public_address:
        command.api.set_attribute(app.name, attribute, public_address)


def _address(command: RemoteCommand) -> str:
    app = command.app
    timeout, waited = app.refresh_ip_timeout, 0.0
    try:
        for waited in polls(command):
            address = command.cloud.get_guest_address(app.vm_id)
            if address:
                return address
            if waited >= timeout:
                break
            command.live_status.progress(int(100 * waited / timeout), "Waiting for its IP address")
        raise NoAddressYet(name=app.name, seconds=f"{timeout:g}")
    finally:
        if waited:
            command.live_status.online()  # It is on, with an address or without.
