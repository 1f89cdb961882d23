"""RSA keys at the console: what must be pasted, what scripts answer, and what a file keeps."""

import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cryptomap.cli.session import Session
from cryptomap.crypto.rsa import load_pem
from cryptomap.daemon.key_store import KeyStore
from cryptomap.model.error import ConfigurationError
from cryptomap.model.pki import CertificateKind, KeyUsage, StoredCertificate
from cryptomap.policy.own_keys import OwnKey, OwnKeys

Typed = Callable[[Session, str], str]
DATA = Path(__file__).parents[2] / "data"
KEY = load_pem((DATA / "rsa/key1024.pem").read_text())
GENERAL, SIGNATURE, ENCRYPTION = KeyUsage.GENERAL, KeyUsage.SIGNATURE, KeyUsage.ENCRYPTION


def own_key(session: Session, label: str, usage: KeyUsage = GENERAL, *, exportable: bool = False) -> OwnKey:
    return OwnKey(label, usage, KEY, session.router.clock(), exportable)


@pytest.fixture
def scripted(session: Session, typed: Typed) -> Session:
    """Nobody sits at it; it is in global configuration mode."""
    script = Session(session.router, interactive=False)
    typed(script, "configure terminal")
    return script


def test_export_and_import(scripted: Session, typed: Typed) -> None:
    scripted.router.store_keys(OwnKeys((own_key(scripted, "old", SIGNATURE, exportable=True),)))
    exported = typed(scripted, "crypto key export rsa old pem terminal 3des cisco123")
    assert exported.startswith("% Key name: old\n   Usage: Signature Key\n-----BEGIN PUBLIC KEY-----\n")
    typed(scripted, "crypto key import rsa new pem signature exportable terminal cisco123")
    public, private = exported.split("-----BEGIN RSA PRIVATE KEY-----")
    for line in [*public.splitlines()[2:], "quit"]:
        assert scripted.prompt == ""
        text = typed(scripted, line)
    assert text == (
        '% Enter PEM-formatted encrypted private Signature key.\n% End with "quit" on a line by itself.\n'
    )
    for line in ["-----BEGIN RSA PRIVATE KEY-----", *private.splitlines()[1:], "quit"]:
        text = typed(scripted, line)
    assert text == "% Key pair import succeeded.\n"
    (key,) = scripted.router.keys.labelled("new")
    assert (key.usage, key.exportable, key.pair.public) == (SIGNATURE, True, KEY.public)
    assert scripted.prompt == "R2(config)#"


def paste(session: Session, typed: Typed, *texts: str) -> str:
    typed(session, "crypto key import rsa new pem terminal cisco123")
    for text in texts:
        for line in [*text.splitlines(), "quit"]:
            answer = typed(session, line)
    return answer


def test_import_of_halves_that_do_not_belong_together(scripted: Session, typed: Typed) -> None:
    other = load_pem((DATA / "rsa/key2048.pem").read_text())
    scripted.router.store_keys(OwnKeys((own_key(scripted, "old", exportable=True),)))
    exported = typed(scripted, "crypto key export rsa old pem terminal 3des cisco123")
    public = exported.split("\n", 2)[2].split("-----BEGIN RSA")[0]
    assert "does not belong" in paste(scripted, typed, public, other.pem())
    assert scripted.refused
    assert scripted.prompt == "R2(config)#"
    assert not scripted.router.keys.labelled("new")


@pytest.mark.parametrize(
    "text", ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]
)
def test_import_of_nonsense(scripted: Session, typed: Typed, text: str) -> None:
    assert "import failed" in paste(scripted, typed, text)
    assert scripted.refused


def test_import_does_not_replace(scripted: Session, typed: Typed) -> None:
    scripted.router.store_keys(OwnKeys((own_key(scripted, "new"),)))
    assert "exist already" in typed(scripted, "crypto key import rsa new pem terminal cisco123")


def test_a_text_has_an_end(scripted: Session, typed: Typed) -> None:
    typed(scripted, "crypto key import rsa new pem terminal cisco123")
    while not scripted.refused:
        typed(scripted, "x" * 1000)
    assert scripted.prompt == "R2(config)#"


def test_scripts_answer_yes_or_no(scripted: Session, typed: Typed) -> None:
    """There is no default to take: the next line is the answer."""
    keys = OwnKeys((own_key(scripted, "one"), own_key(scripted, "two")))
    scripted.router.store_keys(keys)
    typed(scripted, "crypto key zeroize rsa one")
    assert scripted.asking
    typed(scripted, "n")
    assert scripted.router.keys == keys
    typed(scripted, "crypto key zeroize rsa one")
    typed(scripted, "y")
    assert [key.label for key in scripted.router.keys.keys] == ["two"]


def test_scripts_take_the_default_size(scripted: Session, typed: Typed) -> None:
    text = typed(scripted, "crypto key generate rsa usage-keys label two")
    assert text.count("% Generating 2048 bit RSA keys") == 2
    assert [key.usage for key in scripted.router.keys.keys] == [SIGNATURE, ENCRYPTION]


def test_short_keys_under_the_shield(scripted: Session, typed: Typed) -> None:
    scripted.router.commit(replace(scripted.router.config, compliance_shield=True))
    assert "compliance" in typed(scripted, "crypto key generate rsa label x modulus 1024")
    assert scripted.refused
    typed(scripted, "crypto key generate rsa label x modulus 2048")
    assert not scripted.refused


def test_usage_keys_and_general_keys_replace_each_other(session: Session) -> None:
    keys = OwnKeys().with_keys(own_key(session, "a", SIGNATURE), own_key(session, "a", ENCRYPTION))
    assert len(keys.keys) == 2
    general = keys.with_keys(own_key(session, "a"))
    assert [key.usage for key in general.keys] == [GENERAL]
    assert [key.usage for key in general.with_keys(own_key(session, "a", SIGNATURE)).keys] == [SIGNATURE]


def test_which_key_serves(session: Session) -> None:
    config = replace(session.router.config, domain_name="lab.com")
    named = own_key(session, "R2.lab.com")
    signing, other = own_key(session, "sig", SIGNATURE), own_key(session, "other")
    assert OwnKeys().signing(config) is None
    assert OwnKeys((signing, named)).signing(config) is named
    assert OwnKeys((signing, named)).signing(config, "sig") is signing
    assert OwnKeys((signing, named)).decrypting(config, "sig") is None
    assert OwnKeys((other,)).decrypting(config) is other, "the only one"
    assert OwnKeys((other, signing)).signing(config) is None, "which one?"


def test_store(session: Session, tmp_path: Path) -> None:
    startup = tmp_path / "r2.cfg"
    keys = OwnKeys((own_key(session, "a", SIGNATURE, exportable=True), own_key(session, "b")))
    store = KeyStore(startup)
    assert store.keys == OwnKeys()
    store.store(keys)
    file = tmp_path / "r2.cfg.keys"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    found = KeyStore(startup).keys.keys
    assert [(key.label, key.usage, key.created, key.exportable) for key in found] == [
        (key.label, key.usage, key.created, key.exportable) for key in keys.keys
    ]
    assert {key.pair.public for key in found} == {KEY.public}


def test_store_that_cannot_be_written(session: Session, tmp_path: Path) -> None:
    store = KeyStore(tmp_path / "gone/r2.cfg")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        store.store(OwnKeys((own_key(session, "a"),)))
    assert store.keys == OwnKeys()


@pytest.mark.parametrize("text", ["", "{}", '{"keys": [{}]}', '{"keys": [{"label": "a", "usage": "x"}]}'])
def test_store_that_is_broken(tmp_path: Path, text: str) -> None:
    (tmp_path / "r2.cfg.keys").write_text(text)
    with pytest.raises(ConfigurationError, match="mend or remove"):
        KeyStore(tmp_path / "r2.cfg")


def test_no_private_key_in_a_repr(session: Session) -> None:
    key = own_key(session, "a")
    assert str(KEY.private.private_numbers().d) not in repr(OwnKeys((key,)))
    assert "PRIVATE" not in repr(OwnKeys((key,)))


def test_stored_certificates_of_other_keys_stay(scripted: Session, typed: Typed) -> None:
    """A certificate that cannot be read is left alone too."""
    stored = (
        StoredCertificate(CertificateKind.OWN, b"nonsense"),
        StoredCertificate(CertificateKind.CA, b"x"),
    )
    scripted.router.commit(replace(scripted.router.config, certificates={"lab": stored}))
    scripted.router.store_keys(OwnKeys((own_key(scripted, "a"),)))
    typed(scripted, "crypto key zeroize rsa")
    typed(scripted, "yes")
    assert scripted.router.config.certificates == {"lab": stored}
