"""Trustpoints, certificate maps and chains, public keys of peers, and the certification authority.

`lab-ca.pem` is of openssl: `req -x509 -new -key key2048.pem -sha256 -days 36500 -set_serial 0x1A2B -subj
"/O=lab/CN=ca.lab.example.com"`. So is the public key of `key1024.pem`: `rsa -pubout -outform der`.
"""

from base64 import b64decode
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from cryptomap.config.load import LoadResult, load
from cryptomap.config.render import render
from cryptomap.config.session import Configurator
from cryptomap.model.config import RouterConfig
from cryptomap.model.pki import (
    CertificateField,
    CertificateKind,
    CertificateOperator,
    CertificateRule,
    Enrollment,
    KeyUsage,
    PeerPublicKey,
    PkiServer,
    Revocation,
    StoredCertificate,
    Trustpoint,
)

PEM = (Path(__file__).parents[2] / "data" / "certificates" / "lab-ca.pem").read_text()
DER = b64decode("".join(line for line in PEM.splitlines() if "-----" not in line))
SPKI = bytes.fromhex(
    "30819F300D06092A864886F70D010101050003818D0030818902818100B7D237BE32B724BD863B3E864613FD69E8838055DD6E"
    "F67231D20F2BF76488C2AC4625279BE44686D7F3886DA2ACE423993AF22D9F89A12B613833C6C137F1724AD85EEF22E582C5F7"
    "D02C837A18E13FEAEC76929822CB1D0A3E8B5DAD65EA18B65AAF2A4438FC0C6AB8595564E849FACB011DE8D1281D36027A267C"
    "0204121B0203010001"
)
LAB = "crypto pki trustpoint LAB\n"
CHAIN = f"{LAB}crypto pki certificate chain LAB\n certificate ca 1A2B\n"
KEYS = "crypto key pubkey-chain rsa\n"


def digits(value: bytes, indent: str = "  ") -> str:
    """As IOS prints it."""
    words = value.hex(" ", -4).upper().split()
    return "".join(f"{indent}{' '.join(words[at : at + 8])} \n" for at in range(0, len(words), 8))


def loaded(text: str) -> RouterConfig:
    result = load(text)
    assert result.ok, messages(result)
    assert load(render(result.config)).config == result.config
    return result.config


def messages(result: LoadResult) -> list[str]:
    return [problem.message for problem in result.problems]


def test_the_lines_of_a_trustpoint() -> None:
    lines = (
        " enrollment url http://12.1.1.2:80\n"
        " serial-number\n"
        " fqdn R2.lab\n"
        " ip-address Ethernet0/0\n"
        " subject-name CN=R2, O=lab\n"
        " match certificate M\n"
        " ocsp url http://12.1.1.2/ocsp\n"
        " revocation-check ocsp crl none\n"
        " rsakeypair LAB 2048\n"
    )
    config = loaded(LAB + lines)
    assert config.trustpoints["LAB"] == Trustpoint(
        "LAB",
        Enrollment.URL,
        "http://12.1.1.2:80",
        subject_name="CN=R2, O=lab",
        fqdn="R2.lab",
        ip_address="Ethernet0/0",
        serial_number=True,
        rsakeypair="LAB",
        rsakeypair_bits=2048,
        revocation=(Revocation.OCSP, Revocation.CRL, Revocation.NONE),
        ocsp_url="http://12.1.1.2/ocsp",
        match_certificate="M",
    )
    assert LAB + lines in render(config)
    undone = (
        " no enrollment url\n no serial-number\n no fqdn\n no ip-address\n no subject-name\n"
        " no match certificate\n no ocsp url\n no revocation-check\n no rsakeypair\n"
    )
    assert loaded(LAB + lines + undone).trustpoints["LAB"] == Trustpoint("LAB")


@pytest.mark.parametrize(
    ("line", "trustpoint"),
    [
        ("enrollment terminal", Trustpoint("LAB", Enrollment.TERMINAL)),
        ("enrollment terminal pem", Trustpoint("LAB", Enrollment.TERMINAL, pem=True)),
        ("enrollment selfsigned", Trustpoint("LAB", Enrollment.SELF_SIGNED)),
        ("enrollment pkcs12", Trustpoint("LAB", Enrollment.PKCS12)),
        ("ip-address none", Trustpoint("LAB", ip_address="none")),
        ("ip-address 12.1.1.2", Trustpoint("LAB", ip_address="12.1.1.2")),
        ("fqdn none", Trustpoint("LAB", fqdn="none")),
    ],
)
def test_the_other_ways(line: str, trustpoint: Trustpoint) -> None:
    config = loaded(f"crypto ca trustpoint LAB\n enrollment url http://ca\n {line}")
    if not line.startswith("enrollment"):
        config = loaded(f"crypto ca trustpoint LAB\n {line}")
    assert config.trustpoints["LAB"] == trustpoint
    assert f" {line}\n" in render(config)


def test_a_crl_is_wanted_unless_it_says_otherwise_and_ios_shows_it() -> None:
    assert f"{LAB} revocation-check crl\n" in render(loaded(LAB))


@pytest.mark.parametrize(
    "line", ["crypto pki token default removal timeout 0", "crypto pki trustpool policy"]
)
def test_other_lines_of_a_router_are_kept(line: str) -> None:
    assert loaded(line).unknown[0].text == line


def test_certificate_maps() -> None:
    text = (
        "crypto pki certificate map M 10\n"
        " subject-name co ou = engineering\n"
        " issuer-name eq cn=ca.lab.example.com,o=lab\n"
        "!\n"
        "crypto pki certificate map M 20\n"
        " serial-number nc 1A\n"
    )
    config = loaded(text)
    subject = CertificateRule(CertificateField.SUBJECT, CertificateOperator.CONTAINS, "ou = engineering")
    assert config.certificate_maps["M"].entries[10][0] == subject
    assert text in render(config)
    assert loaded(f"{text}no crypto pki certificate map M 10").certificate_maps["M"].entries.keys() == {20}
    assert loaded(f"{text}no crypto pki certificate map M") == RouterConfig()
    undone = loaded(f"{text}crypto pki certificate map M 20\n no serial-number nc 1A")
    assert undone.certificate_maps["M"].entries[20] == ()


def test_a_map_with_a_rule_that_is_not_understood_is_refused() -> None:
    """Without it more certificates would fit."""
    result = load("crypto pki certificate map M 10\n subject-name co R3\n valid-start lt Jan 1 2030\n")
    assert not result.ok


def test_a_certificate_as_ios_prints_it() -> None:
    config = loaded(f"{CHAIN}{digits(DER)}  \tquit\nhostname R2")
    assert config.certificates == {"LAB": (StoredCertificate(CertificateKind.CA, DER),)}
    assert config.hostname == "R2"
    shown = digits(DER).replace(" \n", "\n")
    assert f"crypto pki certificate chain LAB\n certificate ca 1A2B\n{shown} quit\n!" in render(config)
    assert loaded(f"{CHAIN}{digits(DER)} quit\n no certificate ca 1A2B").certificates == {}
    assert loaded(f"{CHAIN}{digits(DER)} quit\nno crypto pki trustpoint LAB") == RouterConfig()


def test_a_certificate_in_a_transcript_and_without_blanks() -> None:
    typed = "".join(
        f"R2(config-pubkey)#{line.strip()}\n" for line in digits(DER, "").replace(" ", "").splitlines()
    )
    text = (
        f"R2(config)#{LAB}R2(ca-trustpoint)#exit\nR2(config)#crypto pki certificate chain LAB\n"
        f"R2(config-cert-chain)#certificate ca 1A2B\n{typed}R2(config-pubkey)#quit\n"
        "R2(config-cert-chain)#exit\n"
    )
    assert loaded(text).certificates == loaded(f"{CHAIN}{digits(DER)} quit").certificates
    unprompted = text.replace("R2(config-pubkey)#", "")
    assert loaded(unprompted).certificates == loaded(text).certificates


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"{CHAIN}{digits(DER[:-1])} quit", "no certificate with an RSA key"),
        (f"{CHAIN}{digits(DER)}  A\n quit", "An odd number of hexadecimal digits"),
        (f"{CHAIN}{digits(DER)}interface e0/0\n", 'Hexadecimal digits are wanted here; "quit" ends them.'),
        (f"{CHAIN}{digits(DER)}", "the text that begins here has no end"),
        (f"{CHAIN.replace('1A2B', '1A2C')}{digits(DER)} quit", "certificate is 1A2B, not 1A2C"),
        (
            f"{LAB}crypto pki certificate chain LAB\n certificate self-signed 01 nvram:x.cer",
            "in a file of its router",
        ),
        ("crypto pki certificate chain LAB", "CA trustpoint for cert chain not known"),
    ],
)
def test_certificates_that_cannot_be_taken(text: str, reason: str) -> None:
    result = load(text)
    assert not result.ok
    assert reason in messages(result)[0]
    assert result.config == RouterConfig()


def test_a_bad_line_is_said_again_and_a_bad_certificate_given_up() -> None:
    configurator = Configurator(loaded(LAB))
    for line in ("crypto pki certificate chain LAB", "certificate ca 1A2B"):
        configurator.line(line)
    assert configurator.prompt_suffix == "(config-pubkey)"
    assert configurator.line("exit").refused
    assert configurator.line("3082").accepted
    assert configurator.line("quit").refused
    assert configurator.prompt_suffix == "(config-cert-chain)"
    assert configurator.config == loaded(LAB)


def test_public_keys_of_peers() -> None:
    old = b"\0" + SPKI[1:]  # as releases 12.x print it
    config = loaded(
        f"{KEYS} addressed-key 13.1.1.3 encryption\n  address 13.1.1.3\n  key-string\n{digits(old, '   ')}"
        "  quit\n named-key R4.lab\n  address 14.1.1.4\n  serial-number 77\n"
        f"  key-string\n{digits(SPKI, '')}quit\n"
        " addressed-key 13.1.1.3 signature\ninterface e0/0\n"
    )
    r3, r4 = IPv4Address("13.1.1.3"), IPv4Address("14.1.1.4")
    assert config.public_keys == (
        PeerPublicKey(None, r3, KeyUsage.ENCRYPTION, None, SPKI),
        PeerPublicKey("R4.lab", r4, KeyUsage.GENERAL, "77", SPKI),
        PeerPublicKey(None, r3, KeyUsage.SIGNATURE),
    )
    assert len(config.interfaces) == 1
    shown = digits(SPKI, "   ").replace(" \n", "\n")
    assert (
        f"{KEYS} addressed-key 13.1.1.3 encryption\n  address 13.1.1.3\n  key-string\n{shown}  quit\n"
        in render(config)
    )


def test_keys_are_removed_one_by_one_or_together() -> None:
    text = f"{KEYS} named-key R4.lab\n named-key R4.lab signature\n"
    left = loaded(f"{text} no named-key R4.lab")
    assert left.public_keys == (PeerPublicKey("R4.lab", None, KeyUsage.SIGNATURE),)
    assert loaded(f"{text}no crypto key pubkey-chain rsa") == RouterConfig()


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (f"  key-string\n{digits(SPKI[:-1])}  quit", "This is no RSA public key to be used"),
        (f"  key-string\n{digits(DER)}  quit", "This is no RSA public key to be used"),
        ("  address 13.1.1.4", "This key is that of 13.1.1.3"),
    ],
)
def test_keys_that_cannot_be_taken(lines: str, reason: str) -> None:
    result = load(f"{KEYS} addressed-key 13.1.1.3\n{lines}")
    assert not result.ok
    assert any(reason in message for message in messages(result))


def test_the_certification_authority() -> None:
    text = (
        "crypto pki server LABCA\n"
        " issuer-name CN=ca.lab.example.com, O=lab\n"
        " grant auto\n"
        " lifetime ca-certificate 100\n"
        " lifetime certificate 10\n"
        " lifetime crl 24\n"
        " cdp-url http://12.1.1.2/lab.crl\n"
        " no shutdown\n"
    )
    config = loaded(text)
    assert config.pki_servers["LABCA"] == PkiServer(
        "LABCA", "CN=ca.lab.example.com, O=lab", True, 100, 10, 24, "http://12.1.1.2/lab.crl", shutdown=False
    )
    assert text in render(config)
    undone = (
        " no issuer-name\n no grant\n no lifetime ca-certificate\n no lifetime certificate 10\n"
        " no lifetime crl\n no cdp-url\n default shutdown\n"
    )
    assert loaded(text + undone).pki_servers["LABCA"] == PkiServer("LABCA")


RSA = "crypto isakmp policy 1\n encr aes\n group 14\n"
ENCR = "crypto isakmp policy 2\n encr aes\n group 14\n authentication rsa-encr\n"


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        (f"{LAB} match certificate nix", 'trustpoint LAB: there is no crypto pki certificate map "nix"'),
        ("crypto isakmp profile P\n match certificate nix", 'there is no crypto pki certificate map "nix"'),
        ("crypto isakmp profile P\n ca trust-point nix", 'there is no crypto pki trustpoint "nix"'),
        ("crypto pki certificate map M 10", "crypto pki certificate map M 10: fits no certificate"),
        (f"{KEYS} named-key R4", "public key of R4: does nothing without a key-string"),
        (RSA, "crypto isakmp policy 1: rsa-sig does nothing without a crypto pki trustpoint"),
        (ENCR, "crypto isakmp policy 2: rsa-encr does nothing without the peer's key"),
        (
            f"hostname R2\nip domain name lab\n{LAB}{RSA}{ENCR}",
            "the one RSA key pair R2.lab, which must not serve both",
        ),
    ],
)
def test_what_leads_nowhere_is_told_and_loads(text: str, finding: str) -> None:
    result = load(text)
    assert result.ok
    assert any(finding in message for message in messages(result)), messages(result)


def test_a_trustpoint_with_a_key_of_its_own_leaves_the_router_its_own() -> None:
    result = load(f"{LAB} rsakeypair LAB\n{RSA}{ENCR}")
    assert not any("must not serve both" in message for message in messages(result))


def test_without_shared_keys_no_peer_needs_one() -> None:
    entry = "crypto map m 1 ipsec-isakmp\n set peer 13.1.1.3\n"
    assert any("no pre-shared key" in message for message in messages(load(entry)))
    assert not any("no pre-shared key" in message for message in messages(load(RSA + entry)))
