"""One FreeRADIUS on loopback, with two users and a folder of its own."""

import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tests.peers.process import end

RADIUSD = "/usr/sbin/freeradius"
SECRET = "radius-secret"
START_SECONDS, STOP_SECONDS = 10.0, 5.0

CONFIG = """
prefix = /usr
name = radiusd
libdir = /usr/lib/freeradius
confdir = {folder}
run_dir = {folder}
log {{
  destination = files
  file = {folder}/radius.log
  auth = yes
}}
security {{
  reject_delay = 0
}}
thread pool {{
  start_servers = 1
  max_servers = 1
  min_spare_servers = 1
  max_spare_servers = 1
}}
client tests {{
  ipaddr = 127.0.0.1
  secret = {secret}
}}
modules {{
  pap {{
  }}
  always handled {{
    rcode = handled
  }}
  files {{
    usersfile = {folder}/users
  }}
}}
server default {{
  listen {{
    type = auth
    ipaddr = 127.0.0.1
    port = {port}
  }}
  authorize {{
    if ((&User-Name == "carol") && (&State == 0x73746174652d31)) {{
      update control {{
        Cleartext-Password := "123456"
      }}
    }}
    elsif (&User-Name == "carol") {{
      update reply {{
        Reply-Message := "Enter the code"
        State := 0x73746174652d31
        Message-Authenticator := 0x00
      }}
      update control {{
        Response-Packet-Type := Access-Challenge
      }}
      handled
    }}
    files
    pap
  }}
  authenticate {{
    Auth-Type PAP {{
      pap
    }}
  }}
  post-auth {{
    {sign}
    Post-Auth-Type REJECT {{
      {sign}
    }}
  }}
}}
"""
SIGN = """update reply {
      Message-Authenticator := 0x00
    }"""
NO_SIGN = """update reply {
      Reply-Message := "unsigned"
    }"""
USERS = """
alice Cleartext-Password := "alicepw"
"""


@dataclass(slots=True)
class FreeRadius:
    """Runs while the `with` block does. `sign` puts a Message-Authenticator into its replies."""

    folder: Path
    sign: bool = True
    port: int = 0
    _process: "subprocess.Popen[bytes] | None" = None

    def __enter__(self) -> "FreeRadius":
        self.port = _free_port()
        (self.folder / "users").write_text(USERS)
        text = CONFIG.format(
            folder=self.folder, secret=SECRET, port=self.port, sign=SIGN if self.sign else NO_SIGN
        )
        (self.folder / "radiusd.conf").write_text(text)
        self._process = subprocess.Popen(
            [RADIUSD, "-f", "-d", str(self.folder), "-D", "/usr/share/freeradius"],
            stdout=(self.folder / "stdout").open("wb"),
            stderr=subprocess.STDOUT,
        )
        deadline = time.monotonic() + START_SECONDS
        while "Ready to process requests" not in self.log():
            assert self._process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        end(self._process, STOP_SECONDS)

    def log(self) -> str:
        """All that it has said."""
        files = (self.folder / name for name in ("stdout", "radius.log"))
        return "".join(file.read_text() for file in files if file.exists())


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
