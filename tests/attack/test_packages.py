"""Hostile packages: each is installed or refused, with problems that have their places; none makes the server fail."""

from __future__ import annotations

import io
import re
import struct
import time
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cloudshell_local.errors import InvalidPackage
from cloudshell_local.services.commands.drivers import unpack
from cloudshell_local.shells.catalog import driver_archive
from cloudshell_local.shells.definition import ShellDefinition, read_definition
from tests.cloudshell_local.toy import DEFINITION, METADATA, OPTIONS, package, zipped
from tests.sizes import how_many

Make = Callable[[], bytes]


def defined(old: str, new: str) -> Make:
    """Return how a package is made whose definition has another text in it."""
    assert old in DEFINITION
    return lambda: package(lambda text: text.replace(old, new, 1))


def in_yaml(text: str) -> Make:
    """Return how a package is made with a text in its definition, beside the rest."""
    return lambda: package(lambda definition: f"{definition}\n{text}")


def in_driver(source: str | bytes, name: str = "more.py") -> Make:
    """Return how a package is made whose driver imports a file."""
    main = "import more\nclass ToyDriver:\n    def initialize(self, context): pass\n"
    return lambda: package(driver={"driver.py": main, name: source})


def method(text: str) -> Make:
    """Return how a package is made whose driver has a method with a default."""
    return lambda: package(driver={"driver.py": f"class ToyDriver:\n    def do(self, context, a={text}): pass\n"})


def outside(**files: Any) -> Make:
    return lambda: package(
        files={name.replace("__", "/").replace("_", "."): content for name, content in files.items()}
    )


def with_names(*names: str) -> Make:
    """Return how a package is made whose driver's zip has files of these names."""
    return lambda: package(driver=dict.fromkeys(names, "x"))


def metadata(text: str) -> Make:
    return lambda: package(driver={"drivermetadata.xml": text})


def bomb(levels: int, of: str = "[{}, {}]") -> str:
    """Return lists of aliases of lists of aliases: a few lines that stand for two to the power of levels."""
    lines = ["b0: &b0 [x, x]"]
    lines += [f"b{each}: &b{each} {of.format(f'*b{each - 1}', f'*b{each - 1}')}" for each in range(1, levels)]
    return "\n".join(lines)


HOSTILE: dict[str, tuple[Make, str]] = {
    # The problem that each gets, with its place; empty where it is installed.
    "YAML nested deeply, as lists": (
        in_yaml("x: " + "[" * 5000),
        r"shell-definition\.yaml: line \d+: it is nested more than 50",
    ),
    "YAML nested deeply, as mappings": (
        in_yaml("x: " + "{a: " * 5000),
        r"shell-definition\.yaml: line \d+: it is nested more",
    ),
    "YAML nested deeply, by its lines": (
        in_yaml("\n".join(" " * each + "a:" for each in range(200))),
        r"shell-definition\.yaml: line \d+: it is nested more than 50",
    ),
    "YAML nested deeply, as sequences": (
        in_yaml("x:\n  " + "- " * 5000),
        r"shell-definition\.yaml: line \d+: it is nested more",
    ),
    "an alias bomb": (in_yaml(bomb(40)), r"shell-definition\.yaml: line \d+: it has more than 50000 values"),
    "an alias bomb of merged keys": (
        in_yaml("m0: &b0 {x: 1}\n" + bomb(40, "{{<<: [{}, {}]}}").partition("\n")[2]),
        r"line \d+: it has more than 50000 values",
    ),
    "an alias bomb in a default": (
        defined("default: 5", f"default: {{{', '.join(bomb(30).splitlines())}}}"),
        r"line \d+: it has more than 50000 values",
    ),
    "an alias bomb of one long text": (
        in_yaml("t: &t " + "x" * 99_000 + "\nu: [" + "*t, " * 1000 + "]"),
        r"line \d+: it has more than 50000 values",
    ),
    "an alias of what it is in": (in_yaml("x: &x [*x]"), r"line \d+: the alias \*x stands for nothing that is whole"),
    "an alias of nothing": (in_yaml("x: *nothing"), r"line \d+: the alias \*nothing stands for nothing"),
    "5 MB of YAML": (
        in_yaml("# " + "x" * 5_000_000),
        r"shell-definition\.yaml: it is 4884 KB; at most 512 KB are read",
    ),
    "half a MB of values": (in_yaml("x: [" + "a," * 200_000 + "]"), r"line \d+: it has more than 50000 values"),
    "a number of 5000 digits": (
        defined("default: 5", "default: " + "9" * 5000),
        r"shell-definition\.yaml: it is not YAML",
    ),
    "a number of 100000 hexadecimal digits": (
        defined("default: 5", "default: 0x" + "f" * 100_000),
        r"shell-definition\.yaml: it is not YAML",
    ),
    "a number that is infinite": (defined("default: 5", "default: .inf"), ""),
    "a date that is none": (
        defined("default: red", "default: 2001-99-99"),
        r"shell-definition\.yaml: it is not YAML \(month must",
    ),
    "half of a character": (defined("template_author: Tests", 'template_author: "\\uD800"'), ""),
    "a character that is none": (defined("Tests", '"\\U00110000"'), r"shell-definition\.yaml: it is not YAML"),
    "a key that is a list": (in_yaml("? [a]\n: b"), ""),
    "a key that is twice there": (in_yaml("x: 1\nx: 2"), r"it is not YAML \(line \d+: .*found duplicate key"),
    "an object of Python": (
        in_yaml("x: !!python/object/apply:os.system [true]"),
        r"it is not YAML \(line \d+: could not determine",
    ),
    "binary that is none": (in_yaml('x: !!binary "\\xff*"'), r"it is not YAML"),
    "two documents": (in_yaml("---\na: b"), r"it is not YAML \(line \d+: .*another document"),
    "YAML of another version": (lambda: package(lambda text: f"%YAML 9.9\n---{text}"), r"it is not YAML|^$"),
    "a tab": (in_yaml("x:\n\ty: z"), r"it is not YAML \(line \d+: "),
    "a null character": (in_yaml("x: \0"), r"it is not YAML"),
    "YAML of UTF-16": (
        lambda: package(files={"shell-definition.yaml": DEFINITION.encode("utf-16")}),
        r"it is not YAML",
    ),
    "an author that is a list": (
        defined("template_author: Tests", "template_author: [a, b]"),
        r"metadata: template_author should be",
    ),
    "a name of 1000 characters": (
        defined("template_name: Toy", f"template_name: {'T' * 1000}"),
        r"metadata: template_name should be a text of at most 100",
    ),
    "a name of two lines": (
        defined("template_name: Toy", 'template_name: "T\\ny"'),
        r"metadata: template_name should be a text",
    ),
    "a name that is a mapping": (
        defined("template_name: Toy", "template_name: {a: b}"),
        r"metadata: template_name should be a text",
    ),
    "a version that is a mapping": (
        defined("template_version: 1.2.0", "template_version: {a: b}"),
        r"template_version should be",
    ),
    "very many properties that are wrong": (
        defined("      User: {type: string}", "\n".join(f"      P{each}: 5" for each in range(5000))),
        r"properties.P1: it should",
    ),
    "options nested deeply": (
        lambda: package(options={"a.yaml": "[" * 5000}),
        r"Deployments\.zip/a\.yaml: line 1: it is nested",
    ),
    "an alias bomb in the options": (
        lambda: package(options={"a.yaml": OPTIONS + bomb(40)}),
        r"Deployments\.zip/a\.yaml: line \d+: it has more than",
    ),
    "very many files of options": (
        lambda: package(options={f"{each}.yaml": "#" + "x" * 9999 for each in range(60)}),
        r"Deployments\.zip: its YAML has more than",
    ),
    "a million minus signs": (
        in_driver("-" * 1_000_000),
        r"ToyDriver\.zip/more\.py: invalid driver, an expression is nested",
    ),
    "a sum of 100000 numbers": (
        in_driver("a = " + "1+" * 100_000 + "1"),
        r"ToyDriver\.zip/more\.py: invalid driver|^$",
    ),
    "an attribute of an attribute": (
        in_driver("a = a" + ".b" * 100_000),
        r"ToyDriver\.zip/more\.py: invalid driver|^$",
    ),
    "very many parentheses": (in_driver("(" * 100_000), r"ToyDriver\.zip/more\.py, line 1: invalid driver, "),
    "very many blocks": (
        in_driver("".join(" " * each + "if a:\n" for each in range(150))),
        r"ToyDriver\.zip/more\.py, line \d+: invalid driver, ",
    ),
    "5 MB of Python": (
        in_driver("#" + "x" * 5_000_000),
        r"ToyDriver\.zip/more\.py: invalid driver, it is 4 MB; at most 4 MB",
    ),
    "30 MB of Python": (
        lambda: package(driver={f"more{each}.py": "#" + "x" * 3_000_000 for each in range(10)}),
        r"the driver has 28 MB of Python",
    ),
    "Python with null characters": (in_driver("a = 1\0"), r"ToyDriver\.zip/more\.py.*: invalid driver, "),
    "Python that is not UTF-8": (in_driver(b"a = '\xff'"), r"ToyDriver\.zip/more\.py.*: invalid driver, "),
    "Python of an unknown encoding": (in_driver("# coding: heaven\n"), r"ToyDriver\.zip/more\.py.*: invalid driver, "),
    "a default of many minus signs": (method("-" * 90 + "1"), ""),
    "a default of 100000 hexadecimal digits": (method("0x" + "f" * 100_000), ""),
    "a default that cannot be made": (method("{[]: 1}"), ""),
    "a default of half a character": (method('"\\ud800"'), ""),
    "a main class of a million characters": (metadata(f'<Driver MainClass="{"a." * 500_000}"/>'), r"MainClass"),
    "metadata nested deeply": (
        metadata(METADATA.replace("<Layout>", "<Category>" * 50_000 + "</Category>" * 50_000 + "<Layout>")),
        r"ToyDriver\.zip/drivermetadata\.xml: its elements are nested more than 100 deep",
    ),
    "metadata with entities": (
        metadata('<!DOCTYPE x [<!ENTITY a "b">]><Driver MainClass="&a;"/>'),
        r"drivermetadata\.xml: it is not XML",
    ),
    "metadata of very many commands": (
        metadata(
            METADATA.replace("</Layout>", "".join(f'<Command Name="c{each}"/>' for each in range(20_000)) + "</Layout>")
        ),
        "",
    ),
    "a file with a name of 300 characters": (
        with_names("a" * 300),
        r"ToyDriver\.zip cannot be used: its file 'aaa.* too long a name",
    ),
    "a file with a path of 2000 characters": (
        with_names("a/" * 1000 + "b"),
        r"ToyDriver\.zip cannot be used: its file .* too long a",
    ),
    "a file beside a folder of its name": (
        with_names("a", "a/b"),
        r"ToyDriver\.zip cannot be used: its file 'a' is a folder, too",
    ),
    "a folder beside a file of its name": (
        with_names("a/b/c", "a/b"),
        r"ToyDriver\.zip cannot be used: its file 'a/b' is a folder",
    ),
    "a file without a name": (with_names("."), r"ToyDriver\.zip cannot be used: its file '\.' has no name"),
    "a file named as a folder": (with_names("./"), ""),
    "a name with control characters": (with_names("a\nb\x1b[31m"), ""),
    "a name outside": (with_names("../a"), r"ToyDriver\.zip cannot be used: its file '\.\./a' would lie outside"),
    "an entry that is not there": (
        outside(**{"TOSCA-Metadata__TOSCA_meta": "Entry-Definitions: no"}),
        r"TOSCA\.meta: Entry",
    ),
    "a very long entry": (
        lambda: package(files={"TOSCA-Metadata/TOSCA.meta": "Entry-Definitions:" + " " * 500_000 + "x" * 500_000}),
        r"TOSCA\.meta: Entry",
    ),
    "a driver that is no zip": (outside(ToyDriver_zip="no zip"), r"ToyDriver\.zip cannot be used: it is no zip file"),
    "a driver's zip in a driver's zip": (
        outside(ToyDriver_zip=zipped({"ToyDriver.zip": zipped({})})),
        r"drivermetadata\.xml: it is missing",
    ),
}


def installed(content: bytes, folder: Path) -> ShellDefinition:
    """Read a package and unpack its driver, as the server does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a name that is twice in a zip
        definition = read_definition(content, "The package")
        unpack(driver_archive(content, definition), folder / "driver")
    texts = [definition.name, definition.author, *definition.warnings, *definition.attributes]
    texts += [str(parameter.default) for each in definition.driver.commands.values() for parameter in each.parameters]
    "".join(texts).encode()
    return definition


def outcome(content: bytes, folder: Path) -> str:
    """Return the problems of a package, one in each line; nothing if it is installed."""
    try:
        installed(content, folder)
    except InvalidPackage as error:
        assert error.problems
        assert all(len(each) < 3000 for each in error.problems)
        "".join(error.problems).encode()
        return "\n".join(error.problems)
    return ""


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_package_gets_a_problem_with_its_place(tmp_path: Path, name: str) -> None:
    make, expected = HOSTILE[name]
    found = outcome(make(), tmp_path)
    assert re.search(expected or "^$", found), found[:500]


def test_there_are_at_least_as_many_as_were_tried_by_hand() -> None:
    assert len(HOSTILE) >= 48


# What YAML, Python and XML are made of, so that random texts get far into their readers.
yaml_parts = st.sampled_from(
    [
        "- ", "? ", ": ", "[", "]", "{", "}", ",", "&a ", "*a ", "!!int ", "!!map ", "| ", "> ", "'", '"',
        "\n", "\n  ", "\n    ", "<<: ", "---\n", "...\n", "%YAML 1.1\n", "#", "\t", "0x", "9", "1e999",
        ".nan", "2001-01-01", "null", "\\uD800", "\x85", "a", "a: b\n",
    ]
)  # fmt: skip
python_parts = st.sampled_from(
    [
        "(", ")", "[", "]", "{", "}", ":", "=", "-", "not ", "lambda ", "if ", "else ", "for ", "in ",
        "def f", "class A", "\n", "\n    ", "f'", "'", '"""', "\\", "await ", "yield ", "match ", "case ",
        "*", "**", ".", ",", "1", "0x", "a", "@", "import ", "from . ", ":=", "#",
    ]
)  # fmt: skip
xml_parts = st.sampled_from(
    [
        "<a>", "</a>", "<Category Name='x'>", "</Category>", "<Command Name='left'>", "</Command>",
        "<Parameter Name='a'/>", "&amp;", "&a;", "&#0;", "<![CDATA[", "]]>", "<!--", "-->", "<?x ?>",
        "<!DOCTYPE x>", "x", " ", "\n",
    ]
)  # fmt: skip
texts = st.one_of(st.text(max_size=30), st.sampled_from(["", "x" * 300, "\ud800", "\0", "../x", "a/b", "."]))


def repeated(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return texts of parts, some of them repeated a hundred times."""
    few = st.tuples(parts, st.sampled_from([1, 1, 1, 2, 100])).map(lambda pair: pair[0] * pair[1])
    return st.lists(few, max_size=how_many(12, 40)).map("".join)


@given(repeated(yaml_parts), st.sampled_from(["after", "value", "alone"]))
def test_any_yaml_gets_problems_with_its_place(tmp_path_factory: pytest.TempPathFactory, text: str, place: str) -> None:
    definition = {
        "after": f"{DEFINITION}\n{text}",
        "value": DEFINITION.replace("default: 5", f"default: {text}"),
        "alone": text,
    }[place]
    content = package(files={"shell-definition.yaml": definition.encode(errors="replace")})
    found = outcome(content, tmp_path_factory.mktemp("package"))
    assert all(line.startswith("shell-definition.yaml: ") for line in found.splitlines()), found


@given(repeated(python_parts))
def test_any_python_gets_problems_with_its_place(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    found = outcome(in_driver(text.encode(errors="replace"))(), tmp_path_factory.mktemp("package"))
    assert not found or found.startswith("ToyDriver.zip/more.py"), found


@given(repeated(xml_parts))
def test_any_metadata_gets_problems_with_its_place(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    content = package(
        driver={"drivermetadata.xml": METADATA.replace("<Layout>", f"<Layout>{text}").encode(errors="replace")}
    )
    found = outcome(content, tmp_path_factory.mktemp("package"))
    assert not found or found.startswith("ToyDriver.zip/drivermetadata.xml"), found


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=20), max_size=4), st.integers(1, 20))
@example(["\0"], 1)
def test_any_names_of_files_are_unpacked_or_refused(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], times: int
) -> None:
    folder = tmp_path_factory.mktemp("package")
    found = outcome(package(driver=dict.fromkeys((name * times for name in names), "x")), folder)
    assert not found or found.startswith("ToyDriver.zip cannot be used: its file "), found
    assert {path.name for path in folder.iterdir()} <= {"driver"}, "nothing lies outside"


@given(st.data())
def test_any_zip_is_opened_or_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Fields of a zip's directory have any other number: offsets, lengths, methods, flags."""
    content = bytearray(package())
    begin = content.rindex(b"PK\x01\x02")
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.one_of(st.integers(begin, len(content) - 4), st.integers(0, 60)))
        content[position : position + 2] = struct.pack("<H", data.draw(st.sampled_from([0, 1, 8, 99, 0x7FFF, 0xFFFF])))
    outcome(bytes(content), tmp_path_factory.mktemp("package"))


def test_a_package_is_the_same_at_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A property test that draws places in one would fail when the clock moves on."""
    before = package()
    monkeypatch.setattr("zipfile.time", SimpleNamespace(time=lambda: 1_000_000_000.0, localtime=time.localtime))
    assert package() == before


def test_a_zip_of_zips_is_read_once() -> None:
    inner = zipped({"0": b"0" * 1000})
    for _ in range(5):
        inner = zipped({"0": inner, "1": inner})
    with pytest.raises(InvalidPackage, match="TOSCA.meta is missing"):
        read_definition(inner)


def test_a_zip_with_a_comment_and_a_name_twice_is_read() -> None:
    buffer = io.BytesIO(package())
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "a") as archive:
        warnings.simplefilter("ignore")
        archive.comment = b"any comment" * 100
        archive.writestr("icon.png", b"another")
    read_definition(buffer.getvalue())
