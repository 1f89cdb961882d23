"""`crypto pki crl request TRUSTPOINT`: get the revocation list of its authority now."""

from collections.abc import AsyncIterator

from cryptomap.cli.command import Arguments, Command, Console, Output, RefusedError
from cryptomap.cli.trustpoints import PKI_HELP, find_trustpoint
from cryptomap.model.pki import Revocation
from cryptomap.pki.revocation import sources
from cryptomap.pki.stored import authorities, kept


def _run(console: Console, args: Arguments) -> Output:
    trustpoint = find_trustpoint(console, args["trustpoint"])
    name, config = trustpoint.name, console.router.config
    found = authorities(config, name)
    if not found:
        raise RefusedError(f"% Trustpoint {name} has no CA certificate: `crypto pki authenticate {name}`\n")
    own = [each.certificate for each in kept(config, name) if each.certificate not in found]
    fetches = list(sources(Revocation.CRL, own[0] if own else found[0], found[0], trustpoint))
    if not fetches:
        raise RefusedError(
            f"% Neither a certificate of {name} nor its `enrollment url` says where the CRL is\n"
        )

    async def get() -> AsyncIterator[str]:
        for fetch in fetches:
            if (await console.router.obtain(fetch)).octets is not None:
                return
        raise RefusedError(
            f"% The CRL of {name} could not be had from {', '.join(each.url for each in fetches)}\n"
        )
        yield ""  # what makes this a stream of text

    return get()


COMMANDS = [
    Command(
        "crypto <pki|ca> crl request WORD$trustpoint",
        {**PKI_HELP, "crl": "Actions on certificate revocation lists", "request": "Get the list now"},
        _run,
    )
]
