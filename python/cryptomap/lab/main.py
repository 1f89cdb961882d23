"""`cryptomap lab`: choose a lab, isolate ourselves, run it."""

import argparse
import sys
import tempfile
from pathlib import Path

from cryptomap.daemon.runtime import make_runtime_directory
from cryptomap.lab.description import find_lab, load_lab, shipped_labs
from cryptomap.lab.isolation import run_isolated
from cryptomap.lab.runner import run_lab
from cryptomap.model.error import CryptomapError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `cryptomap lab`."""
    parser.add_argument(
        "lab", nargs="?", metavar="NAME|DIR", help="a lab that ships with us, or a lab's folder"
    )
    parser.add_argument("--keep", action="store_true", help="leave the lab running until interrupted")
    parser.add_argument("--list", action="store_true", help="name the labs that ship with us")


def main(arguments: argparse.Namespace) -> int:
    """Exit status: 0 all expectations held, 1 one did not, 2 the lab or this machine is unfit."""
    if arguments.list:
        for name in shipped_labs():
            print(f"{name:<20} {load_lab(find_lab(name)).title}")
        return 0
    if arguments.lab is None:
        print("cryptomap lab: which lab? --list names those that ship with us", file=sys.stderr)
        return 2
    try:
        lab = load_lab(find_lab(arguments.lab))
        if arguments.keep:
            runtime = make_runtime_directory()
            return run_isolated(lambda: run_lab(lab, True, runtime))
        with tempfile.TemporaryDirectory(prefix="cryptomap-run-") as folder:
            return run_isolated(lambda: run_lab(lab, False, Path(folder)))
    except CryptomapError as error:
        print(f"cryptomap lab: {error}", file=sys.stderr)
        return 2
