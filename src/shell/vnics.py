"""Names of network interfaces as a blueprint's designer writes them in a connector's requested vNIC. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

_NUMBERED = re.compile(r"(?:eth)?0*(\d{1,3})", re.ASCII | re.IGNORECASE)


@lru_cache(maxsize=1024)
def vnic_name(text: str) -> str:
    """Return the name of the interface that was asked for: "1" and "eth1" are "eth1", other words stay as they are."""
    numbered = _NUMBERED.fullmatch(text.strip())
    return f"eth{numbered[1]}" if numbered else text.strip()


@lru_cache(maxsize=1024)
def vnic_index(text: str) -> int | None:
    """Return the index that a name like "1" or "eth1" stands for, None for other words."""
    numbered = _NUMBERED.fullmatch(text.strip())
    return int(numbered[1]) if numbered else None
