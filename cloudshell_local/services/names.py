"""Names: one rule for what people type, what drivers name and what packages bring.

CloudShell's help gives the characters and the length of a resource's and an App's name (docs/reference/server.md §5,
Inventory resource) and the length of a blueprint's and a sandbox's (§5, Names). The rest is a choice: a name that is "." or
"..", or that begins or ends with a space, would be another one in an address, a folder or a list.

The rule is for new names: records that are stored with another name stay as they are.
"""

from __future__ import annotations

import re
from enum import Enum

from cloudshell_local.errors import WrongCall

_CHARACTERS = re.compile(r"[A-Za-z0-9 |.\-_\][]*")
_USER_CHARACTERS = re.compile(r"[A-Za-z0-9 |.\-_\][@+]*")
_ALLOWED = "letters, digits, spaces and | . - _ [ ]"


class Named(Enum):
    """Kind of thing that has a name, as errors call it."""

    RESOURCE = "resource"
    APP = "App"
    BLUEPRINT = "blueprint"
    SANDBOX = "sandbox"
    USER = "user"


# Of a resource, an App and a user, it is 100.
LONGEST = {Named.BLUEPRINT: 60, Named.SANDBOX: 60}


def require_name(kind: Named, name: str) -> str:
    """Return a new name; raise WrongCall for one that breaks the rule."""
    longest = LONGEST.get(kind, 100)
    characters, more = (_USER_CHARACTERS, " @ +") if kind is Named.USER else (_CHARACTERS, "")
    if not characters.fullmatch(name) or not 0 < len(name) <= longest:
        raise WrongCall(f"The {kind.value} name '{name}' should be 1 to {longest} {_ALLOWED}{more}")
    if name != name.strip():
        raise WrongCall(f"The {kind.value} name '{name}' should neither begin nor end with a space")
    if name in (".", ".."):
        raise WrongCall(f"The {kind.value} name '{name}' should have more than dots")
    return name
