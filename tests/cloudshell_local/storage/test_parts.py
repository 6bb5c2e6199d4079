from __future__ import annotations

from collections.abc import Callable

import pytest

from cloudshell_local.errors import WrongCall
from cloudshell_local.storage.model import Service
from cloudshell_local.storage.parts import DraftDict, Parts


def service(alias: str) -> Service:
    return Service(alias, "VLAN Auto", {"VLAN ID": ""})


@pytest.fixture
def parts() -> Parts[Service]:
    return Parts([service("a"), service("b"), service("c")])


def aliases(parts: Parts[Service]) -> list[str]:
    return [each.alias for each in parts]


def test_parts_are_found_by_their_keys_and_kept_in_their_order(parts: Parts[Service]) -> None:
    assert (aliases(parts), list(parts.keys()), len(parts)) == (["a", "b", "c"], ["a", "b", "c"], 3)
    assert (parts[0].alias, parts[-1].alias) == ("a", "c")
    assert (parts.has("b"), parts.has("d"), parts.get("d")) == (True, False, None)
    assert parts == [service("a"), service("b"), service("c")]
    assert parts != [service("a")]
    assert "alias='c'" in repr(parts)


def test_two_parts_of_one_key_are_refused(parts: Parts[Service]) -> None:
    with pytest.raises(WrongCall, match="Two things of the diagram are named 'a'"):
        parts.append(service("a"))
    draft = parts.draft()
    draft[0].alias = "b"
    with pytest.raises(WrongCall, match="Two things of the diagram are named 'b'"):
        draft.changes_since(parts)


READS: dict[str, Callable[[Parts[Service]], Service | None]] = {
    "get": lambda draft: draft.get("b"),
    "index": lambda draft: draft[1],
    "iterator": lambda draft: list(draft)[1],
    "where": lambda draft: draft.where(lambda each: each.alias == "b")[0],
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_what_is_read_from_a_draft_is_a_copy(
    parts: Parts[Service], read: Callable[[Parts[Service]], Service | None]
) -> None:
    draft = parts.draft()
    found = read(draft)
    assert found
    found.attributes["VLAN ID"] = "7"
    assert parts[1].attributes == {"VLAN ID": ""}
    assert draft[1].attributes == {"VLAN ID": "7"}
    assert draft.changes_since(parts) == ([], [found])
    assert draft.settled()[1] is found


def test_a_draft_knows_what_was_changed(parts: Parts[Service]) -> None:
    draft = parts.draft()
    assert aliases(draft) == ["a", "b", "c"]
    assert draft.changes_since(parts) == ([], []), "what was only read is not written"
    draft.remove(service("a"))
    draft.remove(service("b"))
    draft.append(service("b"))
    draft.append(service("d"))
    assert draft.changes_since(parts) == (["a", "b"], [service("b"), service("d")])
    assert aliases(draft.settled()) == ["c", "b", "d"]
    assert aliases(parts) == ["a", "b", "c"]


def test_a_part_that_is_renamed_keeps_its_place(parts: Parts[Service]) -> None:
    draft = parts.draft()
    draft[1].alias = "z"
    assert draft.changes_since(parts) == (["a", "b", "c"], [service("a"), service("z"), service("c")])
    settled = draft.settled()
    assert (list(settled.keys()), settled.has("b")) == (["a", "z", "c"], False)


def test_other_parts_replace_all(parts: Parts[Service]) -> None:
    assert Parts([service("d")]).changes_since(parts) == (["a", "b", "c"], [service("d")])
    assert parts.draft().changes_since(Parts([service("d")])) == (["d"], list(parts))


def test_parts_that_are_read_only_are_not_copied(parts: Parts[Service]) -> None:
    assert parts.draft().read_only()[0] is parts[0]


def test_a_draft_of_a_dictionary_knows_what_was_changed() -> None:
    origin = {"a": 1, "b": 2, "c": 3}
    draft = DraftDict(origin)
    assert draft.settled() is origin
    draft["a"], draft["d"], draft["e"] = 5, 6, 7
    del draft["b"]
    draft.pop("e")
    assert draft == {"a": 5, "c": 3, "d": 6}
    assert draft.changes_since(origin) == (["b"], {"a": 5, "d": 6})
    assert draft.changes_since({"z": 1}) == (["z"], {"a": 5, "c": 3, "d": 6})
    assert origin == {"a": 1, "b": 2, "c": 3}
    assert draft.settled() == {"a": 5, "c": 3, "d": 6}
