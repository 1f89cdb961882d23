"""Kernel settings under /proc/sys/net that a gateway needs, put back at the end if we changed them."""

from pathlib import Path

from cryptomap.daemon.netlink import HostError

_ROOT = Path("/proc/sys/net")


class Sysctl:
    """Settings by their path below `net`, such as `ipv4/ip_forward`."""

    def __init__(self) -> None:
        self._before: dict[str, str] = {}

    def read(self, name: str) -> str:
        """The value; raises `HostError` when there is no such setting."""
        try:
            return (_ROOT / name).read_text().strip()
        except OSError as error:
            raise HostError(f"cannot read the setting net/{name}: {error.strerror}") from error

    def exists(self, name: str) -> bool:
        """Whether this kernel has the setting."""
        return (_ROOT / name).exists()

    def set(self, name: str, value: str) -> None:
        """Set a value and remember the old one. Raises `HostError` when the kernel refuses."""
        before = self.read(name)
        if before == value:
            return
        try:
            (_ROOT / name).write_text(value)
        except OSError as error:
            raise HostError(
                f"cannot set net/{name} to {value}: {error.strerror}; set it for us (sysctl) or run as root"
            ) from error
        self._before.setdefault(name, before)

    def restore(self) -> None:
        """Put back what was there, where that is still possible."""
        for name, value in self._before.items():
            path = _ROOT / name
            if path.exists():
                path.write_text(value)
        self._before.clear()
