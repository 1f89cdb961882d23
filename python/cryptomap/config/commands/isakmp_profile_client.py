"""The lines of an ISAKMP profile for remote access: who its clients are, and what they get."""

from collections.abc import Iterable
from dataclasses import replace

from cryptomap.config.command import Command, texts
from cryptomap.config.mode import ISAKMP_PROFILE
from cryptomap.model.config import IsakmpProfile
from cryptomap.model.remote_access import AddressMode


class ProfileAuthentication(Command):
    mode, order = ISAKMP_PROFILE, 7
    grammar = "client authentication ![list WORD$name]"
    help = texts(
        {
            "client": "Specify client configuration settings",
            "authentication": "Use Extended Authentication",
            "list": "AAA authentication list to use",
            "$name": "AAA authentication list name",
        }
    )

    def apply(self, profile: IsakmpProfile, name: str | None) -> IsakmpProfile:
        return replace(profile, client=replace(profile.client, authentication_list=name))

    def negate(self, profile: IsakmpProfile, **_: object) -> IsakmpProfile:
        return self.apply(profile, None)

    def render(self, profile: IsakmpProfile) -> Iterable[str]:
        if profile.client.authentication_list is not None:
            yield f"client authentication list {profile.client.authentication_list}"


class ProfileAuthorization(Command):
    mode, order = ISAKMP_PROFILE, 8
    grammar = "isakmp authorization ![list WORD$name]"
    help = texts(
        {
            "isakmp": "Specify isakmp configuration settings",
            "authorization": "Use AAA to look up the group of a client",
            "list": "AAA authorization list to use",
            "$name": "AAA authorization list name",
        }
    )

    def apply(self, profile: IsakmpProfile, name: str | None) -> IsakmpProfile:
        return replace(profile, client=replace(profile.client, authorization_list=name))

    def negate(self, profile: IsakmpProfile, **_: object) -> IsakmpProfile:
        return self.apply(profile, None)

    def render(self, profile: IsakmpProfile) -> Iterable[str]:
        if profile.client.authorization_list is not None:
            yield f"isakmp authorization list {profile.client.authorization_list}"


class ProfileAddress(Command):
    mode, order = ISAKMP_PROFILE, 9
    grammar = "client configuration address <initiate|respond>$mode"
    help = texts(
        {
            "client": "Specify client configuration settings",
            "configuration": "Specify client configuration",
            "address": "Specify network address configuration",
            "initiate": "Push the client's address",
            "respond": "Respond to the client's address requests",
        }
    )

    def apply(self, profile: IsakmpProfile, mode: str) -> IsakmpProfile:
        return _with_modes(profile, profile.client.address_modes | {AddressMode(mode)})

    def negate(self, profile: IsakmpProfile, mode: str) -> IsakmpProfile:
        return _with_modes(profile, profile.client.address_modes - {AddressMode(mode)})

    def render(self, profile: IsakmpProfile) -> Iterable[str]:
        modes = profile.client.address_modes
        return (f"client configuration address {mode}" for mode in AddressMode if mode in modes)


class ProfileGroup(Command):
    mode, order, fields = ISAKMP_PROFILE, 9, ("client_group",)
    grammar = "client configuration group ![WORD$name]"
    help = texts(
        {
            "client": "Specify client configuration settings",
            "configuration": "Specify client configuration",
            "group": "Specify the group whose settings clients get",
            "$name": "Group name",
        }
    )

    def apply(self, profile: IsakmpProfile, name: str) -> IsakmpProfile:
        return replace(profile, client_group=name)

    def render(self, profile: IsakmpProfile) -> Iterable[str]:
        if profile.client_group is not None:
            yield f"client configuration group {profile.client_group}"


def _with_modes(profile: IsakmpProfile, modes: frozenset[AddressMode]) -> IsakmpProfile:
    return replace(profile, client=replace(profile.client, address_modes=modes))
