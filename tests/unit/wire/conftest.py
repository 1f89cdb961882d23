"""Whole messages as octets, written out from the diagrams of RFC 2407 and 2408."""

import pytest

COOKIE_I = "1122334455667788"
COOKIE_R = "99aabbccddeeff00"

MAIN_MODE_1 = (
    COOKIE_I + "0000000000000000"
    "01 10 02 00"
    "00000000"
    "000000ac"
    # SA: DOI 1, situation 1; proposal 1, ISAKMP, no SPI, two transforms
    "0d 00 005c"
    "00000001 00000001"
    "00 00 0050 01 01 00 02"
    # transform 1, KEY_IKE: DES, SHA, group 1, pre-shared key, seconds, 60 in basic form
    "03 00 0020 01 01 0000"
    "80010001 80020002 80040001 80030001 800b0001 800c003c"
    # transform 2: AES of 256 bits, SHA2-256, group 14, pre-shared key, seconds, 86400 in four octets
    "00 00 0028 02 01 0000"
    "80010007 800e0100 80020004 8004000e 80030001 800b0001 000c0004 00015180"
    # vendor ids: RFC 3947, and one of 12 octets
    "0d 00 0014 4a131c81070358455c5728f20e95452f"
    "00 00 0020 afcad71368a1f1c96b8696fc77570100 000102030405060708090a0b"
)
MAIN_MODE_3 = (
    COOKIE_I + COOKIE_R + "04 10 02 00"
    "00000000"
    "000000c4"
    "0a 00 0064" + "5a" * 96 + "14 00 0014" + "a5" * 16 + "14 00 0018" + "d1" * 20 + "00 00 0018" + "d2" * 20
)
QUICK_MODE_1 = (
    COOKIE_I + COOKIE_R + "08 10 20 00"
    "a1b2c3d4"
    "000000a4"
    "01 00 0018" + "4e" * 20 +
    # SA: one ESP proposal with SPI c0ffee01, one DES transform
    "0a 00 0040 00000001 00000001"
    "00 00 0034 01 03 04 01 c0ffee01"
    # tunnel, seconds 3600, kilobytes 4608000 in four octets, HMAC-SHA, group 1
    "00 00 0028 01 02 0000"
    "80040001 80010001 80020e10 80010002 00020004 00465000 80050002 80030001"
    "05 00 0014" + "0e" * 16 +
    # identities: 2.2.2.0/24 and 3.3.3.3, protocol and port any
    "05 00 0010 04 00 0000 02020200 ffffff00"
    "00 00 000c 01 00 0000 03030303"
)
INFORMATIONAL = (
    COOKIE_I + COOKIE_R + "08 10 05 00"
    "0badcafe"
    "00000080"
    "0b 00 0014"
    + "77" * 16
    +
    # notify INITIAL-CONTACT for both cookies, then a delete of two ESP SPIs
    "0c 00 001c 00000001 01 10 6002"
    + COOKIE_I
    + COOKIE_R
    + "0b 00 0014 00000001 03 04 0002 c0ffee01 c0ffee02"
    # R-U-THERE with sequence 1
    "00 00 0020 00000001 01 10 8d28" + COOKIE_I + COOKIE_R + "00000001"
)


def octets(text: str) -> bytes:
    return bytes.fromhex(text.replace(" ", ""))


@pytest.fixture(scope="session")
def messages() -> dict[str, bytes]:
    return {
        "main-mode-1": octets(MAIN_MODE_1),
        "main-mode-3": octets(MAIN_MODE_3),
        "quick-mode-1": octets(QUICK_MODE_1),
        "informational": octets(INFORMATIONAL),
    }
