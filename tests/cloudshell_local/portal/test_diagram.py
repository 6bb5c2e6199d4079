from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cloudshell_local.portal.diagram import BOX_HEIGHT, BOX_WIDTH, picture
from cloudshell_local.storage.model import Connector

NAMES = st.lists(st.text(min_size=1), unique=True, max_size=30)


@given(NAMES, st.integers(0, 30))
def test_everything_is_in_the_picture_and_nothing_covers_another(names: list[str], services: int) -> None:
    drawn = picture(names[:services], names[services:], [])
    assert list(drawn.boxes) == names
    places = [(box.x, box.y) for box in drawn.boxes.values()]
    for x, y in places:
        assert 0 <= x <= drawn.width - BOX_WIDTH
        assert 0 <= y <= drawn.height - BOX_HEIGHT
    for number, (x, y) in enumerate(places):
        for x2, y2 in places[:number]:
            assert abs(x - x2) >= BOX_WIDTH or abs(y - y2) >= BOX_HEIGHT


def test_services_are_above_apps() -> None:
    drawn = picture(["V"], ["Web", "Db"], [])
    assert drawn.boxes["V"].y < drawn.boxes["Web"].y == drawn.boxes["Db"].y


def test_lines_have_their_connectors_and_those_to_nowhere_are_left_out() -> None:
    connectors = [Connector("Web", "V"), Connector("Web", "Db"), Connector("Web", "Gone")]
    drawn = picture(["V"], ["Web", "Db"], connectors)
    assert [line.connector for line in drawn.lines] == connectors[:2]
    assert all(line.path.startswith("M") for line in drawn.lines)


def test_an_empty_diagram_has_a_size() -> None:
    drawn = picture([], [], [])
    assert min(drawn.width, drawn.height) > 0
