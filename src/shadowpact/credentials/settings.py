"""What ``[candidates.NAME.credentials]`` can say; one struct for each ``kind``."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from shadowpact.credentials.secret import Secret

type Scheme = Literal["auto", "bearer", "basic", "none"]
type ApplyTo = Literal["authenticated", "all"]
type ClientAuth = Literal["basic", "post"]
type Algorithm = Literal["HS256", "RS256", "ES256"]


class _Carried(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """What one service-wide credential has in common, wherever it comes from.

    Attributes:
        header: Lower-case name of the header that carries it.
        scheme: What stands before the token (``credentials.headers.field_value``).
        apply_to: ``authenticated``: requests that carried a credential when they were recorded.
    """

    header: str = "authorization"
    scheme: Scheme = "auto"
    apply_to: ApplyTo = "authenticated"


class HeaderCredentials(_Carried, frozen=True, kw_only=True, tag="header"):
    """A value that stays the same; exactly one of the two is set.

    Attributes:
        value: As written in the configuration.
        value_from_env: The environment variable that holds it.
    """

    value: Secret | None = None
    value_from_env: str | None = None


class CommandCredentials(_Carried, frozen=True, kw_only=True, tag="command"):
    """What a command prints.

    Attributes:
        command: Program and arguments; no shell.
        ttl_s: How long its output is used; 0 until the candidate refuses it.
        timeout_ms: How long it may run.
    """

    command: tuple[str, ...]
    ttl_s: int = 300
    timeout_ms: int = 10_000


class ClientCredentials(_Carried, frozen=True, kw_only=True, tag="oauth2-client-credentials"):
    """A token from an OAuth 2 token endpoint (RFC 6749, 4.4).

    Attributes:
        token_url: The endpoint.
        client_id: Who asks.
        client_secret_from_env: The environment variable with the secret.
        client_secret_from_command: Or the command that prints it; exactly one is set.
        client_auth: Where id and secret go: ``basic`` the Authorization header, ``post`` the form.
        scope: Space-separated; empty for none.
        audience: For servers that ask for one; empty for none.
        timeout_ms: For one call of endpoint or command.
    """

    token_url: str
    client_id: str
    client_secret_from_env: str | None = None
    client_secret_from_command: tuple[str, ...] | None = None
    client_auth: ClientAuth = "basic"
    scope: str = ""
    audience: str = ""
    timeout_ms: int = 10_000


class LoginCredentials(_Carried, frozen=True, kw_only=True, tag="login"):
    """What the candidate hands out for a login of the recording.

    Attributes:
        request: Method and path, ``POST /login``.
        body_from_env: The environment variable with the body to send instead.
        token_path: Where the token is in the answer, ``$.token``; ``None`` takes its cookies.
        ttl_s: How long it is used; 0 until the candidate refuses it.
    """

    request: str
    body_from_env: str | None = None
    token_path: str | None = None
    ttl_s: int = 0


class JwtCredentials(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="jwt"):
    """The recorded token, signed anew with a test key; exactly one source of the key is set.

    Attributes:
        header: Lower-case name of the header that carries it.
        algorithm: Of the new signature.
        key_from_env: The environment variable with the key: a secret, or a private key in PEM.
        key_from_file: The file with it.
        key_id: The new ``kid``; ``None`` for none.
        claims: Replace the token's own.
    """

    header: str = "authorization"
    algorithm: Algorithm = "HS256"
    key_from_env: str | None = None
    key_from_file: str | None = None
    key_id: str | None = None
    claims: Mapping[str, Any] = {}


type CredentialSettings = (
    HeaderCredentials | CommandCredentials | ClientCredentials | LoginCredentials | JwtCredentials
)

KINDS: Mapping[str, type[msgspec.Struct]] = {
    "header": HeaderCredentials,
    "command": CommandCredentials,
    "oauth2-client-credentials": ClientCredentials,
    "login": LoginCredentials,
    "jwt": JwtCredentials,
}
"""By the name in the configuration."""

ONE_OF: Mapping[str, tuple[str, str]] = {
    "header": ("value", "value_from_env"),
    "oauth2-client-credentials": ("client_secret_from_env", "client_secret_from_command"),
    "jwt": ("key_from_env", "key_from_file"),
}
"""Of these two fields, a kind needs exactly one."""


def supplied(settings: Sequence[CredentialSettings]) -> frozenset[bytes]:
    """The headers (lower case) whose recorded value the candidate does not get, whatever it is."""
    return frozenset(
        _header(one).encode() for one in settings if not isinstance(one, JwtCredentials)
    )


def _header(settings: _Carried) -> str:
    is_cookie = isinstance(settings, LoginCredentials) and settings.token_path is None
    return "cookie" if is_cookie else settings.header
