"""`cryptomap run CONFIG`."""

import argparse
import asyncio
import sys
from collections.abc import Iterable
from pathlib import Path

from cryptomap.config.interface_name import interface_name
from cryptomap.daemon.gateway import run
from cryptomap.model.config import InterfaceName
from cryptomap.model.error import ConfigurationError, CryptomapError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `cryptomap run`."""
    parser.add_argument("config", type=Path, metavar="CONFIG", help="a file of IOS configuration lines")
    parser.add_argument("--name", help="what `cryptomap console` calls it (default: the hostname)")
    parser.add_argument(
        "--interface",
        action="append",
        default=[],
        metavar="IOSNAME=LINUXNAME",
        help="the Linux device behind an interface, such as Ethernet0/0=eth0; may be given several times. "
        "An interface that is not named here is the device of the same name; Loopbacks are on lo",
    )
    parser.add_argument(
        "--data-plane",
        choices=("auto", "userspace", "kernel"),
        default="auto",
        help="who encrypts packets; auto is userspace",
    )
    parser.add_argument("--verbose", action="store_true", help="print log and debug lines as they come")


def main(arguments: argparse.Namespace) -> int:
    """Exit status: 0 after a clean stop, 2 when it cannot start."""
    try:
        if arguments.data_plane == "kernel":
            raise ConfigurationError(
                "the kernel data plane is not part of this release; use --data-plane userspace"
            )
        devices = _devices(arguments.interface)
        return asyncio.run(run(arguments.config, arguments.name, devices, print_log=arguments.verbose))
    except CryptomapError as error:
        print(f"cryptomap run: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _devices(pairs: Iterable[str]) -> dict[InterfaceName, str]:
    found = {}
    for pair in pairs:
        name, equals, device = pair.partition("=")
        if not (equals and name and device):
            raise ConfigurationError(f"--interface {pair}: write it as IOSNAME=LINUXNAME")
        canonical = interface_name(name)
        if canonical is None:
            raise ConfigurationError(f"--interface {pair}: {name} is no interface name")
        found[canonical] = device
    return found
