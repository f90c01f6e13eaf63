"""What sealing can be told."""

import msgspec

CREDENTIAL_HEADERS = (
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
    "api-key",
    "apikey",
    "x-auth-token",
    "x-access-token",
    "x-csrf-token",
    "x-xsrf-token",
)


class SecretSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of sealing.

    Attributes:
        headers: Lower-case names whose values are credentials.
    """

    headers: tuple[str, ...] = CREDENTIAL_HEADERS
