"""`show crypto ipsec transform-set`."""

from collections.abc import Sequence

from cryptomap.cli.command import show
from cryptomap.cli.router import Router
from cryptomap.cli.text import block
from cryptomap.model.config import Personality, TransformSet


def collect(router: Router) -> Sequence[TransformSet]:
    return tuple(router.config.transform_sets.values())


def render(sets: Sequence[TransformSet], personality: Personality) -> str:
    lines = []
    for item in sets:
        mode = f"{'require ' if item.mode_required else ''}{item.mode.name.capitalize()}"
        lines += [
            f"Transform set {item.name}: {{ {item.words}  }} ",
            f"   will negotiate = {{ {mode},  }}, ",
            "",
        ]
    return block(lines)


COMMANDS = [
    show(
        "show crypto ipsec transform-set",
        {"ipsec": "Show IPSEC policy", "transform-set": "Crypto transform sets"},
        lambda router, personality, args: render(collect(router), personality),
    )
]
