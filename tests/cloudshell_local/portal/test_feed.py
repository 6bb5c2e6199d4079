from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudshell_local.portal.feed import PAGE_LENGTH, FeedLine, feed_lines, page_lines
from cloudshell_local.storage.model import Message
from cloudshell_local.storage.store import LONGEST_MESSAGE


@pytest.mark.parametrize(
    ("text", "shown", "is_error"),
    [
        ("Beginning sandbox setup", "Beginning sandbox setup", False),
        ('<font color="red">It failed</font>', "It failed", True),
        ("<FONT COLOR='Red'>It failed</FONT>", "It failed", True),
        ('Web: <font color="#FF0000">no</font>, Db: <font color=green>yes</font>', "Web: no, Db: yes", True),
        ('<font color="green">Fine</font>', "Fine", False),
        ("<b>bold</b> <script>x()</script>", "<b>bold</b> <script>x()</script>", False),
    ],
)
def test_of_a_drivers_html_only_the_red_font_has_a_meaning(text: str, shown: str, is_error: bool) -> None:
    assert feed_lines([Message("now", text)]) == [FeedLine("now", shown, is_error)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<font color=red>never ends", "<font color=red>never ends"),
        ("ends</font> never begun", "ends</font> never begun"),
        ("<font color=red>a<font color=blue>b</font>c</font>", "a<font color=blue>bc</font>"),
        ("<font>no color</font>", "<font>no color</font>"),
    ],
)
def test_fonts_that_are_not_whole_are_shown_as_the_text_that_they_are(text: str, shown: str) -> None:
    (line,) = feed_lines([Message("now", text)])
    assert line.text == shown


@pytest.mark.parametrize(
    "part", ["<font color=red>", "<font ", "<font color='", "</font>", "<font color=red></font>", "<font color=a"]
)
def test_a_hostile_text_is_shown_in_a_moment(part: str) -> None:
    """In time that grows with its square, four megabytes would take hours."""
    (line,) = feed_lines([Message("now", part * (2**22 // len(part)))])
    assert len(line.text) < LONGEST_MESSAGE + 100


def test_a_page_shows_the_newest_lines_and_says_how_many_it_leaves_out() -> None:
    messages = [Message(str(number), "x" * 1000) for number in range(1000)]
    lines = page_lines(messages)
    assert [line.time for line in lines[1:]] == [str(number) for number in range(1000 - len(lines) + 1, 1000)]
    assert lines[0] == FeedLine(str(1000 - len(lines)), f"({1001 - len(lines)} earlier lines are not shown)")
    assert PAGE_LENGTH - 1000 < sum(len(line.text) for line in lines[1:]) <= PAGE_LENGTH
    assert page_lines(messages[:5]) == feed_lines(messages[:5])


@given(st.text())
def test_any_text_can_be_shown(text: str) -> None:
    (line,) = feed_lines([Message("now", f'<font color="red">{text}</font>')])
    assert line.is_error
