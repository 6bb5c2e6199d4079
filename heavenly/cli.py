"""The commands of `python -m heavenly`: pack and demo."""

from __future__ import annotations

import sys

import click

from cloudshell_local.errors import LocalError
from heavenly import demo as demonstration
from heavenly import pack as packing


class _Group(click.Group):
    def invoke(self, ctx: click.Context) -> object:
        """Run the command; print an expected error as one sentence, and let an unexpected one keep its traceback."""
        try:
            return super().invoke(ctx)
        except (packing.PackError, LocalError) as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Group)
def main() -> None:
    """Pack the HeavenlyCloud shells, and see them at work."""


@main.command()
@click.option(
    "--with-stores",
    is_flag=True,
    help="Let their drivers install SQLAlchemy and psycopg, which the attribute 'Cloud Store' needs.",
)
def pack(with_stores: bool) -> None:
    """Write build/<Shell>/ and build/<Shell>/dist/<Shell>.zip for both shells."""
    for path in packing.pack(report=click.echo, with_stores=with_stores):
        click.echo(f"Packed {path.relative_to(packing.PROJECT)}")


@main.command()
def demo() -> None:
    """Pack both shells and take each through the whole life of a sandbox."""
    sys.exit(0 if demonstration.run(report=click.echo) else 1)
