from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cloudshell_local.portal.diagram import BOX_HEIGHT, BOX_WIDTH, diagram_layout
from cloudshell_local.storage.model import Connector

NAMES = st.lists(st.text(min_size=1), unique=True, max_size=30)


@given(NAMES, st.integers(0, 30))
def test_every_box_is_in_the_diagram_and_none_covers_another(names: list[str], services: int) -> None:
    layout = diagram_layout(names[:services], names[services:], [])
    assert list(layout.boxes) == names
    corners = [(box.x, box.y) for box in layout.boxes.values()]
    for x, y in corners:
        assert 0 <= x <= layout.width - BOX_WIDTH
        assert 0 <= y <= layout.height - BOX_HEIGHT
    for number, (x, y) in enumerate(corners):
        for x2, y2 in corners[:number]:
            assert abs(x - x2) >= BOX_WIDTH or abs(y - y2) >= BOX_HEIGHT


def test_services_are_above_apps() -> None:
    layout = diagram_layout(["V"], ["Web", "Db"], [])
    assert layout.boxes["V"].y < layout.boxes["Web"].y == layout.boxes["Db"].y


def test_connectors_with_an_end_outside_of_the_diagram_are_left_out() -> None:
    connectors = [Connector("Web", "V"), Connector("Web", "Db"), Connector("Web", "Gone")]
    layout = diagram_layout(["V"], ["Web", "Db"], connectors)
    assert [line.connector for line in layout.lines] == connectors[:2]
    assert all(line.path.startswith("M") for line in layout.lines)


def test_an_empty_diagram_has_a_size() -> None:
    layout = diagram_layout([], [], [])
    assert min(layout.width, layout.height) > 0
