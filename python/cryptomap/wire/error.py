"""The one error that decoding raises."""


class MalformedError(Exception):
    """Octets that are not what the RFC says. The text names the structure and what was wrong with it."""
