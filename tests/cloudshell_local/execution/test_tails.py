from __future__ import annotations

from pathlib import Path

from cloudshell_local.execution.tails import CUT, Tail, end_of_file, end_of_text, trim_file


def test_a_long_text_is_cut_to_its_last_whole_lines() -> None:
    tail = Tail(20)
    for number in range(1000):
        tail.add(f"line {number}\n")
    assert tail.text == CUT + "line 998\nline 999\n"
    assert len(tail._parts) < 5
    tail.add("x" * 100)
    assert tail.text == CUT + "x" * 20
    assert end_of_text("short", 20) == "short"


def test_of_a_long_file_the_last_whole_lines_are_read(tmp_path: Path) -> None:
    file = tmp_path / "a.log"
    assert end_of_file(file) == ""
    file.write_text("first\nsecond\nthird\n")
    assert end_of_file(file) == "first\nsecond\nthird\n"
    assert end_of_file(file, 8) == CUT + "third\n"


def test_a_file_that_is_too_large_is_trimmed_while_another_process_appends_to_it(tmp_path: Path) -> None:
    file = tmp_path / "driver.out"
    trim_file(file, 100)
    with file.open("a") as writer:
        writer.write("".join(f"line {number:3}\n" for number in range(30)))
        writer.flush()
        trim_file(file, 1000)
        assert file.stat().st_size == 270
        trim_file(file, 200)
        writer.write("later\n")
    assert file.read_text() == CUT + "".join(f"line {number:3}\n" for number in range(19, 30)) + "later\n"
