"""Inputs of orchestration: which names and values they may have, and which of them are environment variables of a script.

A script of cloudshell-orch-core reads its inputs in two ways. `sandbox.global_inputs` is made from the reservation's context
(JSON), which has all inputs. `get_user_param(name)` is `os.environ[name.upper()]` (cloudshell_scripts_helpers.py of
cloudshell-orch-core), so that an input is an environment variable, too, unless it would replace or steer something else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from cloudshell_local.errors import WrongCall

LONGEST_NAME = 100
# Windows, on which the real execution server runs, allows an environment variable no more; Linux about four times as many.
LONGEST_VALUE = 32767
# Variables that change what Python, its libraries or the programs that it starts do, also where none is set.
_PREFIXES = ("PYTHON", "LD_", "LC_", "GCONV_", "GLIBC_", "MALLOC_", "OPENSSL_", "SSL_", "REQUESTS_", "CURL_", "LOG_")
_SUFFIXES = ("_PROXY",)
_NAMES = frozenset({"PATH", "HOME", "TMPDIR", "TEMP", "TMP", "NETRC", "LANG", "LANGUAGE", "LOCPATH", "NLSPATH", "TZ"})


def require_inputs(inputs: Mapping[str, str]) -> None:
    """Raise WrongCall for an input whose name or value no environment variable can have."""
    for name, value in inputs.items():
        if not _is_possible_name(name):
            raise WrongCall(
                f"The input name {name!r} should be 1 to {LONGEST_NAME} characters that an environment variable's name may "
                "have: none is '=' or a control character"
            )
        if not _is_possible_value(value):
            raise WrongCall(
                f"The value of the input '{name}' should be up to {LONGEST_VALUE} characters of text that an environment "
                "variable may have"
            )


def variables_of(inputs: Mapping[str, str], taken: Collection[str]) -> dict[str, str]:
    """Return the environment variables of the inputs that may be some, by name. taken: the variables that there are."""
    return {
        name.upper(): value
        for name, value in inputs.items()
        if _is_possible_name(name) and _is_possible_value(value) and not _is_taken(name.upper(), taken)
    }


def _is_possible_name(name: str) -> bool:
    return 0 < len(name) <= LONGEST_NAME and name.isprintable() and "=" not in name


def _is_possible_value(value: str) -> bool:
    return len(value) <= LONGEST_VALUE and "\0" not in value and _is_unicode(value)


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _is_taken(variable: str, taken: Collection[str]) -> bool:
    return variable in taken or variable in _NAMES or variable.startswith(_PREFIXES) or variable.endswith(_SUFFIXES)
