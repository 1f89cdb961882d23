"""The lines of a whole crypto map: `local-address`, `client`, `isakmp authorization`, `isakmp-profile`.

`CryptoMapCommand` renders them above the entries of their map, where IOS has them.
"""

from dataclasses import replace

from cryptomap.config.command import Command, texts
from cryptomap.config.commands._crypto_map import put_map
from cryptomap.config.mode import GLOBAL
from cryptomap.model.config import CryptoMap, InterfaceName, RouterConfig
from cryptomap.model.remote_access import AddressMode


def _map(config: RouterConfig, name: str) -> CryptoMap:
    return config.crypto_maps.get(name, CryptoMap(name))


class LocalAddress(Command):
    mode, order = GLOBAL, 440
    grammar = "crypto map WORD$name local-address ![INTERFACE$interface]"
    help = texts(
        {
            "$name": "Crypto map tag",
            "local-address": "Interface to use for local address for this crypto map",
        }
    )

    def apply(self, config: RouterConfig, name: str, interface: InterfaceName | None) -> RouterConfig:
        return put_map(config, replace(_map(config, name), local_address=interface))

    def negate(self, config: RouterConfig, name: str, **_: object) -> RouterConfig:
        return self.apply(config, name, None)


class MapAuthentication(Command):
    mode, order = GLOBAL, 440
    grammar = "crypto map WORD$name client authentication ![list WORD$list]"
    help = texts(
        {
            "$name": "Crypto map tag",
            "client": "Specify client configuration settings",
            "authentication": "Use Extended Authentication",
            "list": "AAA authentication list to use",
            "$list": "AAA authentication list name",
        }
    )

    def apply(self, config: RouterConfig, name: str, list: str | None) -> RouterConfig:
        crypto_map = _map(config, name)
        client = replace(crypto_map.client, authentication_list=list)
        return put_map(config, replace(crypto_map, client=client))

    def negate(self, config: RouterConfig, name: str, **_: object) -> RouterConfig:
        return self.apply(config, name, None)


class MapAuthorization(Command):
    mode, order = GLOBAL, 440
    grammar = "crypto map WORD$name isakmp authorization ![list WORD$list]"
    help = texts(
        {
            "$name": "Crypto map tag",
            "isakmp": "Specify isakmp configuration settings",
            "authorization": "Use AAA to look up the group of a client",
            "list": "AAA authorization list to use",
            "$list": "AAA authorization list name",
        }
    )

    def apply(self, config: RouterConfig, name: str, list: str | None) -> RouterConfig:
        crypto_map = _map(config, name)
        client = replace(crypto_map.client, authorization_list=list)
        return put_map(config, replace(crypto_map, client=client))

    def negate(self, config: RouterConfig, name: str, **_: object) -> RouterConfig:
        return self.apply(config, name, None)


class MapAddress(Command):
    mode, order = GLOBAL, 440
    grammar = "crypto map WORD$name client configuration address <initiate|respond>$mode"
    help = texts(
        {
            "$name": "Crypto map tag",
            "client": "Specify client configuration settings",
            "configuration": "Specify client configuration",
            "address": "Specify network address configuration",
            "initiate": "Push the client's address",
            "respond": "Respond to the client's address requests",
        }
    )

    def apply(self, config: RouterConfig, name: str, mode: str) -> RouterConfig:
        client = _map(config, name).client
        return self._put(config, name, client.address_modes | {AddressMode(mode)})

    def negate(self, config: RouterConfig, name: str, mode: str) -> RouterConfig:
        client = _map(config, name).client
        return self._put(config, name, client.address_modes - {AddressMode(mode)})

    def _put(self, config: RouterConfig, name: str, modes: frozenset[AddressMode]) -> RouterConfig:
        crypto_map = _map(config, name)
        return put_map(config, replace(crypto_map, client=replace(crypto_map.client, address_modes=modes)))


class MapProfile(Command):
    mode, order = GLOBAL, 440
    grammar = "crypto map WORD$name isakmp-profile ![WORD$profile]"
    help = texts(
        {
            "$name": "Crypto map tag",
            "isakmp-profile": "Specify isakmp profile to use",
            "$profile": "Name of the profile",
        }
    )

    def apply(self, config: RouterConfig, name: str, profile: str | None) -> RouterConfig:
        return put_map(config, replace(_map(config, name), isakmp_profile=profile))

    def negate(self, config: RouterConfig, name: str, **_: object) -> RouterConfig:
        return self.apply(config, name, None)
