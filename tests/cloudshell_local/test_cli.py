from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner
from cloudshell.api.cloudshell_api import CloudShellAPISession
from cloudshell.api.common_cloudshell_api import CloudShellAPIError
from cloudshell.rest.api import PackagingRestApiClient

from cloudshell_local import CloudShellLocal
from cloudshell_local.cli import main
from cloudshell_local.execution.environments import Environments
from cloudshell_local.execution.interpreters import Interpreters
from tests.cloudshell_local.instant_python import instant_python
from tests.cloudshell_local.processes import processes_of
from tests.cloudshell_local.toy import own_address, package, until

pytestmark = pytest.mark.slow

PIP_SECONDS = 6173  # A number that no other process has.
COMMAND = [str(Path(sys.executable).with_name("cloudshell-local")), "serve"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_prints_its_addresses_and_how_to_log_in_and_ends_cleanly(tmp_path: Path, number: int) -> None:
    process = subprocess.Popen(
        [*COMMAND, "--host", own_address(), "--data", str(tmp_path / "data")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background job ignores Ctrl-C, and so would what the tests start from one.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout
    printed = ""
    while "Press Ctrl-C" not in printed:
        line = process.stdout.readline()
        assert line, f"the server ended before it was ready: {process.communicate()[1]}"
        printed += line
    assert f"http://{own_address()}:9000/API/" in printed
    assert re.search(rf"portal +http://{own_address()}:\d+/\n", printed)
    assert "admin, password admin, domain Global" in printed
    assert "Warning: whoever uses this machine can log in" in printed
    assert str(tmp_path / "data") in printed
    process.send_signal(number)
    rest, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")
    assert "Ending: drivers clean up, sandboxes stay as they are." in rest


def test_a_password_is_given_by_a_variable_that_no_driver_inherits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    greetings, environments = list[str](), list[bool]()

    def look(greeting: str, _: str) -> None:
        greetings.append(greeting)
        environments.append("CLOUDSHELL_LOCAL_PASSWORD" in os.environ)

    monkeypatch.setattr("cloudshell_local.cli._wait_for_the_end", look)
    for variables in ({"CLOUDSHELL_LOCAL_PASSWORD": "halo"}, {}):
        command = ["serve", "--host", own_address(), "--data", str(tmp_path / "data"), "--allow-host", "lab.example"]
        assert CliRunner().invoke(main, command, env=variables).exit_code == 0
    assert environments == [False, False]
    assert "password as you gave it," in greetings[0]
    assert "password as it was given for this data folder," in greetings[1]
    assert not any("Warning" in each or "halo" in each for each in greetings)


def test_ctrl_c_while_a_command_waits_for_pip_ends_all_without_a_traceback(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(f"""#!/bin/sh
case "$*" in
    "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
    "-m pip "*) touch {tmp_path}/pip; exec sleep {PIP_SECONDS} ;;
    *) exec {sys.executable} "$@" ;;
esac
""")
    python.chmod(0o755)
    process = subprocess.Popen(
        [*COMMAND, "--host", own_address(), "--python", str(python)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "CLOUDSHELL_LOCAL_ENVIRONMENTS": str(tmp_path / "environments")},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout
    answers: list[str] = []
    caller = threading.Thread(target=lambda: answers.append(discover_toy(tmp_path)))
    try:
        while "Press Ctrl-C" not in process.stdout.readline():
            assert process.poll() is None
        caller.start()
        until((tmp_path / "pip").exists)
    finally:
        os.killpg(process.pid, signal.SIGINT)  # As a terminal does: to all processes of the group.
        _, errors = process.communicate(timeout=20)
        caller.join(20)
    assert process.returncode == 0
    assert "Traceback" not in errors
    (answer,) = answers
    assert "Execution server is unavailable" in answer
    assert not processes_of(f"sleep\0{PIP_SECONDS}")


def discover_toy(folder: Path) -> str:
    """Install the toy shell, discover a resource of it and return the error."""
    file = folder / "Toy.zip"
    file.write_bytes(package())
    PackagingRestApiClient.login(own_address(), "admin", "admin", "Global").add_shell(str(file))
    session = CloudShellAPISession(own_address(), "admin", "admin", "Global")
    session.CreateResource("CS_CloudProvider", "Toy", "toys", "somewhere", "", "", "")
    with pytest.raises(CloudShellAPIError) as caught:
        session.AutoLoad("toys")
    return str(caught.value)


def test_the_portal_is_opened_on_request(tmp_path: Path) -> None:
    browser, opened = tmp_path / "browser", tmp_path / "opened"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}.part && mv {opened}.part {opened}\n')
    browser.chmod(0o755)
    command = [*COMMAND, "--host", own_address(), "--open"]
    environment = {**os.environ, "BROWSER": f"{browser} %s"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        until(opened.exists)
    finally:
        process.terminate()
        printed, _ = process.communicate(timeout=20)
    address = opened.read_text().strip()
    assert re.fullmatch(rf"http://{own_address()}:\d+/", address)
    assert address in printed
    assert "sandboxes are ended, since nothing is kept" in printed


def test_an_address_that_other_machines_reach_needs_an_option_of_its_own() -> None:
    for address in ("0.0.0.0", "192.0.2.1"):
        result = CliRunner().invoke(main, ["serve", "--host", address])
        assert result.exit_code == 2
        assert "add --beyond-this-machine" in re.sub(r"\s+", " ", result.output)
    options = ["serve", "--host", "192.0.2.1", "--beyond-this-machine"]
    for password in ([], ["--password", "admin"]):
        result = CliRunner().invoke(main, [*options, *password])
        assert result.exit_code == 2
        assert "everybody knows the password of admin" in re.sub(r"\s+", " ", result.output)
    for address in ("heaven", "::"):
        assert "should be an IPv4 address" in CliRunner().invoke(main, ["serve", "--host", address]).output


def test_an_address_that_is_taken_is_an_error_that_says_what_to_do() -> None:
    with CloudShellLocal() as cloudshell:
        result = CliRunner().invoke(main, ["serve", "--host", cloudshell.address])
    assert result.exit_code == 1
    assert "choose another address (--host 127.0.0.2)" in re.sub(r"\s+", " ", result.output)


def test_a_python_that_cannot_be_used_is_an_error_before_anything_starts() -> None:
    result = CliRunner().invoke(main, ["serve", "--host", own_address(), "--python", "/nowhere/python"])
    assert result.exit_code == 1
    assert "The Python /nowhere/python cannot be used: there is no such program" in result.output


def test_an_environment_is_made_anew_on_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDSHELL_LOCAL_ENVIRONMENTS", str(tmp_path / "environments"))
    (tmp_path / "Toy.zip").write_bytes(package(driver={"requirements.txt": "# of this test alone\n"}))
    python = instant_python(tmp_path)
    environments = Environments(tmp_path / "environments", Interpreters(python))
    driver = tmp_path / "driver"
    driver.mkdir()
    (driver / "requirements.txt").write_text("# of this test alone\n")
    environments.ensure(driver)
    result = CliRunner().invoke(main, ["renew", str(tmp_path / "Toy.zip"), "--python", python])
    assert (result.exit_code, result.output) == (
        0,
        "The environment of Toy will be made anew when its driver is started the next time.\n",
    )
    assert not environments.exists(driver)
    (tmp_path / "Toy.zip").write_text("no zip")
    result = CliRunner().invoke(main, ["renew", str(tmp_path / "Toy.zip")])
    assert (result.exit_code, "it is no zip file" in result.output) == (1, True)


def test_help_lists_the_options() -> None:
    result = CliRunner().invoke(main, ["serve", "-h"])
    for option in (
        "--host",
        "--data",
        "--slots",
        "--idle-minutes",
        "--python",
        "--open",
        "--beyond-this-machine",
        "--password",
        "--allow-host",
        "--session-hours",
    ):
        assert option in result.output
