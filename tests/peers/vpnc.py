"""The real vpnc in a network namespace, with a script of its own that leaves this host's resolver alone."""

import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.peers.process import end

from cryptomap.lab.namespace import Namespace

VPNC = "/usr/sbin/vpnc"
DEVICE = "vpnc0"
STANDS = "VPNC started in foreground"
CONNECT_SECONDS, STOP_SECONDS = 15.0, 5.0
CONF = """IPSec gateway {gateway}
IPSec ID {group}
IPSec secret {secret}
Xauth username {user}
Xauth password {password}
IKE DH Group {dh}
Perfect Forward Secrecy {pfs}
NAT Traversal Mode {natt}
Local Port {port}
Vendor cisco
Noninteractive
Interface name {device}
"""
WEAK = "Enable weak encryption\nEnable weak authentication\n"
SCRIPT = """#!/bin/sh
# What the gateway told is in the environment: written down, and made address and routes of.
env | grep -E '^(reason|VPNGATEWAY|TUNDEV|INTERNAL_|CISCO_)' | sort > "{folder}/$reason.new"
mv "{folder}/$reason.new" "{folder}/$reason"
[ "$reason" = connect ] || exit 0
ip link set dev "$TUNDEV" up mtu 1390
ip addr add "$INTERNAL_IP4_ADDRESS/32" dev "$TUNDEV"
place=0
while [ "$place" -lt "${{CISCO_SPLIT_INC:-0}}" ]; do
  eval net=\\$CISCO_SPLIT_INC_${{place}}_ADDR length=\\$CISCO_SPLIT_INC_${{place}}_MASKLEN
  ip route add "$net/$length" dev "$TUNDEV"
  place=$((place + 1))
done
[ -n "$CISCO_SPLIT_INC" ] || ip route add {net} dev "$TUNDEV"
"""


@dataclass(slots=True)
class Vpnc:
    """One client. `net` is what it reaches by the tunnel where the gateway names no networks."""

    node: Namespace
    folder: Path
    gateway: str
    net: str
    group: str = "VPNG"
    secret: str = "groupkey"
    user: str = "alice"
    password: str = "alicepw"
    dh: str = "dh2"
    pfs: str = "nopfs"
    natt: str = "natt"
    port: int = 500
    weak: bool = True
    _process: "subprocess.Popen[str] | None" = field(default=None)

    def start(self) -> bool:
        """Connect; whether the tunnel stands: a vpnc stopped earlier takes no leave of its gateway."""
        self.folder.mkdir(exist_ok=True)
        (self.folder / "connect").unlink(missing_ok=True)
        script, conf = self.folder / "script", self.folder / "vpnc.conf"
        script.write_text(SCRIPT.format(folder=self.folder, net=self.net))
        script.chmod(0o755)
        fields = {name: getattr(self, name) for name in ("gateway", "group", "secret", "user", "password")}
        fields |= {"dh": self.dh, "pfs": self.pfs, "natt": self.natt, "port": self.port}
        conf.write_text(CONF.format(device=DEVICE, **fields) + (WEAK if self.weak else ""))
        words = ["stdbuf", "-oL", VPNC, "--no-detach", "--debug", "2", "--script", str(script)]
        words += ["--pid-file", str(self.folder / "pid"), str(conf)]
        self._process = self.node.start(*words, output=(self.folder / "log").open("w"))
        deadline = time.monotonic() + CONNECT_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if STANDS in self.log():
                return True
            time.sleep(0.05)
        return False

    def told(self) -> dict[str, str]:
        """What the gateway told, by vpnc's names."""
        lines = (self.folder / "connect").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Disconnect, as a person does: vpnc takes leave of its gateway."""
        if self._process is not None:
            end(self._process, STOP_SECONDS)

    def log(self) -> str:
        return (self.folder / "log").read_text()
