"""The words of the project, and the documents: links, file names, references, decisions, glossary, samples."""

from __future__ import annotations

import ast
import inspect
import io
import json
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cloudshell.shell.core import driver_context

from shell.requests import ACTIONS, read_actions

PROJECT = Path(__file__).resolve().parents[1]
DOCS = PROJECT / "docs"
REFERENCE = DOCS / "reference"
SAMPLES = REFERENCE / "samples"
CODE_FOLDERS = ("src", "cloudshell_local", "heavenly", "tests", "benchmarks")
DOCUMENTED = ("src", "cloudshell_local")

# The words of docs/glossary.md are the only ones for their things. These stand for a thing that has a name.
# No text contains these, whether code, comment or document.
PRIVATE_IN_TEXT = {
    "weather": "fault rules",
    "struck": "applied (of a fault rule)",
    "holdings": "state",
    "unseal": "decrypt",
    "unsealed": "decrypted",
    "sealed": "encrypted",
    "sealing_key": "encryption_key",
    "heaven.json": "cloud.json",
    "heavendata": "CloudConfig",
    "rub_out": "remove_connector",
    "kept()": "validated()",
}
# No name in code has one of these among its words (`was_told`, `LabServer`), and no module.
PRIVATE_IN_NAMES = {
    "sky": "fault rules",
    "strike": "apply",
    "seal": "encrypt",
    "filling": "sample_data",
    "patience": "timeout",
    "lab": "services, the server",
    "told": "message",
    "say": "message, post",
    "tell": "notify, post",
    "hear": "receive",
    "whoever": "a noun",
    "midst": "a state",
    "doubles": "fakes",
    "visitor": "portal_client",
    "rig": "shell_harness",
}
# No name in a folder is one of these, leading underscores apart: alone they stand for something that has a name.
PRIVATE_NAMES = {
    "": {
        "as_it_is": "current",
        "at_once": "run_parallel",
        "Asked": "PageRequest",
        "Beginning": "Identity",
        "begin_what_can": "start_ready",
        "draw_from": "reseed",
        "end_what_is_due": "end_expired",
        "Fault": "FaultRule",
        "Faults": "FaultInjector",
        "Goto": "Redirect",
        "IN_THE_WAY": "RETRYABLE_SQLSTATES",
        "is_there": "exists",
        "keep_house": "housekeep",
        "listed": "quoted_list",
        "made_already": "existing_or_conflict",
        "my_turn": "writer_lock",
        "Shown": "DetailField",
        "Stay": "NoContent",
        "tried": "with_retry",
        "undoing": "rollback",
        "working_for": "for_command",
    },
    "src/": {"place": "slot, key"},
    "src/heavenly_cloud/": {
        "fill": "populate",
        "held": "state",
        "opened": "epoch",
        "own": "cloud_id",
        "passed": "elapsed_state",
    },
    "cloudshell_local/": {"draw": "add_connectors", "kept": "validated", "place": "position, location"},
    "cloudshell_local/portal/": {"does": "action", "given": "hidden, values", "shows": "page", "typed": "text"},
    "tests/": {"person": "portal_user"},
    "tests/soak/": {"story": "command_cases"},
}
# Where such a word stands all the same, and why.
ALLOWED = {
    ("tests/test_docs.py", "*"): "this file names them",
    ("src/heavenly_cloud/migrations.py", "*"): "it reads records by the names that older versions gave them",
    ("tests/heavenly_cloud/test_migrations.py", "*"): "it tests the same",
    ("tests/heavenly_cloud/test_config.py", "weather"): "a key of older files, refused with the name of the new one",
    ("tests/heavenly_cloud/test_config.py", "filling"): "another one",
    ("tests/heavenly_cloud/test_boundaries.py", "weather"): "it lists words that the cloud does not have",
    ("CHANGELOG.md", "*"): "it lists the names that older versions had",
    ("docs/cloud.md", "weather"): "the new names of what users of older versions wrote",
    ("docs/cloud.md", "sealed"): "another one",
    ("shell-definition.yaml", "weather"): "an attribute of older versions",
    ("tests/end_to_end/test_install.py", "weather"): "the same attribute, of the package of version 1.0.0",
}

MARKS = {"run", "cap", "doc", "src", "img", "inf"}
MACHINES = re.compile(
    r"/(?:work|tmp|home|root|opt|Users)/|[A-Z]:\\|--(?:extra-)?index-url"
    r"|https?://[\w.-]*(?:pypi|pythonhosted|registry|artifactory|nexus|mirror)[\w.-]*",
    re.IGNORECASE,
)
OUR_FOLDERS = r"(?:src|cloudshell_local|heavenly|tests|deployments|benchmarks|docs)"
# In docs/reference/, `src/...` and `tests/...` are mostly those of other projects.
OUR_FOLDERS_IN_REFERENCE = r"(?:src/(?:operations|provider|shell|heavenly_cloud)|cloudshell_local|docs/reference)"
BAD_BEGINNINGS = {"It", "What", "Who", "Whoever", "Those", "Of", "Its", "They", "Where", "Which"}
NEEDED_WORDS = (
    "resource, App, deployed App, deployment path, blueprint, sandbox, action, result, connector, subnet, vNIC, VLAN, "
    "cloud provider, instance, execution server, live status, fault rule, store, snapshot"
)


def documents() -> list[Path]:
    return [*PROJECT.glob("*.md"), PROJECT / "cloudshell_local" / "README.md", *sorted(DOCS.rglob("*.md"))]


def python_files(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((PROJECT / folder).rglob("*.py"))]


def texts() -> list[Path]:
    """All texts that people read or write: code, templates, models and documents; no data of tests."""
    kinds = {".py", ".md", ".html", ".yaml", ".yml", ".xml", ".json", ".js", ".css", ".toml"}
    found = [path for folder in (*CODE_FOLDERS, "docs", "deployments") for path in (PROJECT / folder).rglob("*")]
    mine = [path for path in [*found, *PROJECT.glob("*.*")] if path.suffix in kinds]
    return [PROJECT / "Makefile", *(path for path in mine if not {"fixtures", "vendor"} & set(path.parts))]


def name_of(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def is_allowed(path: Path, word: str) -> bool:
    return (name_of(path), word) in ALLOWED or (name_of(path), "*") in ALLOWED


def words_of(name: str) -> set[str]:
    """Return the words of a name: "_was_told" has "was" and "told", "LabServer" has "lab" and "server"."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


@cache
def names_in(path: Path) -> set[str]:
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text()).readline)
    return {token.string for token in tokens if token.type == tokenize.NAME}


def private_names(file: str, names: set[str]) -> set[str]:
    """Return the names of a file that have, or are, a private word. The name of a test is a sentence and may have any."""
    alone = {name for folder, words in PRIVATE_NAMES.items() if file.startswith(folder) for name in words}
    subject = {name for name in names if not name.startswith("test_")}
    return {name for name in subject if words_of(name) & PRIVATE_IN_NAMES.keys() or name.strip("_") in alone}


# Words


def test_no_text_has_a_private_word() -> None:
    found = []
    for path in texts():
        text = path.read_text(encoding="utf-8").lower()
        here = {word for word in PRIVATE_IN_TEXT if re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", text)}
        found += [f"{name_of(path)}: {word}" for word in sorted(here) if not is_allowed(path, word)]
    assert not found, "\n".join(["", *found])


def test_no_name_in_code_is_a_private_word() -> None:
    found = []
    for path in python_files(*CODE_FOLDERS):
        file = name_of(path)
        names = names_in(path) | {path.stem.removeprefix("test_"), path.parent.name}
        found += [f"{file}: {name}" for name in sorted(private_names(file, names)) if not is_allowed(path, name)]
    assert not found, "\n".join(["", *found])


def test_private_words_are_found_in_names_of_every_form() -> None:
    names = {"_was_told", "LabServer", "_listed", "_held", "labels", "upheld", "test_what_people_are_told"}
    assert private_names("src/heavenly_cloud/logs.py", names) == {"_was_told", "LabServer", "_listed", "_held"}
    assert private_names("heavenly/pack.py", names) == {"_was_told", "LabServer", "_listed"}


def test_what_is_allowed_is_used() -> None:
    for (name, word), reason in ALLOWED.items():
        path = PROJECT / name
        assert path.exists(), name
        assert reason
        if word != "*":
            assert word in path.read_text().lower(), f"{name} has no '{word}' any more"


def test_the_glossary_has_the_words_in_order_each_with_one_sentence() -> None:
    rows = re.findall(r"^\| \*\*(.+?)\*\* \| (.+) \|$", (DOCS / "glossary.md").read_text(), re.MULTILINE)
    words = [word for word, _ in rows]
    assert words == sorted(words, key=str.lower)
    assert set(NEEDED_WORDS.split(", ")) <= set(words)
    for word, meaning in rows:
        assert re.fullmatch(r"[A-Z][^.]*\.", meaning), word


# Docstrings


def docstrings(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            docstring = ast.get_docstring(node)
            if docstring is not None:
                yield getattr(node, "lineno", 1), docstring


def is_fragment(docstring: str) -> bool:
    words = docstring.partition("\n")[0].split()
    return len(words) < 3 or words[0].strip(",:;.") in BAD_BEGINNINGS


def test_every_docstring_begins_with_a_sentence_that_makes_sense_alone() -> None:
    found = [
        f"{name_of(path)}:{line}: {docstring.splitlines()[0] if docstring else ''}"
        for path in python_files(*DOCUMENTED)
        for line, docstring in docstrings(path)
        if is_fragment(docstring)
    ]
    assert not found, "\n".join(["", *found])


@pytest.mark.parametrize(
    "text", ["", "Of one process.", "It ends.", "Its own.\n\nMore words here.", "What, then, it is."]
)
def test_a_fragment_is_found(text: str) -> None:
    assert is_fragment(text)
    assert not is_fragment(f"Connection cache of one driver process.\n\n{text}")


# Links and names of files


def headings(path: Path) -> set[str]:
    """Return the anchors of a document's headings, as Markdown makes them."""
    titles = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def without_code(text: str) -> str:
    return re.sub(r"```.*?```", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("path", documents(), ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(path.read_text())):
        if target.startswith(("https://", "http://")):
            continue
        file, _, anchor = target.partition("#")
        linked = (path.parent / file).resolve() if file else path
        assert linked.exists(), target
        assert not anchor or anchor in headings(linked), target


@pytest.mark.parametrize("path", documents(), ids=name_of)
def test_files_that_are_named_exist(path: Path) -> None:
    folders = OUR_FOLDERS_IN_REFERENCE if REFERENCE in path.parents else OUR_FOLDERS
    for named in re.findall(rf"`({folders}/[\w./-]*)", path.read_text()):
        assert (PROJECT / named).exists(), named


def definitions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    return {
        node.name for node in ast.walk(tree) if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
    }


@pytest.mark.parametrize("path", documents(), ids=name_of)
def test_functions_that_are_named_with_their_file_are_in_it(path: Path) -> None:
    for file, function in re.findall(r"`([\w/]+\.py): (\w+)`", path.read_text()):
        assert function in definitions(PROJECT / file), f"{file}: {function}"


def test_sections_of_the_reference_that_are_named_exist() -> None:
    for path in [*documents(), *python_files(*CODE_FOLDERS)]:
        for page, section in re.findall(r"reference/(\w+)\.md\)?,? (§[\d.]*\d|[ABC]\d+)", path.read_text()):
            assert has_section(REFERENCE / f"{page}.md", section.lstrip("§")), f"{name_of(path)}: {page} {section}"


def has_section(page: Path, section: str) -> bool:
    return bool(re.search(rf"^#+ {re.escape(section)}[ .]", page.read_text(), re.MULTILINE))


@pytest.mark.parametrize("path", documents(), ids=name_of)
def test_no_document_names_a_machine_or_a_registry(path: Path) -> None:
    assert not MACHINES.search(path.read_text())


# Decisions


def test_every_decision_is_in_the_index_under_its_number_and_title() -> None:
    folder = DOCS / "decisions"
    rows = re.findall(r"^\| (\d+) \| \[(.+)\]\((.+)\) \|$", (folder / "README.md").read_text(), re.MULTILINE)
    assert [file for _, _, file in rows] == sorted(path.name for path in folder.glob("0*.md"))
    for number, (shown, title, file) in enumerate(rows, 1):
        assert (int(shown), int(file[:4])) == (number, number)
        assert (folder / file).read_text().startswith(f"# {number}. {title}\n")


@pytest.mark.parametrize("path", sorted((DOCS / "decisions").glob("0*.md")), ids=name_of)
def test_a_decision_has_its_context_and_consequences(path: Path) -> None:
    assert re.findall(r"^## (.+)$", path.read_text(), re.MULTILINE) == ["Context", "Decision", "Consequences"]


# The reference


@pytest.mark.parametrize("page", ["wire", "server", "features"])
def test_a_page_of_the_reference_explains_the_marks_that_it_uses(page: str) -> None:
    text = (REFERENCE / f"{page}.md").read_text()
    legend, _, rest = text.partition("**Sources, by short name**")
    assert set(re.findall(r"`\[(\w+)\]`", legend)) == MARKS
    used = set(re.findall(r"(?<!\w)\[([a-z]{3}|[A-Z?])\](?!\()", re.sub(r"`[^`]*`", "", without_code(rest))))
    assert used
    assert used <= MARKS


def samples(pattern: str) -> list[Path]:
    return sorted(SAMPLES.glob(pattern))


def sample(path: Path) -> Any:
    return json.loads(path.read_text())


def test_every_sample_is_named_beside_its_command() -> None:
    named = set(re.findall(r"\(samples/([\w.]+\.json)\)", (REFERENCE / "wire.md").read_text()))
    assert named == {path.name for path in samples("*.json")}


REQUESTS = [path for path in samples("*.json") if '"driverRequest"' in path.read_text()]
ANSWERS = [path for path in samples("*.response.json") if '"driverResponse"' in path.read_text()]


@pytest.mark.parametrize("path", REQUESTS, ids=lambda path: path.name)
def test_the_driver_knows_every_action_of_a_sample(path: Path) -> None:
    sent = sample(path)["driverRequest"]["actions"]
    read = read_actions(path.read_text())
    assert [type(action) for action in read] == [ACTIONS[action["type"]] for action in sent]
    assert [action.actionId for action in read] == [action["actionId"] for action in sent]


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.name)
def test_a_sample_answers_every_action_once(path: Path) -> None:
    request = SAMPLES / f"{path.name.partition('.')[0]}.json"
    asked_for = [action["actionId"] for action in sample(request)["driverRequest"]["actions"]]
    results = sample(path)["driverResponse"]["actionResults"]
    assert sorted(result["actionId"] for result in results) == sorted(asked_for)
    assert {result["success"] for result in results} == {".failure." not in path.name}


@pytest.mark.parametrize("path", samples("context.*.json"), ids=lambda path: path.name)
def test_a_sample_context_has_the_fields_of_its_class(path: Path) -> None:
    context = sample(path)
    fields = set(inspect.signature(getattr(driver_context, context["class"])).parameters)
    assert set(context) - {"class"} == fields
