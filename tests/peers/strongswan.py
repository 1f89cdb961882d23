"""One strongSwan charon in a network namespace: IKEv1, ESP in user space and always inside UDP 4500.

charon's pid file and control socket are compiled in below /run, so each daemon runs in a mount
namespace of its own with a private folder there. Every step of its start executes the next one in
place, so the process started is charon itself.
"""

import dataclasses
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.peers.process import end

from cryptomap.lab.namespace import Namespace

CHARON = "/usr/lib/ipsec/charon"
START_SECONDS = 10
STOP_SECONDS = 5
PLUGINS = (
    "random nonce openssl aes sha1 sha2 md5 hmac kdf gmp gcm pem pkcs1 pkcs8 x509 pubkey "
    "kernel-libipsec kernel-netlink socket-default vici"
)
# The marks keep IKE itself out of the tunnel's routing table.
STRONGSWAN_CONF = """
charon {{
  load = {plugins}
  cisco_unity = {unity}
  i_dont_care_about_security_and_use_aggressive_mode_psk = yes
  fragment_size = 576
  filelog {{
    log {{
      path = {log}
      default = 1
      flush_line = yes
    }}
  }}
  plugins {{
    openssl {{
      load_legacy = yes
    }}
    kernel-libipsec {{
      allow_peer_ts = yes
    }}
    kernel-netlink {{
      fwmark = !0x42
    }}
    resolve {{
      file = {folder}/resolv.conf
      resolvconf {{
        path = {folder}/none
      }}
    }}
    socket-default {{
      fwmark = 0x42
    }}
  }}
}}
swanctl {{
  load = pem pkcs1 pkcs8 x509 pubkey openssl random
}}
"""
SWANCTL_CONF = """
connections {{
  peer {{
    version = 1
    local_addrs = {local}
    remote_addrs = {remote}
    proposals = {ike}
    rekey_time = {ike_rekey}
    reauth_time = {ike_reauth}
    over_time = {ike_over}
    aggressive = {aggressive}
    fragmentation = {fragmentation}
    dpd_delay = {dpd_delay}
    dpd_timeout = {dpd_timeout}
    rand_time = 0s
    unique = replace
{authentication}
    children {{
      net {{
        local_ts = {local_net}
        remote_ts = {remote_net}
        esp_proposals = {esp}
        rekey_time = {esp_rekey}
        life_time = {esp_life}
        rand_time = 0s
      }}
    }}
  }}
}}
secrets {{
  ike-1 {{
    secret = "{psk}"
  }}
{secrets}
}}
{sections}
"""
ROUND = """    {side} {{
{lines}
    }}"""


@dataclass(frozen=True, slots=True)
class Certified:
    """What charon signs with, and whom it expects: certificates in DER, its key in PEM, identities as it
    writes them."""

    certificate: bytes
    key: str
    authorities: tuple[bytes, ...]
    local_id: str
    remote_id: str


@dataclass(frozen=True, slots=True)
class Connection:
    """What charon may agree on, in its own words. Rekey and life times as `4s`, `1h`."""

    local: str
    remote: str
    local_net: str
    remote_net: str
    ike: str = "aes256-sha256-modp2048"
    esp: str = "aes256-sha256"
    psk: str = "wolf"
    ike_rekey: str = "4h"
    ike_reauth: str = "0s"
    """In IKEv1 the same as `ike_rekey`: a new phase 1, with all that follows it."""
    ike_over: str = "60s"
    """Later than `ike_rekey` and `ike_reauth` by so much an SA that has no successor is deleted."""
    esp_rekey: str = "1h"
    esp_life: str = "2h"
    aggressive: str = "no"
    fragmentation: str = "no"
    dpd_delay: str = "0s"
    """0 asks nobody."""
    dpd_timeout: str = "0s"
    remote_id: str = ""
    """Whom charon expects where it signs nothing; empty is the remote address."""
    certified: Certified | None = None
    """Both sides sign; without it both have the `psk`."""

    @property
    def plugins(self) -> str:
        """What charon loads."""
        return PLUGINS

    @property
    def unity(self) -> bool:
        """Whether charon takes part in what the Unity vendor ids announce."""
        return False

    def rounds(self) -> Mapping[str, Sequence[str]]:
        """How each side proves itself: `local-1`, `remote-1` and further ones, with their lines."""
        if self.certified is None:
            return {
                "local-1": ["auth = psk"],
                "remote-1": ["auth = psk", f"id = {self.remote_id or self.remote}"],
            }
        own = ["auth = pubkey", "certs = own.der", f"id = {self.certified.local_id}"]
        return {"local-1": own, "remote-1": ["auth = pubkey", f"id = {self.certified.remote_id}"]}

    def lines(self) -> Sequence[str]:
        """Further lines of the connection."""
        return ()

    def secrets(self) -> Sequence[str]:
        """Further lines of the secrets."""
        return ()

    def sections(self) -> Sequence[str]:
        """Further lines after them."""
        return ()

    def text(self) -> str:
        """swanctl.conf."""
        rounds = [
            ROUND.format(side=side, lines="\n".join(f"      {line}" for line in lines))
            for side, lines in self.rounds().items()
        ]
        fields = {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}
        fields |= {"secrets": "\n".join(self.secrets()), "sections": "\n".join(self.sections())}
        more = [f"    {line}" for line in self.lines()]
        return SWANCTL_CONF.format(authentication="\n".join([*more, *rounds]), **fields)


class Charon:
    """A running daemon. Use as a context manager; `folder` takes configuration, log and socket."""

    def __init__(self, node: Namespace, folder: Path, connection: Connection) -> None:
        self._node = node
        self._log = folder / "charon.log"
        self._run = folder / "run"
        self._swanctl = folder / "swanctl"
        self._run.mkdir()
        self._swanctl.mkdir()
        settings = folder / "strongswan.conf"
        settings.write_text(
            STRONGSWAN_CONF.format(
                plugins=connection.plugins,
                unity="yes" if connection.unity else "no",
                folder=folder,
                log=self._log,
            )
        )
        self._resolver = folder / "resolv.conf"
        self._environment = {"STRONGSWAN_CONF": str(settings), "SWANCTL_DIR": str(self._swanctl)}
        self._process = self._start()
        try:
            self._wait_for_socket()
            self.load(connection)
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> "Charon":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def load(self, connection: Connection) -> None:
        """Take a configuration in place of the one before; SAs that are up stay up."""
        if connection.certified is not None:
            self._store(connection.certified)
        (self._swanctl / "swanctl.conf").write_text(connection.text())
        self._control("--load-all", "--clear", check=True)

    def _store(self, certified: Certified) -> None:
        for folder in ("x509", "x509ca", "private"):
            (self._swanctl / folder).mkdir(exist_ok=True)
        (self._swanctl / "x509/own.der").write_bytes(certified.certificate)
        (self._swanctl / "private/own.pem").write_text(certified.key)
        for number, authority in enumerate(certified.authorities):
            (self._swanctl / f"x509ca/{number}.der").write_bytes(authority)

    def initiate(self, timeout: int = 10) -> bool:
        """Bring the tunnel up; whether that went well. The reason of a failure is in the log."""
        done = self._control("--initiate", "--child", "net", "--timeout", str(timeout))
        return done.returncode == 0

    def terminate(self) -> None:
        """Delete the ISAKMP SA and its children, telling the peer."""
        self._control("--terminate", "--ike", "peer", "--timeout", "5")

    def terminate_child(self) -> None:
        """Delete the IPsec SAs, telling the peer; the ISAKMP SA stays."""
        self._control("--terminate", "--child", "net", "--timeout", "5")

    def rekey_child(self) -> None:
        """Have a quick mode replace the IPsec SAs."""
        self._control("--rekey", "--child", "net", check=True)

    def rekey_ike(self) -> None:
        """Have a main mode replace the ISAKMP SA; the old one is deleted then."""
        self._control("--rekey", "--ike", "peer", check=True)

    def list_sas(self) -> str:
        """`swanctl --list-sas`."""
        return self._control("--list-sas", check=True).stdout

    def installed(self) -> int:
        """How many pairs of IPsec SAs are up and not being replaced."""
        return self.list_sas().count(", INSTALLED,")

    def isakmp_sas(self) -> list[str]:
        """The initiator's cookie of each ISAKMP SA, in whatever state."""
        return re.findall(r", IKEv1, (\w+)_i", self.list_sas())

    def leased(self) -> int:
        """Addresses of its pools that clients have."""
        found = re.findall(r" (\d+) / \d+ / \d+$", self._control("--list-pools", check=True).stdout, re.M)
        return sum(map(int, found))

    def name_servers(self) -> list[str]:
        """Those that the gateway named, as charon gave them to the resolver."""
        text = self._resolver.read_text() if self._resolver.exists() else ""
        return re.findall(r"^nameserver (\S+)", text, re.M)

    def log(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def pause(self) -> None:
        """Have the daemon fall silent; `resume` ends that."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """The daemon ends without a word."""
        self._process.kill()
        self._process.wait()

    def restart(self) -> None:
        """Start the daemon again, once it has ended, with the configuration that it had."""
        for left in self._run.iterdir():
            left.unlink()
        self._process = self._start()
        self._wait_for_socket()
        self._control("--load-all", check=True)

    def stop(self) -> None:
        """End the daemon as an operator would: it deletes its SAs first."""
        end(self._process, STOP_SECONDS)

    def _start(self) -> "subprocess.Popen[str]":
        private_run = f'mount --bind "{self._run}" /run && exec {CHARON}'
        return self._node.start(
            *("unshare", "--mount", "--propagation", "private", "sh", "-c", private_run),
            environment=self._environment,
            output=subprocess.DEVNULL,
        )

    def _wait_for_socket(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"charon did not start:\n{self.log()}")
            time.sleep(0.02)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self._run / "charon.vici")) == 0

    def _control(self, *words: str, check: bool = False) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            ["swanctl", *words, "--uri", f"unix://{self._run}/charon.vici"],
            env={**os.environ, **self._environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        if check and done.returncode != 0:
            raise RuntimeError(f"swanctl {' '.join(words)}:\n{done.stdout}{done.stderr}\n{self.log()}")
        return done
