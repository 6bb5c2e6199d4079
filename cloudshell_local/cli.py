"""The command line: `cloudshell-local serve`, and `renew` for the environment of a driver."""

from __future__ import annotations

import ipaddress
import logging
import os
import signal
import sys
import threading
import webbrowser
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cloudshell_local.access import ADMIN, ADMIN_PASSWORD, DOMAIN
from cloudshell_local.errors import LocalError
from cloudshell_local.http import AUTOMATION_PORT, REST_PORT
from cloudshell_local.repeated_records import FirstOfEach
from cloudshell_local.settings import ENVIRONMENT_VARIABLE, LOAD_SECONDS

if TYPE_CHECKING:
    from cloudshell_local import CloudShellLocal

WARNING = "Warning: whoever uses this machine can log in, since all know that password; --password sets another one.\n"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cloudshell-local", prog_name="cloudshell-local")
def main() -> None:
    """Run a CloudShell server on this machine."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder that keeps everything; by default nothing is kept.",
)
@click.option(
    "--slots",
    default=20,
    show_default=True,
    type=click.IntRange(1),
    help="Driver commands that run at the same time.",
)
@click.option(
    "--idle-minutes", default=10.0, show_default=True, help="Idle time after which a driver's process is ended."
)
@click.option(
    "--load-seconds",
    default=float(LOAD_SECONDS),
    show_default=True,
    type=click.FloatRange(min=1),
    help="Time that a driver may take to load, and then to initialize; then its process is killed.",
)
@click.option(
    "--python",
    default=sys.executable,
    help="Interpreter that drivers run on (3.7 or later); by default this command's.",
)
@click.option("--open", "open_portal", is_flag=True, help="Open the portal in your browser.")
@click.option(
    "--beyond-this-machine",
    is_flag=True,
    help="Allow a --host that other machines can reach and log in to; --password has to be given, too.",
)
@click.option(
    "--password",
    default="",
    envvar=ENVIRONMENT_VARIABLE,
    show_envvar=True,
    help="Password of the user admin, in place of 'admin'; others see it in the list of processes, but not the variable.",
)
@click.option(
    "--allow-host",
    "allowed_hosts",
    multiple=True,
    metavar="NAME",
    help="Host name to answer to, besides addresses and localhost; may be given several times.",
)
@click.option(
    "--session-hours",
    default=24.0,
    show_default=True,
    type=click.FloatRange(0, min_open=True),
    help="Time without use after which a login ends.",
)
def serve(
    host: str,
    data: Path | None,
    slots: int,
    idle_minutes: float,
    load_seconds: float,
    python: str,
    open_portal: bool,
    beyond_this_machine: bool,
    password: str,
    allowed_hosts: Sequence[str],
    session_hours: float,
) -> None:
    """Run the server until Ctrl-C or SIGTERM."""
    # Drivers and scripts are strangers' code, and inherit the environment.
    os.environ.pop(ENVIRONMENT_VARIABLE, None)
    _require_loopback(host, beyond_this_machine, password)
    _log_to_stderr()
    try:
        # Not at the top: where the platform is not supported, this import tells why.
        from cloudshell_local import CloudShellLocal

        with CloudShellLocal(
            host,
            data,
            slots=slots,
            idle_seconds=60 * idle_minutes,
            load_seconds=load_seconds,
            python=python,
            password=password,
            session_seconds=3600 * session_hours,
            allowed_hosts=allowed_hosts,
        ) as cloudshell:
            _wait_for_the_end(_greeting(cloudshell, data, password), cloudshell.portal if open_portal else "")
            sandboxes = "stay as they are" if data else "are ended, since nothing is kept"
            click.echo(f"\nEnding: drivers clean up, sandboxes {sandboxes}.")
    except LocalError as error:
        raise click.ClickException(str(error)) from None


@main.command()
@click.argument("shell", type=click.Path(path_type=Path, exists=True))
@click.option("--python", default=sys.executable, help="Interpreter of the server; by default this command's.")
def renew(shell: Path, python: str) -> None:
    """Have the Python environment of a shell's driver made anew.

    SHELL is its project folder or its package. Servers of this user make the environment, with the newest packages that its
    requirements allow, when they start the driver the next time; drivers that run keep theirs.
    """
    try:
        from cloudshell_local.execution.environments import Environments
        from cloudshell_local.execution.interpreters import Interpreters
        from cloudshell_local.local import default_environments
        from cloudshell_local.services.commands.drivers import renew_environment
        from cloudshell_local.shells.folder import package_of

        name = renew_environment(package_of(shell), Environments(default_environments(), Interpreters(python)))
    except LocalError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"The environment of {name} will be made anew when its driver is started the next time.")


def _wait_for_the_end(greeting: str, page: str) -> None:
    """Print the greeting, open a page if one is given, and wait for Ctrl-C or for the SIGTERM of a service manager."""
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    with suppress(KeyboardInterrupt):
        click.echo(greeting)
        if page and not webbrowser.open(page):
            click.echo(f"No browser could be started; open {page} in one.")
        ended.wait()


def _log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(FirstOfEach())
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", handlers=[handler])


def _require_loopback(host: str, beyond: bool, password: str) -> None:
    try:
        is_loopback = ipaddress.IPv4Address(host).is_loopback
    except ValueError:
        raise click.BadParameter(f"'{host}' should be an IPv4 address, as 127.0.0.1", param_hint="--host") from None
    if not is_loopback and not beyond:
        raise click.BadParameter(
            f"other machines can reach {host}; if you want that, add --beyond-this-machine", param_hint="--host"
        )
    if not is_loopback and password in ("", ADMIN_PASSWORD):
        raise click.BadParameter(
            f"other machines can reach {host}, and everybody knows the password of admin: give another one with "
            f"{ENVIRONMENT_VARIABLE} or --password",
            param_hint="--password",
        )


def _greeting(cloudshell: CloudShellLocal, data: Path | None, password: str) -> str:
    is_default = cloudshell.services.access.has_default_password
    shown = ADMIN_PASSWORD if is_default else "as you gave it" if password else "as it was given for this data folder"
    return (
        f"CloudShell is up on {cloudshell.address}\n"
        f"  portal                            {cloudshell.portal}\n"
        f"  REST API (shellfoundry install)   http://{cloudshell.address}:{REST_PORT}/API/\n"
        f"  automation API                    {cloudshell.address}, port {AUTOMATION_PORT}\n"
        f"  log in as                         {ADMIN}, password {shown}, domain {DOMAIN}\n"
        f"  data                              {data or 'not kept: give --data FOLDER to keep it'}\n"
        f"  logs                              {cloudshell.logs}\n"
        f"{WARNING if is_default else ''}"
        "Press Ctrl-C to end it."
    )
