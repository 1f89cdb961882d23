"""The scripts around the sources: what CI=true forbids, and how missing Debian packages are told."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

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


UNSHARE = [shutil.which("unshare") or "unshare", "--user"]
"""Nobody in a user namespace of its own; with `--map-root-user` root."""


def ensure(folder: Path, packages: str, *tools: str, root: bool = False) -> CompletedProcess[str]:
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
        [*UNSHARE, *(["--map-root-user"] if root else []), str(scripts / "ensure-packages"), "test"],
        env={"PATH": str(scripts)},
        capture_output=True,
        text=True,
        check=False,
    )


LIST = "# a remark\ntest there true\ntest missing false\ntest too false\nlab other false\n"
INSTALL = "apt-get -qq install -y --no-install-recommends missing too\n"


def test_nothing_is_installed_when_nothing_is_missing(tmp_path: Path) -> None:
    done = ensure(tmp_path, "test there true\n", "apt-get")
    assert (done.returncode, done.stdout) == (0, "")


def test_missing_packages_are_installed_as_root(tmp_path: Path) -> None:
    done = ensure(tmp_path, LIST, "apt-get", root=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"installing Debian packages: missing too\napt-get -qq update\n{INSTALL}"


def test_missing_packages_are_installed_with_sudo(tmp_path: Path) -> None:
    done = ensure(tmp_path, LIST, "apt-get", "sudo")
    assert done.returncode == 0, done.stderr
    assert f"sudo env DEBIAN_FRONTEND=noninteractive {INSTALL}" in done.stdout


@pytest.mark.parametrize(
    ("tools", "sentence"),
    [
        ((), "This is not Debian: install what they hold by the means of this system."),
        (
            ("apt-get",),
            "Neither root nor sudo is at hand; as root, run: apt-get install missing too",
        ),
    ],
)
def test_missing_packages_are_named_where_they_cannot_be_installed(
    tmp_path: Path, tools: tuple[str, ...], sentence: str
) -> None:
    done = ensure(tmp_path, LIST, *tools)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"these Debian packages are missing: missing too. {sentence}\n"


@pytest.mark.parametrize("good", [True, False])
def test_a_python_that_will_do_is_found_or_asked_for(tmp_path: Path, good: bool) -> None:
    for tool in ("env", "bash"):
        (tmp_path / tool).symlink_to(shutil.which(tool) or tool)
    python = tmp_path / "python3"
    python.write_text(f"#!/bin/bash\nexit {0 if good else 1}\n")
    python.chmod(0o755)
    done = subprocess.run(
        [str(ROOT / "scripts/find-python")],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    said = (done.returncode, done.stdout, done.stderr)
    asked = "cryptomap needs Python 3.11 or later, and none is on the path\n"
    assert said == ((0, f"{python}\n", "") if good else (1, "", asked))


def make(*words: str) -> str:
    """What make prints; it does not know of a make around it."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(["make", *words], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    return done.stdout


def test_the_second_time_nothing_is_built() -> None:
    """What is left of `make lab` is a look at the Debian packages, and the lab."""
    assert [line.strip() for line in make("-n", "lab", "LAB=x", "KEEP=1").splitlines()] == [
        "scripts/ensure-packages lab",
        ".venv/bin/cryptomap lab x --keep",
    ]


def test_make_alone_says_what_there_is() -> None:
    shown = make()
    for target in ("lab", "test", "check", "bench"):
        assert re.search(rf"^  make {target} +\w", shown, re.MULTILINE)


def pinned(name: str) -> dict[str, str]:
    """The packages of a requirements file and their versions, and those of the files that it names."""
    found: dict[str, str] = {}
    for line in (ROOT / "requirements" / name).read_text().splitlines():
        if line.startswith("-r "):
            found |= pinned(line.removeprefix("-r "))
        elif line and not line.startswith("#"):
            package, version = line.split("==")
            found[canonicalize_name(package)] = version
    return found


def needed(packages: Iterable[str]) -> set[str]:
    """These packages as they are installed here, and all that they need."""
    found: set[str] = set()
    pending = [canonicalize_name(each) for each in packages]
    while pending:
        package = pending.pop()
        if package not in found:
            found.add(package)
            wanted = map(Requirement, metadata.requires(package) or ())
            pending += [
                canonicalize_name(e.name) for e in wanted if not e.marker or e.marker.evaluate({"extra": ""})
            ]
    return found


def test_every_dependency_is_pinned_and_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [Requirement(each) for each in project["dependencies"]]
    versions, reasons = pinned("runtime.txt"), (ROOT / "docs/dependencies.md").read_text()
    assert needed(each.name for each in wanted) == versions.keys()
    for each in wanted:
        assert each.specifier.contains(versions[canonicalize_name(each.name)])
    assert [name for name in versions if name.replace("-", "_") not in reasons.replace("-", "_")] == []
    everything = pinned("dev.txt")
    assert needed(everything) == everything.keys()


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
