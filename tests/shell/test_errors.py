from __future__ import annotations

import inspect

from shell import errors


def test_the_tree_in_the_docstring_is_the_whole_tree() -> None:
    named = set((errors.__doc__ or "").replace(",", " ").split())
    defined = {
        name for name, thing in vars(errors).items() if inspect.isclass(thing) and issubclass(thing, errors.ShellError)
    }
    assert defined <= named


def test_an_error_is_one_sentence_with_its_facts() -> None:
    error = errors.BadApp(name="web", reason="it has no VM")
    assert str(error) == "The app 'web' cannot be used: it has no VM"
    assert isinstance(error, errors.MistakeError)


def test_an_error_may_have_a_sentence_of_its_own() -> None:
    error = errors.InstanceNotFound.with_message("The VM {id} is in {another} world")
    assert str(error) == "The VM {id} is in {another} world"
    assert isinstance(error, errors.NotFoundError)


def test_names_are_listed_as_people_read_them() -> None:
    assert errors.quoted_list(["a", "b"]) == "'a', 'b'"
    assert errors.quoted_list([]) == "none"
