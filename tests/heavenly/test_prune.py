from __future__ import annotations

from pathlib import Path

import pytest

from heavenly.prune import PruneError, prune_sources, without_commands, without_methods
from tests.test_architecture import PROJECT

DRIVER = '''"""Driver."""

from operations import (
    fly,
    swim,
    walk,
)


class HeavenlyCloudShellDriver:
    def Walk(self, how):
        return walk.walk(how, boots=swim.BOOTS, hat=True)

    @decorated
    def Swim(self):
        return swim.swim()

    def Fly(self):
        return fly.fly()
'''
INTERFACE = '''class CloudProvider:
    def walk(self): ...

    # Water

    def swim(self):
        """Swim."""

    def dive(self): ...

    # Air

    def fly(self): ...

    # Others

    def _private(self): ...


def _unused():
    return _unused()


class Record: ...
'''

IMPLEMENTATION = """from shell.gills import GILLS


class HeavenlyProvider:
    def walk(self):
        return 1

    def swim(self):
        return _breath()


def _breath():
    return GILLS
"""
WALK = """from provider.cloud import CloudProvider
from provider.heavenly import HeavenlyProvider
from shell.legs import LEGS

LEGS.walk(CloudProvider, HeavenlyProvider)


def _unused():
    return 2


_unused()
"""
SWIM = """from provider.cloud import Record
from shell.fins import FINS

FINS.swim(FINS.dive, Record)
"""


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_commands_go_with_their_decorators_blank_lines_and_arguments() -> None:
    assert without_commands(DRIVER, {"Swim"}) == DRIVER.replace(", boots=swim.BOOTS", "").replace(
        "\n    @decorated\n    def Swim(self):\n        return swim.swim()\n", ""
    )


def test_an_unknown_command_is_named() -> None:
    with pytest.raises(PruneError, match="'Sing', which the driver does not have"):
        without_commands(DRIVER, {"Sing"})


def test_a_section_goes_when_none_of_its_methods_is_left() -> None:
    pruned = without_methods(INTERFACE, "CloudProvider", {"swim", "dive"})
    assert "Water" not in pruned
    assert "def walk(self): ...\n\n    # Air\n\n    def fly" in pruned
    assert "Water" in without_methods(INTERFACE, "CloudProvider", {"swim"})


def test_what_only_the_left_out_commands_use_goes_and_all_else_stays(tmp_path: Path) -> None:
    files = {
        "driver.py": DRIVER,
        "operations/__init__.py": '"""Operations."""\n',
        "operations/walk.py": WALK,
        "operations/swim.py": SWIM,
        "operations/fly.py": "import shell.wings\n\nshell.wings.fly\n",
        "shell/legs.py": "LEGS = 2\n",
        "shell/fins.py": "FINS = 2\n",
        "shell/wings.py": "WINGS = 2\n",
        "shell/gills.py": "GILLS = 2\n",
        "provider/cloud.py": INTERFACE,
        "provider/heavenly.py": IMPLEMENTATION,
        "heavenly_cloud/lake.py": "unused = True\n",
    }
    source = written(tmp_path, files)
    prune_sources(source, {"Swim"}, PROJECT / "pyproject.toml")
    left = {path.relative_to(source).as_posix() for path in source.rglob("*.py")}
    assert left == files.keys() - {"operations/swim.py", "shell/fins.py", "shell/gills.py"}
    interface = (source / "provider/cloud.py").read_text()
    for gone in ("swim", "dive", "Water", "Record", "_unused"):
        assert gone not in interface
    for kept in ("def walk", "# Air", "def fly", "_private"):
        assert kept in interface
    assert "swim" not in (source / "driver.py").read_text()
    assert "def walk" in (source / "provider/heavenly.py").read_text()
    assert "_breath" not in (source / "provider/heavenly.py").read_text()
