from __future__ import annotations

import pytest

from cloudshell_local.errors import WrongCall
from cloudshell_local.orchestration.inputs import LONGEST_NAME, LONGEST_VALUE, require_inputs, variables_of


@pytest.mark.parametrize("name", ["Target", "Target OS", "größe", "2nd", "x" * LONGEST_NAME])
def test_what_an_environment_variable_may_be_named_is_allowed(name: str) -> None:
    require_inputs({name: "x" * LONGEST_VALUE})
    assert variables_of({name: "v"}, ()) == {name.upper(): "v"}


@pytest.mark.parametrize("name", ["", "a=b", "a\0", "a\nb", "\ud800", "x" * (LONGEST_NAME + 1)])
def test_a_name_that_no_environment_variable_may_have_is_refused(name: str) -> None:
    with pytest.raises(WrongCall, match="input name"):
        require_inputs({"Good": "", name: "v"})
    assert variables_of({name: "v"}, ()) == {}


@pytest.mark.parametrize("value", ["a\0b", "\udcff", "x" * (LONGEST_VALUE + 1)])
def test_a_value_that_no_environment_variable_may_have_is_refused_and_not_quoted(value: str) -> None:
    with pytest.raises(WrongCall, match="value of the input 'Target' should be") as refused:
        require_inputs({"Target": value})
    assert value not in str(refused.value)
    assert variables_of({"Target": value}, ()) == {}


@pytest.mark.parametrize(
    "name", ["Path", "HOME", "pythonpath", "PythonStartup", "ld_preload", "http_proxy", "OPENSSL_CONF", "Editor"]
)
def test_an_input_replaces_and_steers_nothing_of_the_server_or_python(name: str) -> None:
    require_inputs({name: "v"})
    assert variables_of({name: "v", "Target": "moon"}, {"EDITOR": "vi"}) == {"TARGET": "moon"}
