"""strongSwan's `pki` enrols with our certificate server (RFC 8894)."""

import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.peers import ours
from tests.peers.site import settles

from cryptomap.lab.description import Router
from cryptomap.lab.gateway import Gateway
from cryptomap.lab.namespace import Namespace, connect, namespaces
from cryptomap.pki.certificate import Certificate

URL = "http://192.0.2.2/cgi-bin/pkiclient.exe"
CONFIG = """hostname CA
{shield}
crypto pki server lab
 issuer-name CN=lab CA, O=lab
{grant}
 no shutdown
interface Ethernet0/0
 ip address 192.0.2.2 255.255.255.0
end
"""


@dataclass(frozen=True, slots=True)
class Enrolling:
    """Our router with a certificate server, and a client in another namespace with a folder for its files."""

    client: Namespace
    server: Gateway
    folder: Path

    def console(self, *lines: str) -> str:
        return ours.typed(self.server, *lines)

    def pki(self, *words: str, into: str | None = None) -> str:
        """Run strongSwan's tool; what it gives goes into a file of the folder."""
        command = " ".join(("pki", *words, f"> {into}" if into else "", "2> log || (cat log; exit 1)"))
        done = self.client.run("sh", "-c", f"cd {self.folder} && {command}", timeout=30, check=False)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def get_authority(self) -> None:
        self.pki("--scepca", "--url", URL, "--caout", "ca.der")

    def get_list(self) -> None:
        program = (
            f"from urllib.request import urlopen; print(urlopen({URL + '?operation=GetCRL'!r}).read().hex())"
        )
        octets = bytes.fromhex(self.client.run(sys.executable, "-c", program).stdout)
        (self.folder / "lab.crl").write_bytes(octets)

    def enrol(self, *algorithms: str) -> Certificate:
        names = ("--dn", '"O=lab, CN=charon"', "--san", "charon.lab.com")
        authority = ("--cacert-enc", "ca.der", "--cacert-sig", "ca.der")
        waiting = ("--interval", "1", "--maxpolltime", "20")
        request = ("--scep", "--url", URL, "--in", "key.der", *names, *algorithms)
        self.pki(*request, *authority, *waiting, into="own.der")
        return Certificate.from_der((self.folder / "own.der").read_bytes())


@pytest.fixture
def enrolling(request: pytest.FixtureRequest) -> Iterator[Enrolling]:
    """The parameter is the line on granting, and one on the compliance shield."""
    grant, shield = request.param
    with namespaces(["client", "server"]) as nodes, tempfile.TemporaryDirectory(prefix="cmp-") as name:
        connect(nodes["client"], "eth0", nodes["server"], "eth0")
        nodes["client"].address("eth0", "192.0.2.1/24")
        folder = Path(name)
        config = folder / "CA.cfg"
        config.write_text(CONFIG.format(grant=grant, shield=shield))
        router = Router("CA", config, {"Ethernet0/0": "eth0"})
        gateway = Gateway(router, nodes["server"], folder, folder)
        try:
            gateway.wait_ready()
            made = Enrolling(nodes["client"], gateway, folder)
            assert settles(lambda: "Status: enabled" in made.console("show crypto pki server"))
            made.pki("--gen", "--size", "2048", into="key.der")
            made.get_authority()
            yield made
        finally:
            gateway.stop()


SHIELD, NO_SHIELD = "!", "crypto engine compliance shield disable"
OLD = ("--cipher", "des3", "--digest", "sha1")


@pytest.mark.parametrize("enrolling", [(" grant auto", NO_SHIELD)], indirect=True)
def test_triple_des_and_sha_1(enrolling: Enrolling) -> None:
    """As routers of old ask: the answer is made the same way, or the client would not take it."""
    assert enrolling.enrol(*OLD).title == "cn=charon,o=lab"
    assert "certificate trusted" in enrolling.pki("--verify", "--in", "own.der", "--cacert", "ca.der")


@pytest.mark.parametrize("enrolling", [(" grant auto", SHIELD)], indirect=True)
def test_weak_algorithms_are_refused_under_the_shield(enrolling: Enrolling) -> None:
    with pytest.raises(AssertionError, match="HTTP 400"):
        enrolling.enrol(*OLD)
    assert enrolling.enrol().title == "cn=charon,o=lab"


@pytest.mark.parametrize("enrolling", [(" grant auto", SHIELD)], indirect=True)
def test_granted_at_once(enrolling: Enrolling) -> None:
    certificate = enrolling.enrol()
    assert certificate.title == "cn=charon,o=lab"
    assert certificate.dns_names == ("charon.lab.com",)
    assert "certificate trusted" in enrolling.pki("--verify", "--in", "own.der", "--cacert", "ca.der")


@pytest.mark.parametrize("enrolling", [("!", SHIELD)], indirect=True)
def test_granted_by_a_person(enrolling: Enrolling) -> None:
    """The client polls, and somebody grants its request meanwhile. Then the certificate is revoked."""

    def grant() -> None:
        requests = "crypto pki server lab info requests"
        assert settles(lambda: "cn=charon" in enrolling.console(requests), seconds=15)
        enrolling.console("crypto pki server lab grant all")

    person = threading.Thread(target=grant)
    person.start()
    certificate = enrolling.enrol()
    person.join()
    verify = ("--verify", "--in", "own.der", "--cacert", "ca.der", "--crl", "lab.crl")
    enrolling.get_list()
    assert "certificate trusted" in enrolling.pki(*verify)
    told = enrolling.console(f"crypto pki server lab revoke {certificate.serial}")
    assert told == "% Certificate 02 succesfully revoked.\n"
    enrolling.get_list()
    with pytest.raises(AssertionError, match="certificate was revoked"):
        enrolling.pki(*verify)
