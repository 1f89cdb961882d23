"""Addresses of an authority's operations (RFC 8894 section 4.1)."""

from urllib.parse import quote, urlsplit

SCEP_PATH = "/cgi-bin/pkiclient.exe"
"""Where IOS looks when `enrollment url` names no path."""


def scep_url(base: str, operation: str, message: str = "") -> str:
    """Where an operation is, at the address of `enrollment url`."""
    path = urlsplit(base).path.rstrip("/")
    where = base.rstrip("/") + ("" if path else SCEP_PATH)
    return f"{where}?operation={operation}" + (f"&message={quote(message)}" if message else "")
