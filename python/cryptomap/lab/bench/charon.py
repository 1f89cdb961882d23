"""strongSwan's charon as the hub: IKEv1 and ESP in user space (kernel-libipsec), as much like ours as can be.

It puts no routes to its tunnels, and logs nothing. Its ESP goes in UDP whether there is a NAT or not. Its pid
file and control socket are compiled in below /run, so that it runs in a mount namespace of its own.
"""

import os
import shutil
import subprocess
import time
from pathlib import Path

from cryptomap.lab.bench.plan import HOSTS, HUB, HUB_NET, KEY, NEXT_HOP, Suite
from cryptomap.lab.namespace import Namespace
from cryptomap.lab.table import LabError

CHARON = Path("/usr/lib/ipsec/charon")
LIBIPSEC = Path("/usr/lib/ipsec/plugins/libstrongswan-kernel-libipsec.so")
START_SECONDS = 10
_STRONGSWAN = """charon {
  load = random nonce openssl sha1 sha2 md5 hmac kdf kernel-libipsec kernel-netlink socket-default vici
  install_routes = no
  dos_protection = no
  syslog {
    daemon {
      default = -1
    }
    auth {
      default = -1
    }
  }
  plugins {
    openssl {
      load_legacy = yes
    }
    kernel-libipsec {
      allow_peer_ts = yes
    }
  }
}
swanctl {
  load = random openssl
}
"""
_SWANCTL = """connections {{
  spokes {{
    version = 1
    local_addrs = {hub}
    remote_addrs = %any
    proposals = {ike}
    local-1 {{
      auth = psk
      id = {hub}
    }}
    remote-1 {{
      auth = psk
    }}
    children {{
      net {{
        local_ts = {inside}
        remote_ts = {outside}
        esp_proposals = {esp}
      }}
    }}
  }}
}}
secrets {{
  ike-1 {{
    secret = {key}
  }}
}}
"""


def is_installed() -> bool:
    """Whether all of it is there, swanctl included."""
    return CHARON.exists() and LIBIPSEC.exists() and shutil.which("swanctl") is not None


class CharonHub:
    """Running from the start to `stop`. `folder` takes its files. Raises `LabError` if it does not start."""

    NAME = "strongSwan"

    def __init__(self, node: Namespace, folder: Path, suite: Suite) -> None:
        node.address("eth0", f"{HUB}/24")
        node.address("lo", f"{HUB_NET[1]}/32")
        node.route("default", str(NEXT_HOP))
        self._run = folder / "run"
        self._run.mkdir()
        (folder / "strongswan.conf").write_text(_STRONGSWAN)
        text = _SWANCTL.format(hub=HUB, inside=HUB_NET, outside=HOSTS, key=KEY, ike=suite.ike, esp=suite.esp)
        (folder / "swanctl.conf").write_text(text)
        self._environment = {"STRONGSWAN_CONF": f"{folder}/strongswan.conf", "SWANCTL_DIR": str(folder)}
        private_run = f'mount --bind "{self._run}" /run && exec {CHARON}'
        self._process = node.start(
            *("unshare", "--mount", "--propagation", "private", "sh", "-c", private_run),
            environment=self._environment,
            output=subprocess.DEVNULL,
        )
        self._wait_for_socket()
        self._load()

    @property
    def pid(self) -> int:
        """Of charon itself: every step of its start executes the next one in place."""
        return self._process.pid

    def stop(self) -> None:
        """End it on the spot."""
        self._process.kill()
        self._process.wait()

    def _wait_for_socket(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not (self._run / "charon.vici").exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise LabError("strongSwan's charon did not start")
            time.sleep(0.05)

    def _load(self) -> None:
        done = subprocess.run(
            ["swanctl", "--load-all", "--uri", f"unix://{self._run}/charon.vici"],
            env={**os.environ, **self._environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise LabError(f"strongSwan refuses its configuration:\n{done.stdout}{done.stderr}")
