"""Attacks on IKE that are known by a name, and that each has a test that is called after it.

The name of a test holds the number of the attack: `test_cve_2009_0790_...`. Some stand with the code that
they are about.
"""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]

KNOWN = """
message handling (test_message_handling, test_informational, test_every_payload)
    CVE-2009-0790 CVE-2015-3204 CVE-2020-1763 CVE-2022-23094 CVE-2023-30570 CVE-2023-38711 CVE-2023-38712
    CVE-2024-3652 CVE-2019-10155 CVE-2004-0164 Walpuski CVE-2015-3991 CVE-2013-6075
    CVE-2004-0218 CVE-2004-0222 CVE-2004-0183 CVE-2004-0184 CVE-2005-3671 CVE-2005-3732
    CVE-2015-8023 CVE-2021-45079 CVE-2014-2338 CVE-2015-4171 Cisco-50600 CVE-2018-0159
fragments, floods, amplification (test_fragments, test_flood, test_half_open, test_first_messages)
    CVE-2016-1287 CVE-2016-10396 CVE-2016-6381 CVE-2013-6076 CVE-2026-12413 CVE-2016-5361 VU-419128
    half-open-flood
disclosure and cryptography (test_secrets, test_cryptography)
    CVE-2016-6415 CVE-2018-0131 CVE-2017-17305 CVE-2018-9129 CVE-2018-8753 CVE-2026-35334 CVE-2018-5389
    CVE-2018-16151 CVE-2018-16152 CVE-2018-17540 CVE-2026-50721 CVE-2026-50722
    CVE-2017-11185 CVE-2013-2944 CVE-2012-2388 CVE-2004-0155 CVE-2004-0607 CVE-2026-35331
    CVE-2022-40617 CVE-2021-41991 CVE-2026-14957 Logjam CVE-2018-10811
"""
ROWS = [word for line in KNOWN.splitlines() if line.startswith(" ") for word in line.split()]
NAMES = [
    name
    for path in TESTS.rglob("test_*.py")
    for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
]


@pytest.mark.parametrize("row", ROWS)
def test_every_known_attack_has_its_test(row: str) -> None:
    slug = row.lower().replace("-", "_")
    assert any(re.search(rf"_{slug}(?![0-9a-z])", name) for name in NAMES)


def test_every_number_in_a_name_is_of_the_list() -> None:
    """A slip of the pen would be a row without a test."""
    found = {number for name in NAMES for number in re.findall(r"cve_\d{4}_\d+|vu_\d+", name)}
    assert found <= {row.lower().replace("-", "_") for row in ROWS}
