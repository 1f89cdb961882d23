"""Secrets of users.

The hashes are the examples that hashcat publishes for its modes 500, 9200 and 9300, and one that `openssl
passwd -1` made; the obfuscated ones are two well-known forms of `cisco`.
"""

import pytest

from cryptomap.crypto.passwords import SALT_OCTETS, reveal, scrypt_secret, verify, well_formed
from cryptomap.model.config import Secret

HASHES = [
    (5, "$1$28772684$iEwNOgGugqO9.bIz5sk8k/", "hashcat"),
    (5, "$1$abcdefgh$7epNjQfusr9zTjJUBIkwj.", "a long password over sixteen octets, really"),
    (8, "$8$TnGX/fE4KGHOVU$pEhnEvxrvaynpi8j4f.EMHr6M.FzU8xnZnBr/tJdFWk", "hashcat"),
    (9, "$9$2MJBozw/9R3UsU$2lFhcKvpghcyw8deP25GOfyZaagyUOGBymkryvOdfo6", "hashcat"),
    (7, "0822455D0A16", "cisco"),
    (7, "02050D480809", "cisco"),
    (0, "wolf", "wolf"),
]


@pytest.mark.parametrize(("kind", "value", "password"), HASHES)
def test_the_password_and_no_other(kind: int, value: str, password: str) -> None:
    secret = Secret(value, kind)
    assert verify(secret, password)
    for other in (password.upper(), password + " ", password[:-1], "", value):
        assert other == password or not verify(secret, other)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (5, "$1$28772684$iEwNOgGugqO9.bIz5sk8k"),
        (5, "hashcat"),
        (7, "9922455D0A16"),
        (7, "0822455D0A1"),
        (8, "$9$2MJBozw/9R3UsU$2lFhcKvpghcyw8deP25GOfyZaagyUOGBymkryvOdfo6"),
        (9, "$9$2MJBozw/9R3Us$2lFhcKvpghcyw8deP25GOfyZaagyUOGBymkryvOdfo6"),
        (9, "$9$2MJBozw/9R3UsU$2lFhcKvpghcyw8deP25GOfyZaagyUOGBymkryvOdfo6\n"),
        (6, "AAA"),
        (4, "x"),
    ],
)
def test_what_cannot_be_read_lets_nobody_in(kind: int, value: str) -> None:
    assert not well_formed(Secret(value, kind))
    assert not verify(Secret(value, kind), "hashcat")


def test_a_new_secret_depends_on_its_salt() -> None:
    one, other = (scrypt_secret("wölf", bytes([octet]) * SALT_OCTETS) for octet in (0, 255))
    assert one.value != other.value
    assert well_formed(one)
    assert verify(one, "wölf")
    assert verify(other, "wölf")
    assert not verify(one, "wolf")


def test_only_clear_and_obfuscated_ones_can_be_revealed() -> None:
    assert reveal(Secret("wolf")) == "wolf"
    with pytest.raises(ValueError, match="type 9 secret cannot be read"):
        reveal(Secret("$9$2MJBozw/9R3UsU$2lFhcKvpghcyw8deP25GOfyZaagyUOGBymkryvOdfo6", 9))
