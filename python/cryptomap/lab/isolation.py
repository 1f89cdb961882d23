"""A process tree of its own for a lab: user (when not root), mount, network and PID namespaces.

Everything that a lab makes dies with its first process: the kernel kills every process of a PID namespace
whose first process ends, and network namespaces vanish with the last process and descriptor in them.
"""

import ctypes
import errno
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from cryptomap.model.error import CryptomapError

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
MS_REC = 0x4000
MS_PRIVATE = 0x40000
MS_NOSUID_NODEV_NOEXEC = 0x2 | 0x4 | 0x8
PR_SET_PDEATHSIG = 1

_LIBC = ctypes.CDLL(None, use_errno=True)
_TUN = "/dev/net/tun"


class IsolationError(CryptomapError):
    """This machine does not let us make a lab; says what is missing and what to do."""


def run_isolated(body: Callable[[], int]) -> int:
    """Run `body` as the first process of its own namespaces; returns its exit status.

    Call it while the process has one thread. Interrupt and termination go to the body, which sees
    them as `KeyboardInterrupt` and `SystemExit`. Raises `IsolationError` in the caller.
    """
    check_tun()
    _unshare_everything()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        os._exit(_first_process(body))
    return _wait(child)


def check_tun() -> None:
    """Raise `IsolationError` unless a TUN device can be opened, which every router needs."""
    try:
        os.close(os.open(_TUN, os.O_RDWR | os.O_CLOEXEC))
    except OSError as error:
        raise IsolationError(
            f"{_TUN} cannot be opened ({error.strerror}). A router needs it: load the tun module "
            f"(modprobe tun), or let this user or container open it"
        ) from error


def _unshare_everything() -> None:
    uid, gid = os.geteuid(), os.getegid()
    wanted = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID
    if uid == 0 and _LIBC.unshare(wanted) == 0:
        return
    if _LIBC.unshare(wanted | CLONE_NEWUSER) != 0:
        raise _refused(ctypes.get_errno())
    try:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
        Path("/proc/self/gid_map").write_text(f"0 {gid} 1")
    except OSError as error:
        raise _refused(error.errno or errno.EPERM) from error


def _refused(number: int) -> IsolationError:
    return IsolationError(
        f"this system does not let this user make namespaces ({os.strerror(number)}). Run the lab as root, "
        "or allow user namespaces: sysctl kernel.unprivileged_userns_clone=1, "
        "user.max_user_namespaces above 0, "
        "kernel.apparmor_restrict_unprivileged_userns=0; in a container, allow unshare in its seccomp profile"
    )


def _first_process(body: Callable[[], int]) -> int:
    """Die with the parent, keep mounts to ourselves, let /proc show our own processes, and run the body."""
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    os.setpgid(0, 0)  # a terminal's interrupt then comes once, by way of the parent, and to no router
    for number in (signal.SIGTERM, signal.SIGHUP):  # the first process of a namespace has no default action
        signal.signal(number, _terminated)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts background jobs deaf to it
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    _LIBC.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    # Refused where the system hides part of /proc; the old one serves as well, with other numbers.
    _LIBC.mount(b"proc", b"/proc", b"proc", MS_NOSUID_NODEV_NOEXEC, None)
    try:
        code = body()
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except Exception:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    return code


def _terminated(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def _wait(child: int) -> int:
    """Wait for the lab's first process, passing interrupts and termination on to it."""
    before = {
        number: signal.signal(number, lambda received, _: os.kill(child, received))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        _, status = os.waitpid(child, 0)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code
