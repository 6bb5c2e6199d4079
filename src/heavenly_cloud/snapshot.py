"""All that a cloud holds as one JSON text, and back. Private keys in it are sealed, as they are in a store."""

from __future__ import annotations

import json
from collections.abc import Sequence

from heavenly_cloud.codec import decode, encode
from heavenly_cloud.errors import InvalidData
from heavenly_cloud.store import Row

VERSION = 1
BEGINNING = "beginning"  # the kind of the record that a cloud begins with
_WHERE = "the snapshot"


def write(rows: Sequence[Row]) -> str:
    """Return what there is as JSON: {"heavenly_cloud": VERSION, "records": [[kind, owner, key, record], ...]}."""
    lines = [json.dumps([kind, owner, key, json.loads(encode(record))]) for kind, owner, key, record in rows]
    return f'{{"heavenly_cloud": {VERSION}, "records": [\n' + ",\n".join(lines) + "\n]}\n"


def read(text: str) -> list[Row]:
    """Return what a snapshot says; raise InvalidData, which says what is wrong and where."""
    try:
        raw = json.loads(text)
    except ValueError:
        raise InvalidData(where=_WHERE, reason="it is not JSON") from None
    if not isinstance(raw, dict) or raw.keys() != {"heavenly_cloud", "records"}:
        raise InvalidData(where=_WHERE, reason="it should be an object with 'heavenly_cloud' and 'records'")
    if raw["heavenly_cloud"] != VERSION:
        raise InvalidData(where=_WHERE, reason=f"its version is {raw['heavenly_cloud']!r:.20}; known is {VERSION}")
    if not isinstance(raw["records"], list):
        raise InvalidData(where=_WHERE, reason="its records should be a list")
    rows = [_row(item, number) for number, item in enumerate(raw["records"])]
    if not any(kind == BEGINNING for kind, *_ in rows):
        raise InvalidData(where=_WHERE, reason="its beginning is missing")
    return rows


def _row(item: object, number: int) -> Row:
    where = f"{_WHERE}, record {number}"
    if not isinstance(item, list) or len(item) != 4 or not all(isinstance(part, str) for part in item[:3]):
        raise InvalidData(where=where, reason="it should be a list of kind, owner, key and record")
    record = decode(json.dumps(item[3]), where)
    if record is None:
        raise InvalidData(where=where, reason="it is null")
    return item[0], item[1], item[2], record
