"""Command line of HeavenlyCloud, `python -m heavenly_cloud`: look after a cloud in a store."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from heavenly_cloud.client import OPERATIONS
from heavenly_cloud.cloud import HeavenlyCloud
from heavenly_cloud.config import DEFAULT_CONFIG, CloudConfig, SampleData, load_config
from heavenly_cloud.errors import HeavenlyError, MistakeError, error_types
from heavenly_cloud.faults import parse_fault_rules
from heavenly_cloud.instances import current
from heavenly_cloud.models import Instance, VirtualNetwork
from heavenly_cloud.state import INSTANCE, NETWORK
from heavenly_cloud.store import open_store

STORE = "HEAVENLY_CLOUD_STORE"


class CloudExists(MistakeError):
    template = "There is a cloud in the store already; `reset` begins it anew"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 2 after an error, which is printed as one sentence."""
    options = _parser().parse_args(arguments)
    try:
        options.command(options)
    except HeavenlyError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m heavenly_cloud", description="Look after a cloud in a store.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    store, sample_data = _store_options(), _sample_data_options()
    for name, command, parents, summary in (
        ("populate", _populate, [store, sample_data], "create a cloud in an empty store, with sample data"),
        ("reset", _reset, [store, sample_data], "replace the cloud in a store by a new one, with sample data"),
        ("show", _show, [store], "list the virtual networks and the instances"),
        ("export", _export, [store], "write all records as JSON"),
    ):
        commands.add_parser(name, parents=parents, help=summary, description=summary).set_defaults(command=command)
    importing = commands.add_parser("import", parents=[store], help="replace all records by those of an export")
    importing.add_argument("file", type=Path, help="written by `export`")
    importing.set_defaults(command=_import)
    faults = commands.add_parser("faults", help="check fault rules; without any, list the operations and errors")
    faults.add_argument("rules", nargs="?", help="JSON, or a file of it")
    faults.set_defaults(command=_faults)
    return parser


def _store_options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument(
        "--store",
        default=os.environ.get(STORE, ""),
        metavar="URL",
        help="sqlite:///path or postgresql+psycopg://user:password@host/database; the default is the environment variable "
        f"{STORE}, which keeps a password out of the list of processes",
    )
    parser.add_argument(
        "--config", type=Path, default=DEFAULT_CONFIG, metavar="FILE", help="the default is the cloud.json that ships"
    )
    parser.add_argument("--seed", type=int, help="of all randomness of a new cloud")
    return parser


def _sample_data_options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--instances", type=int, metavar="N", help="the default is the configuration's sample_data")
    parser.add_argument("--networks", type=int, metavar="N", help="likewise; the instances are put in them")
    return parser


def _config(options: argparse.Namespace) -> CloudConfig:
    config = load_config(options.config)
    numbers = {name: getattr(options, name) for name in ("instances", "networks")}
    given = {name: max(number, 0) for name, number in numbers.items() if number is not None}
    return replace(config, sample_data=replace(config.sample_data, **given)) if given else config


def _cloud(options: argparse.Namespace, config: CloudConfig | None = None) -> HeavenlyCloud:
    if not options.store:
        raise MistakeError(reason=f"Name the store, with --store or {STORE}: a cloud in memory ends with this command")
    return HeavenlyCloud(config or load_config(options.config), store=open_store(options.store), seed=options.seed)


def _populate(options: argparse.Namespace) -> None:
    store = open_store(options.store)
    is_empty = not store.run(lambda records: records.everything(), writes=False)
    store.close()
    if not is_empty:
        raise CloudExists
    _print_all(_cloud(options, _config(options)))


def _reset(options: argparse.Namespace) -> None:
    cloud = _cloud(options, replace(_config(options), sample_data=SampleData()))
    cloud.config = _config(options)
    cloud.reset()
    _print_all(cloud)


def _show(options: argparse.Namespace) -> None:
    _print_all(_cloud(options))


def _print_all(cloud: HeavenlyCloud) -> None:
    rows = cloud.store.run(lambda records: records.everything(), writes=False)
    networks: list[VirtualNetwork] = [record for kind, *_, record in rows if kind == NETWORK]
    instances: list[Instance] = [record for kind, *_, record in rows if kind == INSTANCE]
    for network in networks:
        subnets = ", ".join(f"{subnet.alias or 'subnet'} {subnet.cidr}" for subnet in network.subnets)
        print(f"network   {network.region:8} {network.tag:38} {network.cidr:18} {subnets}")
    for vm in sorted((current(each, cloud.config.regions, cloud.now()) for each in instances), key=lambda vm: vm.name):
        where = f"{vm.region:8} {vm.name:38} {vm.address:18}"
        print(f"instance  {where} {vm.state.value:8} {vm.id} {vm.image.name} {vm.size.name}")
    print(f"{len(networks)} networks, {len(instances)} instances")
    cloud.close()


def _export(options: argparse.Namespace) -> None:
    cloud = _cloud(options)
    sys.stdout.write(cloud.export())
    cloud.close()


def _import(options: argparse.Namespace) -> None:
    text = options.file.read_text(encoding="utf-8")
    cloud = _cloud(options)
    cloud.import_records(text)
    _print_all(cloud)


def _faults(options: argparse.Namespace) -> None:
    if options.rules is None:
        print("operations:", *sorted(OPERATIONS), sep="\n  ")
        print("errors:", *sorted(error_types()), sep="\n  ")
        return
    text = options.rules if options.rules.lstrip().startswith("[") else Path(options.rules).read_text(encoding="utf-8")
    stats = HeavenlyCloud(replace(load_config(), fault_rules=parse_fault_rules(text))).faults.stats
    print(f"{len(stats)} rules, all of which can apply")


if __name__ == "__main__":
    sys.exit(main())
