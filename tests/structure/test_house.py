"""The scripts around the sources: what CI=true forbids, and how missing Debian packages are told."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from subprocess import CompletedProcess

import pytest

ROOT = Path(__file__).parents[2]

EXCUSED = {
    "skip": "import pytest\n\n@pytest.mark.skip\ndef test_it(): pass\n",
    "skip inside": "import pytest\n\ndef test_it(): pytest.skip('no peer')\n",
    "module": "import pytest\n\npytest.importorskip('no_such_module')\n\ndef test_it(): pass\n",
    "xfail": "import pytest\n\n@pytest.mark.xfail\ndef test_it(): assert False\n",
}


@pytest.mark.parametrize("text", EXCUSED.values(), ids=EXCUSED)
@pytest.mark.parametrize(("ci", "statuses"), [("true", (1, 2)), ("", (0, 5))])
def test_on_ci_what_does_not_run_fails(tmp_path: Path, text: str, ci: str, statuses: tuple[int, ...]) -> None:
    shutil.copy(ROOT / "tests/conftest.py", tmp_path)
    (tmp_path / "test_excused.py").write_text(text + "\n\ndef test_other(): pass\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        env={**os.environ, "CI": ci},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    # pytest: 1 a test failed, 2 a module did; 5 there was nothing to run, for the module was excused.
    assert done.returncode in statuses, done.stdout


def ensure(folder: Path, packages: str, *tools: str) -> CompletedProcess[str]:
    """Run ensure-packages with `packages` as its list; of tools there are only `tools`, which say so."""
    scripts = folder / "scripts"
    scripts.mkdir()
    shutil.copy(ROOT / "scripts/ensure-packages", scripts)
    (scripts / "debian-packages").write_text(packages)
    for tool in ("dirname", "env", "bash"):
        (scripts / tool).symlink_to(shutil.which(tool) or tool)
    for tool in tools:
        (scripts / tool).write_text(f'#!/bin/bash\necho {tool} "$@"\n')
        (scripts / tool).chmod(0o755)
    return subprocess.run(
        [str(scripts / "ensure-packages"), "test"],
        env={"PATH": str(scripts)},
        capture_output=True,
        text=True,
        check=False,
    )


LIST = "# a remark\ntest there true\ntest missing false\nlab other false\n"


def test_nothing_is_installed_when_nothing_is_missing(tmp_path: Path) -> None:
    done = ensure(tmp_path, "test there true\n", "apt-get")
    assert (done.returncode, done.stdout) == (0, "")


def test_missing_packages_are_installed_as_root(tmp_path: Path) -> None:
    done = ensure(tmp_path, LIST, "apt-get")
    assert done.returncode == 0, done.stderr
    assert "installing Debian packages: missing\n" in done.stdout
    assert "apt-get -qq install -y --no-install-recommends missing\n" in done.stdout


def test_missing_packages_are_named_where_they_cannot_be_installed(tmp_path: Path) -> None:
    done = ensure(tmp_path, LIST)
    assert done.returncode == 1
    assert "these Debian packages are missing: missing. This is not Debian" in done.stderr


def check_tools(folder: Path, cargo: str) -> str:
    """What check-tools says where `cargo --version` prints `cargo`; there is no C compiler."""
    scripts = folder / "scripts"
    scripts.mkdir()
    shutil.copy(ROOT / "scripts/check-tools", scripts)
    (folder / "Cargo.toml").write_text('[workspace.package]\nrust-version = "1.88"\n')
    for tool in ("dirname", "env", "bash", "sed", "cut", "sort", "head"):
        (scripts / tool).symlink_to(shutil.which(tool) or tool)
    if cargo:
        (scripts / "cargo").write_text(f"#!/bin/bash\necho {cargo}\n")
        (scripts / "cargo").chmod(0o755)
    done = subprocess.run(
        [str(scripts / "check-tools")],
        env={"PATH": str(scripts)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    return done.stderr


@pytest.mark.parametrize(
    ("cargo", "sentence"),
    [
        ("", "cargo is not on the path: install Rust 1.88"),
        ("cargo 1.63.0 (of old)", "cargo is 1.63.0, and Rust 1.88 or later is needed"),
        ("cargo 1.88.0", "there is no C compiler"),
        ("cargo 1.100.0", "there is no C compiler"),
    ],
)
def test_missing_tools_are_named(tmp_path: Path, cargo: str, sentence: str) -> None:
    assert sentence in check_tools(tmp_path, f"'{cargo}'" if cargo else "")
