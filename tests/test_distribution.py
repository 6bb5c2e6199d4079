"""The distribution `cloudshell-local`, as a wheel and as an sdist, in an environment that has nothing else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_string
from email.message import Message
from pathlib import Path

import pytest
import tomllib

from cloudshell_local import __version__
from heavenly.pack import project_version

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parents[1]
PACKAGE = PROJECT / "cloudshell_local"
DATA = ("py.typed", "portal/templates", "portal/static", "orchestration/requirements.txt")

USERS_TEST = """\
from cloudshell_local import CloudShellLocal


def test_the_inventory_is_empty(cloudshell: CloudShellLocal) -> None:
    assert cloudshell.session().GetResourceList().Resources == []
"""
USERS_SCRIPT = """\
from pathlib import Path

from cloudshell_local import CloudShellLocal, __version__


def addresses(package: Path) -> dict[str, str]:
    with CloudShellLocal() as cloudshell:
        cloudshell.install(package)
        cloudshell.create_resource("MyShell", "My Cloud", {"Password": "secret"})
        sandbox = cloudshell.reserve("My blueprint")
        deployed = cloudshell.deployed(sandbox)
        return {name: resource.address for name, resource in deployed.items()}


def title(cloudshell: CloudShellLocal) -> str:
    return f"{cloudshell.portal} {__version__}"
"""
# The portal's pages, its style and its scripts, as a browser asks for them.
USERS_BROWSER = """\
import re
import urllib.request

from cloudshell_local import CloudShellLocal

with CloudShellLocal() as cloudshell:
    with urllib.request.urlopen(cloudshell.portal) as page:
        files = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.read().decode())
    for file in files:
        urllib.request.urlopen(cloudshell.portal.rstrip("/") + file).close()
    print(len(files), "files")
"""


def run(*command: str | Path, folder: Path) -> str:
    """Run a command that must succeed, without the variables of this process that name its modules; return its output."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV_", "MYPY"))}
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the sdist and of the wheel that is built from it, as `make dist` builds them."""
    folder = tmp_path_factory.mktemp("dist")
    checkout = folder / "checkout"
    ignored = shutil.ignore_patterns(".*", "build", "*.egg-info", "__pycache__")
    shutil.copytree(PROJECT, checkout, ignore=ignored)
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, checkout, folder=folder)
    return folder


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    (path,) = dist.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def sdist(dist: Path) -> Path:
    (path,) = dist.glob("*.tar.gz")
    return path


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """An environment with the wheel, what it depends on, and a user's own pytest and mypy."""
    folder = tmp_path_factory.mktemp("user") / "environment"
    run(sys.executable, "-m", "venv", folder, folder=folder.parent)
    pip_install(folder, wheel, "pytest", "mypy")
    return folder


def pip_install(environment: Path, *what: str | Path) -> None:
    versions = ("--constraint", PROJECT / "requirements-dev.lock")
    pip = (environment / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run(*pip, *versions, *what, folder=environment)


@pytest.fixture(scope="module", params=["wheel", "sdist"])
def installed(request: pytest.FixtureRequest, environment: Path) -> Path:
    """The folder of commands of an environment with the distribution, from its wheel and from its sdist."""
    if request.param == "sdist":
        archive = request.getfixturevalue("sdist")
        pip_install(environment, "setuptools")  # the sdist is built with it
        pip_install(environment, "--no-deps", "--force-reinstall", "--no-build-isolation", archive)
    return environment / "bin"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A user's folder, far from this checkout."""
    (tmp_path / "test_shell.py").write_text(USERS_TEST)
    (tmp_path / "script.py").write_text(USERS_SCRIPT)
    (tmp_path / "browser.py").write_text(USERS_BROWSER)
    return tmp_path


def test_the_command_is_there(installed: Path, folder: Path) -> None:
    command = installed / "cloudshell-local"
    assert "serve" in run(command, "--help", folder=folder)
    assert run(command, "--version", folder=folder) == f"cloudshell-local, version {project_version()}\n"


def test_a_users_test_has_the_fixture(installed: Path, folder: Path) -> None:
    assert "1 passed" in run(installed / "python", "-m", "pytest", "-q", "test_shell.py", folder=folder)


def test_mypy_is_content_with_a_users_code(installed: Path, folder: Path) -> None:
    # What mypy knows of the dependencies serves for both distributions.
    mypy = (installed / "python", "-m", "mypy", "--strict", "--cache-dir", installed.parent / "mypy_cache")
    printed = run(*mypy, "test_shell.py", "script.py", folder=folder)
    assert printed == "Success: no issues found in 2 source files\n"


def test_the_portal_has_its_pages_styles_and_scripts(installed: Path, folder: Path) -> None:
    count = run(installed / "python", "browser.py", folder=folder).split()[0]
    assert int(count) >= 3


def test_the_folder_is_where_the_package_comes_from(installed: Path, folder: Path) -> None:
    code = "import cloudshell_local; print(cloudshell_local.__file__)"
    path = Path(run(installed / "python", "-c", code, folder=folder).strip())
    assert installed.parent in path.parents


def test_there_is_no_tool_of_the_checkout(installed: Path, folder: Path) -> None:
    code = "import importlib.util as u; print([name for name in ('heavenly', 'driver', 'benchmarks') if u.find_spec(name)])"
    assert run(installed / "python", "-c", code, folder=folder) == "[]\n"
    assert not (installed / "heavenly").exists()


def files_of_the_package() -> set[str]:
    found = {path.relative_to(PROJECT).as_posix() for path in PACKAGE.rglob("*.py")}
    for name in DATA:
        path = PACKAGE / name
        files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
        found |= {file.relative_to(PROJECT).as_posix() for file in files}
    return found


def members(archive: Path) -> set[str]:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return set(wheel.namelist())
    with tarfile.open(archive) as sdist:
        return {name.partition("/")[2] for name in sdist.getnames()}


def test_both_hold_the_package_whole(wheel: Path, sdist: Path) -> None:
    assert files_of_the_package() <= members(wheel)
    assert files_of_the_package() <= members(sdist)


def test_the_wheel_holds_nothing_but_the_package_and_its_metadata(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in members(wheel)}
    assert tops == {"cloudshell_local", f"cloudshell_local-{project_version()}.dist-info"}


def test_the_sdist_holds_nothing_of_the_shells(sdist: Path) -> None:
    assert not [name for name in members(sdist) if name.startswith(("src", "tests", "heavenly", "benchmarks", "docs"))]


def test_both_have_license_and_notice(wheel: Path, sdist: Path) -> None:
    assert {"LICENSE", "NOTICE"} <= members(sdist)
    licenses = f"cloudshell_local-{project_version()}.dist-info/licenses"
    with zipfile.ZipFile(wheel) as archive:
        for name in ("LICENSE", "NOTICE"):
            assert archive.read(f"{licenses}/{name}") == (PROJECT / name).read_bytes()


@pytest.fixture
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        return message_from_string(archive.read(f"cloudshell_local-{project_version()}.dist-info/METADATA").decode())


def test_the_metadata_tell_what_it_is(metadata: Message) -> None:
    assert (metadata["Name"], metadata["Version"]) == ("cloudshell-local", project_version())
    assert (metadata["License-Expression"], metadata["Author"]) == ("Apache-2.0", "HeavenlyCloud")
    assert metadata["Requires-Python"] == ">=3.11"
    assert "# A CloudShell for one machine" in str(metadata.get_payload())


def test_the_version_is_read_from_the_project() -> None:
    assert (
        __version__
        == project_version()
        == tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
    )


def test_the_version_stands_in_one_place() -> None:
    version = re.compile(rf"(?<![\d.]){re.escape(project_version())}(?![\d.])")
    files = ["pyproject.toml", "shell-definition.yaml", "drivermetadata.xml", "deployments/deployment-paths.yaml"]
    folders = ("src", "cloudshell_local", "heavenly")
    python = [path.relative_to(PROJECT).as_posix() for name in folders for path in (PROJECT / name).rglob("*.py")]
    assert [name for name in [*files, *python] if version.search((PROJECT / name).read_text())] == ["pyproject.toml"]


def test_the_notice_names_the_included_software_and_its_license() -> None:
    notice = (PROJECT / "NOTICE").read_text()
    vendor = PACKAGE / "portal" / "static" / "vendor"
    for path in vendor.glob("*.js"):
        assert path.name in notice
    assert "Zero-Clause BSD" in notice
    assert "icons were drawn for this project" in notice
