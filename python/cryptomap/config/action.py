"""Lines of global configuration mode that do something at once instead of being configuration, such as
`crypto key generate rsa`. Here they are only found; what they do is the console's business."""

from collections.abc import Mapping
from typing import Protocol


class Action(Protocol):
    """What this package needs to know of one: how it is written, and its help. Compared by identity."""

    @property
    def grammar(self) -> str: ...

    @property
    def help(self) -> Mapping[str, str]: ...
