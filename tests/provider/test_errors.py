from __future__ import annotations

from string import Formatter

import pytest

from heavenly_cloud import errors as cloud
from provider.errors import KINDS, SENTENCES, mapped_errors, shell_error
from shell import errors as shell

FACTS = {
    field: "x" for kind in cloud.error_types().values() for _, field, *_ in Formatter().parse(kind.template) if field
}


@pytest.mark.parametrize("kind", cloud.error_types().values(), ids=cloud.error_types())
def test_every_error_of_the_cloud_is_one_that_operations_know(kind: type[cloud.HeavenlyError]) -> None:
    """An error is what its nearest parent is there, and stays a sentence."""
    error = shell_error(kind(**FACTS))
    parent = next(each for each in kind.__mro__ if each in KINDS)
    assert type(error) is KINDS[parent]
    assert type(error) is not shell.ShellError
    assert str(error)
    assert "{" not in str(error)


def test_the_parents_are_the_same_in_both_trees() -> None:
    for parent in cloud.HeavenlyError.__subclasses__():
        if parent is not cloud.Interrupted:
            assert KINDS[parent].__name__ == parent.__name__
    assert KINDS[cloud.Interrupted] is shell.Cancelled


def test_what_operations_forgive_is_told_apart() -> None:
    assert type(shell_error(cloud.InstanceNotFound(id="vm-1"))) is shell.InstanceNotFound
    assert type(shell_error(cloud.InstanceForgotten(id="vm-1"))) is shell.InstanceNotFound
    assert type(shell_error(cloud.SubnetNotFound(id="s"))) is shell.NotFoundError


def test_the_sentences_that_name_cloudshells_attributes_and_commands_are_the_providers() -> None:
    forgotten = str(shell_error(cloud.InstanceForgotten(id="vm-1")))
    assert "vm-1" in forgotten
    assert "'Cloud Store' on the cloud provider resource" in forgotten
    assert all(issubclass(kind, cloud.HeavenlyError) for kind in SENTENCES)


def test_an_injected_error_keeps_its_own_sentence() -> None:
    injected = cloud.InstanceForgotten.with_message("as its fault rules say")
    assert str(shell_error(injected)) == "as its fault rules say"


def test_a_mapped_call_raises_the_kits_error_with_the_clouds_as_its_cause() -> None:
    @mapped_errors
    def call(number: int, *, text: str) -> str:
        if number:
            raise cloud.QuotaExceeded(account="gabriel", kind="instances", limit=1, used=1, asked=1)
        return text

    assert call(0, text="fine") == "fine"
    with pytest.raises(shell.ExhaustedError, match="may have 1 instances") as caught:
        call(1, text="")
    assert isinstance(caught.value.__cause__, cloud.QuotaExceeded)
