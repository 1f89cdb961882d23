"""What remote access is configured with: client groups, AAA, users, pools and RADIUS servers."""

from ipaddress import IPv4Address

import pytest

from cryptomap.config.load import LoadResult, load
from cryptomap.config.render import render
from cryptomap.config.session import Configurator
from cryptomap.crypto.passwords import verify
from cryptomap.model.config import RouterConfig, Secret
from cryptomap.model.remote_access import AaaMethod, AddressPool, ClientGroup, RadiusServer, User

LEGACY = "crypto engine compliance shield disable\n"
GROUP = "crypto isakmp client configuration group VPNG\n"
SCRYPT = "$9$2MJBozw/9R3UsU$2lFhcKvpghcyw8deP25GOfyZaagyUOGBymkryvOdfo6"

GROUP_LINES = (
    " key wolf\n"
    " dns 10.0.0.1 10.0.0.2\n"
    " wins 10.0.0.3\n"
    " domain lab.example.com\n"
    " pool RA\n"
    " acl 150\n"
    " split-dns a.example.com\n"
    " split-dns b.example.com\n"
    " save-password\n"
    " include-local-lan\n"
    " group-lock\n"
    " pfs\n"
    " backup-gateway 14.1.1.4\n"
    " max-users 10\n"
    " max-logins 2\n"
    " netmask 255.255.255.0\n"
    " banner ^CWelcome^C\n"
)


def octets(count: int) -> bytes:
    return bytes(range(count))


def loaded(text: str) -> RouterConfig:
    result = load(LEGACY + text, random=octets)
    assert result.ok, messages(result)
    assert load(render(result.config)).config == result.config
    return result.config


def messages(result: LoadResult) -> list[str]:
    return [problem.message for problem in result.problems]


def group(lines: str) -> ClientGroup:
    return loaded(GROUP + lines).client_groups["VPNG"]


def test_the_lines_of_a_group_in_the_order_of_the_running_configuration() -> None:
    assert group(GROUP_LINES) == ClientGroup(
        "VPNG",
        key=Secret("wolf"),
        pool="RA",
        acl="150",
        dns=(IPv4Address("10.0.0.1"), IPv4Address("10.0.0.2")),
        wins=(IPv4Address("10.0.0.3"),),
        domain="lab.example.com",
        split_dns=("a.example.com", "b.example.com"),
        netmask=IPv4Address("255.255.255.0"),
        banner="Welcome",
        save_password=True,
        pfs=True,
        include_local_lan=True,
        group_lock=True,
        backup_gateways=("14.1.1.4",),
        max_users=10,
        max_logins=2,
    )
    assert f"{GROUP}{GROUP_LINES}!" in render(loaded(GROUP + GROUP_LINES))
    undone = "".join(f" no {line.split()[0]}\n" for line in GROUP_LINES.splitlines())
    assert group(GROUP_LINES + undone) == ClientGroup("VPNG")


def test_at_most_ten_backup_gateways() -> None:
    result = load(GROUP + "".join(f" backup-gateway 14.1.1.{number}\n" for number in range(11)))
    assert "% A group has at most 10 backup-gateway lines." in messages(result)


def test_a_banner_may_have_any_line_in_it() -> None:
    said = " banner #\nWelcome <=== here\n! no remark\n\nhostname nobody\n  end #\n pfs\n"
    found = group(said)
    assert found.banner == "\nWelcome <=== here\n! no remark\n\nhostname nobody\n  end "
    assert found.pfs


def test_a_banner_at_a_prompt() -> None:
    configurator = Configurator(RouterConfig())
    for line in (GROUP, "banner x", "?", "", "!", "two x"):
        reply = configurator.line(line)
        assert reply.accepted
    assert configurator.config.client_groups["VPNG"].banner == "\n?\n\n!\ntwo "
    assert configurator.prompt_suffix == "(config-isakmp-group)"
    assert not configurator.takes_text


@pytest.mark.parametrize("text", ["^C^C", f"#{'x' * 1025}#", "#a^Cb#"])
def test_banners_that_cannot_be(text: str) -> None:
    configurator = Configurator(RouterConfig())
    configurator.line(GROUP)
    assert configurator.line(f"banner {text}").refused
    assert not configurator.takes_text


def test_a_text_without_an_end_is_told_where_it_begins() -> None:
    result = load(f"{GROUP} banner ^CWelcome\nhostname R2\n")
    assert (result.problems[0].number, result.problems[0].message) == (
        2,
        "the text that begins here has no end",
    )
    assert not result.ok


def test_aaa_lists_keep_the_order_of_their_methods() -> None:
    text = (
        "aaa new-model\n"
        "aaa authentication login XA group radius local\n"
        "aaa authentication login CON line none\n"
        "aaa authorization network GRP local\n"
    )
    config = loaded(text)
    assert config.aaa_new_model
    assert config.aaa_authentication["XA"] == (AaaMethod.RADIUS, AaaMethod.LOCAL)
    assert config.aaa_authorization == {"GRP": (AaaMethod.LOCAL,)}
    assert text in render(config)
    undone = "no aaa new-model\nno aaa authentication login XA\nno aaa authentication login CON local\n"
    assert loaded(f"{text}{undone}no aaa authorization network GRP") == loaded("")


def test_a_server_group_of_ones_own_is_refused() -> None:
    result = load("aaa authentication login XA group MINE")
    assert messages(result) == ['% There is no server group "MINE": "group radius" is all RADIUS servers.']


def test_a_secret_in_clear_is_kept_as_scrypt() -> None:
    config = loaded("username u privilege 15 secret wolf in the snow")
    user = config.users["u"]
    assert user.privilege == 15
    assert user.secret is not None
    assert user.secret.kind == 9
    assert verify(user.secret, "wolf in the snow")
    assert "wolf" not in render(config)


def test_the_lines_of_secrets_in_clear_are_told() -> None:
    """A password is kept as it is; so is what is no plain text."""
    said = "secret wolf", f"secret 9 {SCRYPT}", "password wolf", "secret 0 wolf"
    lines = "\n".join(f"username u{number} {how}" for number, how in enumerate(said))
    assert load(lines, random=octets).hashed == (1, 4)


@pytest.mark.parametrize(
    ("line", "user"),
    [
        ("username u password 0 wolf", User("u", Secret("wolf"))),
        ("username u password 7 0822455D0A16", User("u", Secret("0822455D0A16", 7))),
        (f"username u secret 9 {SCRYPT}", User("u", Secret(SCRYPT, 9))),
        (f"username u privilege 0 secret 9 {SCRYPT}", User("u", Secret(SCRYPT, 9), 0)),
        ("username u privilege 7", User("u", None, 7)),
    ],
)
def test_users_are_kept_as_typed(line: str, user: User) -> None:
    config = loaded(line)
    assert config.users == {"u": user}
    assert f"\n{line}\n" in render(config)
    assert loaded(f"{line}\nno username u") == loaded("")


def test_a_user_is_said_in_parts() -> None:
    text = f"username u secret 9 {SCRYPT}\nusername u privilege 3\nusername u password wolf"
    assert loaded(text).users == {"u": User("u", Secret("wolf"), 3)}


@pytest.mark.parametrize(
    "line", ["username u secret 9 wolf", "username u password 7 wolf", "username u secret 5 $1$a$b"]
)
def test_what_is_no_hash_is_refused(line: str) -> None:
    (problem,) = load(line).problems
    assert problem.fatal
    assert "which a router made" in problem.message


def test_without_a_source_of_randomness_no_secret_is_hashed() -> None:
    (problem,) = load("username u secret wolf").problems
    assert problem.fatal
    assert "give its hash" in problem.message


def test_pools_have_ranges_and_do_not_overlap() -> None:
    text = "ip local pool RA 10.9.9.1 10.9.9.50\nip local pool RA 10.9.8.1\n"
    low, high, single = IPv4Address("10.9.9.1"), IPv4Address("10.9.9.50"), IPv4Address("10.9.8.1")
    assert loaded(text).pools == {"RA": AddressPool("RA", ((low, high), (single, single)))}
    assert loaded(f"{text}no ip local pool RA 10.9.8.1").pools == {"RA": AddressPool("RA", ((low, high),))}
    assert loaded(f"{text}no ip local pool RA").pools == {}
    result = load(f"{text}ip local pool RB 10.9.9.50 10.9.9.60")
    assert messages(result) == ["%IP address range overlaps with pool: RA"]
    assert "%Bad IP range" in messages(load("ip local pool RA 10.9.9.2 10.9.9.1"))[0]
    assert "%Bad IP range" in messages(load("ip local pool RA 10.0.0.0 10.1.0.0"))[0]


def test_radius_servers_by_name_and_in_one_line() -> None:
    text = (
        "radius server A\n"
        " address ipv4 10.0.0.1 auth-port 1812 acct-port 1813\n"
        " timeout 3\n"
        " retransmit 2\n"
        " key the wolf\n"
        "radius-server host 10.0.0.2 auth-port 1812 acct-port 1646"
        " timeout 4 retransmit 1 key 7 0822455D0A16\n"
    )
    config = loaded(text)
    one, two = IPv4Address("10.0.0.1"), IPv4Address("10.0.0.2")
    assert config.radius_servers == {
        "A": RadiusServer("A", one, 1812, 1813, Secret("the wolf"), 3, 2),
        "10.0.0.2": RadiusServer("10.0.0.2", two, 1812, 1646, Secret("0822455D0A16", 7), 4, 1),
    }
    assert text in render(config)
    assert loaded(f"{text}no radius server A\nno radius-server host 10.0.0.2") == loaded("")


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        (f"{GROUP} pool nix", 'group VPNG: there is no ip local pool "nix"'),
        (f"{GROUP} acl nix", 'group VPNG: there is no access list "nix"'),
        ("crypto isakmp client configuration address-pool local nix", 'there is no ip local pool "nix"'),
        ("crypto isakmp profile P\n client configuration group nix", 'client configuration group "nix"'),
        ("crypto map m client authentication list nix", 'there is no aaa authentication login list "nix"'),
        ("crypto map m isakmp authorization list nix", 'there is no aaa authorization network list "nix"'),
        ("crypto map m isakmp authorization list nix", 'lists do nothing without "aaa new-model"'),
        (
            "aaa authentication login XA group tacacs+\ncrypto map m client authentication list XA",
            "aaa authentication login list XA: group tacacs+ is not there for clients and is passed over",
        ),
        (
            "aaa authentication login XA group radius\ncrypto map m client authentication list XA",
            "there is no RADIUS server to ask",
        ),
        (f"{GROUP} key wolfwolf\ncrypto map m client authentication list XA", "every member knows its key"),
        (f"{GROUP} key 6 AAA", "group VPNG: a type 6 key can be read only with its router's master key"),
        ("username u privilege 3", "username u: nobody gets in without a password or secret"),
        ("radius server A\n key wolf", "radius server A: is not asked without its address"),
        ("radius-server host 10.0.0.2", "radius server 10.0.0.2: is not asked without its key"),
        ("radius-server host 10.0.0.2 key 6 AAA", "a type 6 key can be read only by its own router"),
    ],
)
def test_what_leads_nowhere_is_told_and_loads(text: str, finding: str) -> None:
    result = load(LEGACY + text)
    assert result.ok
    assert any(finding in message for message in messages(result)), messages(result)


def test_the_shield_refuses_the_key_of_a_group() -> None:
    result = load(f"{GROUP} key wolfwolf")
    assert not result.ok
    assert "aggressive mode gives a pre-shared key away to guessing" in messages(result)[0]
