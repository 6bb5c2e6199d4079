"""`python -m heavenly_cloud`: look after a cloud that is in a store, from a terminal."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from heavenly_cloud.client import OPERATIONS
from heavenly_cloud.cloud import HeavenlyCloud
from heavenly_cloud.data import SHIPPED_DATA, Filling, HeavenData, load_data
from heavenly_cloud.errors import HeavenlyError, MistakeError, kinds
from heavenly_cloud.faults import parse_weather
from heavenly_cloud.holdings import INSTANCE, SANDBOX
from heavenly_cloud.instances import as_it_is
from heavenly_cloud.store import open_store

STORE = "HEAVENLY_CLOUD_STORE"


class CloudThere(MistakeError):
    template = "There is a cloud in the store already; `reset` begins it anew"


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; return the exit code: 2 for what is told in one sentence."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.do(options) or 0)
    except HeavenlyError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m heavenly_cloud", description="Look after a cloud that is in a store.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    stored = argparse.ArgumentParser(add_help=False)
    stored.add_argument(
        "--store",
        default=os.environ.get(STORE, ""),
        metavar="URL",
        help=f"sqlite:///path or postgresql+psycopg://user:password@host/database; else what {STORE} says, which keeps a "
        "password out of the list of processes",
    )
    stored.add_argument("--data", type=Path, default=SHIPPED_DATA, metavar="FILE", help="else what ships: heaven.json")
    stored.add_argument("--seed", type=int, help="of all that is random, for a cloud that begins")
    filled = argparse.ArgumentParser(add_help=False)
    filled.add_argument("--instances", type=int, metavar="N", help="else as many as the data says")
    filled.add_argument("--sandboxes", type=int, metavar="N", help="likewise; the instances are in them")

    for name, do, parents, told in (
        ("fill", _fill, [stored, filled], "begin a cloud in an empty store, with sandboxes and instances in it"),
        ("reset", _reset, [stored, filled], "begin the cloud of a store anew, likewise"),
        ("show", _show, [stored], "list the sandboxes and instances that are there"),
        ("snapshot", _snapshot, [stored], "write all there is as JSON"),
    ):
        commands.add_parser(name, parents=parents, help=told, description=told).set_defaults(do=do)
    restore = commands.add_parser("restore", parents=[stored], help="hold what a snapshot says, and nothing else")
    restore.add_argument("file", type=Path, help="from `snapshot`")
    restore.set_defaults(do=_restore)
    weather = commands.add_parser("weather", help="check rules; without any, list what they may name")
    weather.add_argument("rules", nargs="?", help="JSON, or a file of it")
    weather.set_defaults(do=_weather)
    return parser


def _data(options: argparse.Namespace) -> HeavenData:
    data = load_data(options.data)
    asked = {name: getattr(options, name, None) for name in ("instances", "sandboxes")}
    given = {name: max(number, 0) for name, number in asked.items() if number is not None}
    return replace(data, filling=replace(data.filling, **given)) if given else data


def _cloud(options: argparse.Namespace, data: HeavenData | None = None) -> HeavenlyCloud:
    if not options.store:
        raise MistakeError(reason=f"Name the store, with --store or {STORE}: a cloud in memory ends with this command")
    return HeavenlyCloud(data or load_data(options.data), store=open_store(options.store), seed=options.seed)


def _fill(options: argparse.Namespace) -> None:
    store = open_store(options.store)
    is_empty = not store.run(lambda records: records.everything(), writes=False)
    store.close()
    if not is_empty:
        raise CloudThere
    _show_all(_cloud(options, _data(options)))


def _reset(options: argparse.Namespace) -> None:
    cloud = _cloud(options, replace(_data(options), filling=Filling()))
    cloud.data = _data(options)
    cloud.reset()
    _show_all(cloud)


def _show(options: argparse.Namespace) -> None:
    _show_all(_cloud(options))


def _show_all(cloud: HeavenlyCloud) -> None:
    rows = cloud.store.run(lambda records: records.everything(), writes=False)
    sandboxes = [record for kind, *_, record in rows if kind == SANDBOX]
    instances = [as_it_is(record, cloud.data.regions, cloud.now()) for kind, *_, record in rows if kind == INSTANCE]
    for sandbox in sandboxes:
        subnets = ", ".join(f"{subnet.alias or 'subnet'} {subnet.cidr}" for subnet in sandbox.subnets)
        print(f"sandbox   {sandbox.region:8} {sandbox.id:38} {sandbox.cidr:18} {subnets}")
    for vm in sorted(instances, key=lambda vm: vm.name):
        print(
            f"instance  {vm.region:8} {vm.name:38} {vm.address:18} {vm.state.value:8} {vm.id} {vm.image.name} {vm.size.name}"
        )
    print(f"{len(sandboxes)} sandboxes, {len(instances)} instances")
    cloud.close()


def _snapshot(options: argparse.Namespace) -> None:
    cloud = _cloud(options)
    sys.stdout.write(cloud.snapshot())
    cloud.close()


def _restore(options: argparse.Namespace) -> None:
    text = options.file.read_text(encoding="utf-8")
    cloud = _cloud(options)
    cloud.restore(text)
    _show_all(cloud)


def _weather(options: argparse.Namespace) -> None:
    if options.rules is None:
        print("operations:", *sorted(OPERATIONS), sep="\n  ")
        print("errors:", *sorted(kinds()), sep="\n  ")
        return
    text = options.rules if options.rules.lstrip().startswith("[") else Path(options.rules).read_text(encoding="utf-8")
    rules = HeavenlyCloud(replace(load_data(), weather=parse_weather(text))).faults.records
    print(f"{len(rules)} rules, all of which can strike")


if __name__ == "__main__":
    sys.exit(main())
