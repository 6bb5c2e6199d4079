from __future__ import annotations

from cloudshell_local.shells.driver_metadata import read_metadata
from cloudshell_local.shells.findings import Findings


def test_metadata_that_is_no_xml_is_a_problem() -> None:
    findings = Findings()
    assert read_metadata(b"<a", "m.xml", findings) is None
    assert findings.problems[0].startswith("m.xml: it is not XML")


def test_what_is_unknown_or_misplaced_is_a_warning_with_its_place() -> None:
    findings = Findings()
    read = read_metadata(
        b"""<Driver MainClass="d.D" Colour="red"><Layout><Command Name="a" Cancel="1" Visibility="Nobody"/>
        <Category Name="Power"><Folder><Command Name="c"/></Folder></Category>
        <Parameter Name="p"/></Layout><Command Name="b"/></Driver>""",
        "m.xml",
        findings,
    )
    assert read
    assert {name: each.category for name, each in read.commands.items()} == {"a": "", "c": "Power", "b": ""}
    assert findings.problems == []
    assert findings.warnings == [
        "m.xml: Driver: the attribute Colour is unknown; known are Description, MainClass, Name, PythonVersion, Version",
        "m.xml: Command a: the attribute Cancel is unknown; known are Description, DisplayName, EnableCancellation, Name, "
        "Tags, Visibility",
        "m.xml: Command a: the Visibility 'Nobody' is unknown, so that everyone sees the command",
        "m.xml: the tag Folder is unknown; known are Driver, Layout, Category, Command, Parameters, Parameter",
        "m.xml: the tag Command should not be in Folder",
        "m.xml: the tag Parameter should not be in Layout",
        "m.xml: the tag Command should not be in Driver",
    ]
