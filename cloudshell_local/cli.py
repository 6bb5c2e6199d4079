"""The command `cloudshell-local`."""

from __future__ import annotations

import ipaddress
import logging
import signal
import sys
import threading
import webbrowser
from contextlib import suppress
from pathlib import Path

import click

from cloudshell_local.access import ADMIN, ADMIN_PASSWORD, DOMAIN
from cloudshell_local.errors import LocalError
from cloudshell_local.http import AUTOMATION_PORT, REST_PORT
from cloudshell_local.local import CloudShellLocal


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """A CloudShell for one machine."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; 127.0.0.2 and so on for more.")
@click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), help="Keep all here; else it is gone at the end."
)
@click.option(
    "--slots", default=20, show_default=True, type=click.IntRange(1), help="Driver commands that run at once."
)
@click.option("--idle-minutes", default=10.0, show_default=True, help="Until an idle driver's process is ended.")
@click.option("--python", default=sys.executable, help="The interpreter that drivers run on; this one by default.")
@click.option("--open", "open_portal", is_flag=True, help="Open the portal in the browser.")
@click.option("--beyond-this-machine", is_flag=True, help="Allow a --host that others reach. They can log in, too.")
def serve(
    host: str,
    data: Path | None,
    slots: int,
    idle_minutes: float,
    python: str,
    open_portal: bool,
    beyond_this_machine: bool,
) -> None:
    """Start the server, until Ctrl-C."""
    _require_loopback(host, beyond_this_machine)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    try:
        with CloudShellLocal(host, data, slots=slots, idle_seconds=60 * idle_minutes, python=python) as cloudshell:
            _show_until_the_end(_greeting(cloudshell, data), cloudshell.portal if open_portal else "")
            click.echo("\nEnding: drivers clean up, sandboxes stay as they are.")
    except LocalError as error:
        raise click.ClickException(str(error)) from None


def _show_until_the_end(greeting: str, page: str) -> None:
    """Print the greeting, open a page if there is one, and wait for Ctrl-C, or for SIGTERM, as service managers send it."""
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    with suppress(KeyboardInterrupt):
        click.echo(greeting)
        if page and not webbrowser.open(page):
            click.echo(f"No browser could be started; open {page} in one.")
        ended.wait()


def _require_loopback(host: str, beyond: bool) -> None:
    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        raise click.BadParameter(f"'{host}' should be an address, as 127.0.0.1", param_hint="--host") from None
    if not is_loopback and not beyond:
        raise click.BadParameter(
            f"other machines reach {host}; if that is wanted, add --beyond-this-machine", param_hint="--host"
        )


def _greeting(cloudshell: CloudShellLocal, data: Path | None) -> str:
    return (
        f"CloudShell is up on {cloudshell.address}\n"
        f"  portal                            {cloudshell.portal}\n"
        f"  REST API (shellfoundry install)   http://{cloudshell.address}:{REST_PORT}/API/\n"
        f"  automation API                    {cloudshell.address}, port {AUTOMATION_PORT}\n"
        f"  log in as                         {ADMIN}, password {ADMIN_PASSWORD}, domain {DOMAIN}\n"
        f"  data                              {data or 'not kept: give --data FOLDER to keep it'}\n"
        f"  logs                              {cloudshell.logs}\n"
        "Press Ctrl-C to end it."
    )
