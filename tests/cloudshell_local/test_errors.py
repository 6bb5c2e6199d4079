from __future__ import annotations

import re

from cloudshell_local import errors
from cloudshell_local.errors import LocalError


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes_with_their_codes() -> None:
    assert errors.__doc__
    written = re.findall(r"^( *)([A-Z]\w+) +(\d+)?", errors.__doc__.partition("\n\n")[2], re.MULTILINE)
    parents: list[type] = []
    for indent, name, code in written:
        kind = getattr(errors, name)
        parents[len(indent) // 2 :] = [kind]
        assert issubclass(kind, LocalError)
        assert kind.code == int(code or kind.__mro__[1].code)
        if len(parents) > 1:
            assert kind.__mro__[1] is parents[-2]
    defined = {name for name, each in vars(errors).items() if isinstance(each, type) and issubclass(each, LocalError)}
    assert defined == {name for _, name, _ in written}


def test_a_sentence_of_names_lists_the_first_of_many() -> None:
    assert errors.known_names("Apps", []) == "Apps: none."
    assert errors.known_names("Apps", (name for name in "ab")) == "Apps: a, b."
    assert errors.known_names("Apps", map(str, range(22))).endswith("18, 19 and 2 more.")
