from __future__ import annotations

import inspect
from types import ModuleType

import pytest

from heavenly_cloud import errors as cloud_errors
from shell import errors as shell_errors


@pytest.mark.parametrize("module", [cloud_errors, shell_errors])
def test_the_tree_in_the_docstring_is_the_whole_tree(module: ModuleType) -> None:
    named = set((module.__doc__ or "").replace(",", " ").split())
    defined = {
        name
        for name, thing in vars(module).items()
        if inspect.isclass(thing)
        and issubclass(thing, cloud_errors.HeavenlyError)
        and thing.__module__ == module.__name__
    }
    assert defined <= named


def test_an_error_is_one_sentence_with_its_facts() -> None:
    error = cloud_errors.QuotaExceeded(account="gabriel", kind="instances", limit=1, used=1, asked=1)
    assert str(error) == "The account 'gabriel' may have 1 instances and uses 1; 1 more are too many"
    assert error.facts["limit"] == 1
    assert isinstance(error, cloud_errors.ExhaustedError)


def test_names_are_listed_as_people_read_them() -> None:
    assert cloud_errors.quoted_list(["a", "b"]) == "'a', 'b'"
    assert cloud_errors.quoted_list([]) == "none"
