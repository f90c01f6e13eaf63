"""Where the broker is and who we are to it, from the environment that Pact's own tools read."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

import msgspec

from shadowpact.errors import UsageError

URL: Final = "PACT_BROKER_BASE_URL"
TOKEN: Final = "PACT_BROKER_TOKEN"  # noqa: S105 - the name of a variable
USERNAME: Final = "PACT_BROKER_USERNAME"
PASSWORD: Final = "PACT_BROKER_PASSWORD"  # noqa: S105 - the name of a variable
RETRIES: Final = "PACT_BROKER_HTTP_RETRIES"

_DEFAULT_RETRIES: Final = 3
_HIDDEN: Final = "***"


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """A broker and the credentials for it; never shown, never an argument of a process.

    Attributes:
        url: Its base URL, without credentials and without a slash at the end.
        token: For ``Authorization: Bearer``; wins over the other two.
        username: For basic authentication.
        password: Likewise.
        retries: How often a request is asked again that met a 5xx, 408 or 429.
    """

    url: str
    token: str | None = None
    username: str | None = None
    password: str | None = None
    retries: int = _DEFAULT_RETRIES

    def __repr__(self) -> str:
        return f"Access(url={self.url!r})"

    @property
    def has_credentials(self) -> bool:
        """Whether there is anything to show to the broker."""
        return bool(self.token or self.username)

    def environment(self) -> dict[str, str]:
        """The variables that Pact's own tools read."""
        told = {URL: self.url, RETRIES: str(self.retries)}
        if self.token:
            return {**told, TOKEN: self.token}
        if self.username:
            return {**told, USERNAME: self.username, PASSWORD: self.password or ""}
        return told

    def hidden(self, text: str) -> str:
        """A text of the broker's or of a tool's, without our credentials."""
        for secret in (self.token, self.password):
            if secret:
                text = text.replace(secret, _HIDDEN)
        return text


def access(environ: Mapping[str, str], *, url: str | None = None) -> Access:
    """How to reach the broker.

    Args:
        environ: The environment.
        url: Its base URL, instead of the environment's.

    Raises:
        UsageError: There is no URL, or it cannot be used.
    """
    given = url or environ.get(URL) or ""
    if not given:
        raise UsageError(f"which broker? Set {URL}, or pass --broker-base-url")
    source = "--broker-base-url" if url else URL
    try:
        parts = urlsplit(given)
        parts.port  # noqa: B018 - raises where the port is no number
    except ValueError as error:
        raise UsageError(f"{source} is no URL: {error}") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageError(f"{source} is not like https://broker.example.org")
    plain = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    return Access(
        url=plain.rstrip("/"),
        token=environ.get(TOKEN) or None,
        username=environ.get(USERNAME) or (unquote(parts.username) if parts.username else None),
        password=environ.get(PASSWORD) or (unquote(parts.password) if parts.password else None),
        retries=_retries(environ.get(RETRIES)),
    )


def _retries(given: str | None) -> int:
    if not given:
        return _DEFAULT_RETRIES
    if not given.isdecimal():
        raise UsageError(f"{RETRIES} is {given!r}, not a count")
    return int(given)
