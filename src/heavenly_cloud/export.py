"""Export of all records of a cloud as one JSON text, and its import. Private keys in it are encrypted, as in a store."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from heavenly_cloud.codec import decode_json, encode_json
from heavenly_cloud.errors import InvalidData
from heavenly_cloud.migrations import STEPS, VERSION, JsonRow, migrate
from heavenly_cloud.store import Row

IDENTITY = "identity"  # kind of the record that every cloud has; its owner and key are empty
_WHERE = "the export"


def write(rows: Sequence[Row]) -> str:
    """Return rows as JSON: {"heavenly_cloud": VERSION, "records": [[kind, owner, key, record], ...]}."""
    lines = [json.dumps([kind, owner, key, encode_json(record)]) for kind, owner, key, record in rows]
    return f'{{"heavenly_cloud": {VERSION}, "records": [\n' + ",\n".join(lines) + "\n]}\n"


def read(text: str) -> list[Row]:
    """Return the rows of an export, of an earlier version too; raise InvalidData, which says what is wrong and where."""
    try:
        raw = json.loads(text)
    except ValueError:
        raise InvalidData(where=_WHERE, reason="it is not JSON") from None
    if not isinstance(raw, dict) or raw.keys() != {"heavenly_cloud", "records"}:
        raise InvalidData(where=_WHERE, reason="it should be an object with 'heavenly_cloud' and 'records'")
    version = _version(raw["heavenly_cloud"])
    if not isinstance(raw["records"], list):
        raise InvalidData(where=_WHERE, reason="its records should be a list")
    rows = migrate([_json_row(item, number) for number, item in enumerate(raw["records"])], version)
    if not any(kind == IDENTITY for kind, *_ in rows):
        raise InvalidData(where=_WHERE, reason="its identity is missing")
    return [_row(row, number) for number, row in enumerate(rows)]


def _version(raw: Any) -> int:
    known = [*STEPS, VERSION]
    if isinstance(raw, bool) or raw not in known:
        reason = f"its version is {raw!r:.20}; known are {', '.join(map(str, known))}"
        raise InvalidData(where=_WHERE, reason=reason)
    return int(raw)


def _json_row(item: object, number: int) -> JsonRow:
    where = _record(number)
    if not isinstance(item, list) or len(item) != 4 or not all(isinstance(part, str) for part in item[:3]):
        raise InvalidData(where=where, reason="it should be a list of kind, owner, key and record")
    if item[3] is None:
        raise InvalidData(where=where, reason="it is null")
    return item[0], item[1], item[2], item[3]


def _row(row: JsonRow, number: int) -> Row:
    kind, owner, key, raw = row
    return kind, owner, key, decode_json(raw, _record(number))


def _record(number: int) -> str:
    return f"{_WHERE}, record {number}"
