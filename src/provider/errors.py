"""The one table from the errors of HeavenlyCloud to those that operations know, and the seam where it is applied.

The cloud knows nothing of CloudShell; where a sentence should name an attribute or a command of it, it is here.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Callable, TypeVar

from heavenly_cloud import errors as cloud
from shell import errors as shell

if TYPE_CHECKING:
    from typing_extensions import ParamSpec

    Arguments = ParamSpec("Arguments")

Answer = TypeVar("Answer")

# By the nearest parent that stands here.
KINDS: dict[type[cloud.HeavenlyError], type[shell.ShellError]] = {
    cloud.InstanceNotFound: shell.InstanceNotFound,
    cloud.NetworkNotFound: shell.NetworkNotFound,
    cloud.MistakeError: shell.MistakeError,
    cloud.NotFoundError: shell.NotFoundError,
    cloud.ConflictError: shell.ConflictError,
    cloud.ExhaustedError: shell.ExhaustedError,
    cloud.RefusedError: shell.RefusedError,
    cloud.TransientError: shell.TransientError,
    cloud.Interrupted: shell.Cancelled,
}
_GONE = (
    "was in the memory of a process that has ended, as CloudShell ends a driver's after ten idle minutes, and is gone with "
    "it; {remedy}, and set 'Cloud Store' on the cloud provider resource to keep what is there"
)
SENTENCES: dict[type[cloud.HeavenlyError], str] = {
    cloud.InstanceForgotten: "The VM '{id}' " + _GONE.format(remedy="deploy the App again"),
    cloud.SubnetForgotten: "The subnet '{id}' " + _GONE.format(remedy="set the sandbox up again"),
    cloud.NetworkNotFound: "The sandbox '{tag}' has no network; PrepareSandboxInfra makes it",
    cloud.StorePackageMissing: (
        "'Cloud Store' needs the Python package '{package}', which this shell's driver does not have; pack the shell with "
        "`make pack OPTIONS=--with-stores` and install it again, or leave 'Cloud Store' empty"
    ),
    cloud.NetworkInUse: "The network of the sandbox is still used by {users}",
}


def mapped_errors(call: Callable[Arguments, Answer]) -> Callable[Arguments, Answer]:
    """Make a call of the cloud raise the errors that operations know."""

    @wraps(call)
    def mapped(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer:
        try:
            return call(*args, **kwargs)
        except cloud.HeavenlyError as error:
            raise shell_error(error) from error

    return mapped


def shell_error(error: cloud.HeavenlyError) -> shell.ShellError:
    """Return the error that operations know for one of the cloud's."""
    kind = next((KINDS[parent] for parent in type(error).__mro__ if parent in KINDS), shell.ShellError)
    template = SENTENCES.get(type(error))
    # An error without facts was made with a sentence of its own, as an injected fault is.
    return kind.with_message(template.format(**error.facts) if template and error.facts else str(error))
