"""Requests for pages of the portal, and what a page's handler returns: a page, a redirect or an empty response."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Union

from starlette.responses import Response

from cloudshell_local.access import Session
from cloudshell_local.errors import WrongCall


@dataclass(frozen=True)
class PageRequest:
    """A user's request for a page or an action.

    path, query: the parameters of the address. form: the form's values by the fields' names. uploads: its files, likewise.
    """

    session: Session
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict, repr=False)
    uploads: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    def hidden(self, name: str) -> str:
        """Return the value of a hidden field, unchanged; empty if the form has no such field."""
        return self.form.get(name, "")

    def text(self, name: str) -> str:
        """Return what the user typed into a field, without spaces around it; empty if the form has no such field."""
        return self.form.get(name, "").strip()

    def required(self, name: str, label: str) -> str:
        """Return what the user typed into a field; raise WrongCall, with the field's label, if it is empty."""
        if not self.text(name):
            raise WrongCall(f"{label} is missing")
        return self.text(name)


@dataclass(frozen=True)
class Page:
    """A template and its values. watches: the kinds of changes after which an open page fetches itself again."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    watches: tuple[str, ...] = ()


@dataclass(frozen=True)
class Redirect:
    """The address of another page."""

    path: str


@dataclass(frozen=True)
class NoContent:
    """An empty response: the page stays and updates itself. Without JavaScript, its address `path` is loaded again."""

    path: str


PageResponse = Union[Page, Redirect, NoContent, Response]
Handler = Callable[[PageRequest], PageResponse]
