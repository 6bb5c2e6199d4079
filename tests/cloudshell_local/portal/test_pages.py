from __future__ import annotations

import pytest

from cloudshell_local.access import Session
from cloudshell_local.errors import WrongCall
from cloudshell_local.portal.pages import PageRequest

REQUEST = PageRequest(Session("token", "admin", True), form={"path": " a ", "name": " Web ", "blank": " "})


def test_hidden_fields_are_unchanged_and_typed_text_is_stripped() -> None:
    assert (REQUEST.hidden("path"), REQUEST.text("name")) == (" a ", "Web")
    assert (REQUEST.hidden("missing"), REQUEST.text("missing")) == ("", "")


@pytest.mark.parametrize("name", ["blank", "missing"])
def test_a_required_field_that_is_empty_is_an_error_with_its_label(name: str) -> None:
    assert REQUEST.required("name", "The App's name") == "Web"
    with pytest.raises(WrongCall, match="^The App's name is missing$"):
        REQUEST.required(name, "The App's name")


def test_what_was_typed_is_not_in_the_representation() -> None:
    assert "Web" not in repr(REQUEST)
