"""Users of the configuration (`username NAME {password | secret} ...`)."""

from cryptomap.crypto.passwords import verify
from cryptomap.ikev1.api import Authenticate
from cryptomap.model.config import RouterConfig, Secret
from cryptomap.model.remote_access import Accepted, Rejected, Unavailable, Verdict

_NOBODY = Secret("$9$..............$" + "." * 43, 9)
"""What an unknown user's password is held against, so that it takes as long as a known user's."""


def judge(config: RouterConfig, question: Authenticate) -> Verdict:
    """Whether the password is the user's. Takes some 50 ms: not for the control loop."""
    if not config.users:
        return Unavailable("there are no local users")
    user = config.users.get(question.user)
    secret = user.secret if user is not None and user.secret is not None else _NOBODY
    try:
        password = question.password.decode()
    except UnicodeDecodeError:
        return Rejected()
    right = verify(secret, password) and secret is not _NOBODY
    return Accepted() if right else Rejected()
