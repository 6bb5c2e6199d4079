from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudshell_local.portal.feed import FeedLine, feed_lines
from cloudshell_local.storage.model import Message


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


@given(st.text())
def test_any_text_can_be_shown(text: str) -> None:
    (line,) = feed_lines([Message("now", f'<font color="red">{text}</font>')])
    assert line.is_error
