from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudshell_local.errors import InvalidPackage
from cloudshell_local.rest_api.package_xml import parse, read_blueprint, read_template, write_blueprint, write_template
from cloudshell_local.services.networking.service_models import new_service
from cloudshell_local.storage.model import App, AppTemplate, Blueprint, Connector, DeploymentPath
from cloudshell_local.storage.parts import Parts

# Without control characters, which XML cannot have, and white space, which attributes change.
texts = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12)
values = st.dictionaries(texts, texts, max_size=3)
positions = st.tuples(st.floats(0, 1000), st.floats(0, 1000))
paths = st.builds(DeploymentPath, texts, texts, texts, values, st.booleans())
apps = st.builds(App, texts, texts, texts, values, st.lists(paths, min_size=1, max_size=2), position=positions)


def without_defaults(
    name: str,
    model: str,
    values: Mapping[str, str],
    paths: Sequence[DeploymentPath],
    template: str = "",
    position: tuple[float, float] = (0, 0),
) -> App:
    return App(name, template, model, dict(values), list(paths), position=position)


@given(apps)
def test_a_written_app_template_is_read_unchanged(app: App) -> None:
    found = read_template(parse("t", write_template(AppTemplate(app, ["Applications"]))), without_defaults)
    assert (found.app.name, found.app.model, found.app.attributes) == (app.name, app.model, app.attributes)
    assert found.app.paths == app.paths
    assert found.categories == ["Applications"]


@given(st.lists(apps, max_size=3, unique_by=lambda app: app.name), values, texts)
def test_a_written_blueprint_is_read_unchanged(some: list[App], attributes: dict[str, str], alias: str) -> None:
    service = new_service("VLAN Auto", alias, attributes, (1, 2))
    lines = [Connector(app.name, alias, attributes=dict(attributes)) for app in some]
    written = Blueprint("B", "what", "cat", Parts(some), Parts([service]), Parts(lines), ["r"], True, True, 7, 3)
    found = read_blueprint(parse("b", write_blueprint(written)), without_defaults)
    assert (list(found.apps), list(found.services), found.resources) == (some, [service], ["r"])
    assert [(line.source, line.target, line.attributes) for line in found.connectors] == [
        (line.source, line.target, line.attributes) for line in lines
    ]
    assert (found.description, found.category, found.setup_minutes, found.teardown_minutes) == ("what", "cat", 7, 3)


def test_a_blueprint_without_driver_and_scripts_has_no_orchestration() -> None:
    found = read_blueprint(parse("b", b'<TopologyInfo><Details Name="B" Driver=""/></TopologyInfo>'), without_defaults)
    assert (found.has_setup, found.has_teardown) == (False, False)


def test_a_file_that_is_no_xml_is_an_error_with_its_name() -> None:
    for content in (b"<a", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'):
        with pytest.raises(InvalidPackage, match=r"b\.xml cannot be used: it is not XML"):
            parse("b.xml", content)
