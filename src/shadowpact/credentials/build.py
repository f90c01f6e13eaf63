"""From settings to a provider."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import msgspec

from shadowpact.credentials import command
from shadowpact.credentials.headers import (
    carries_credential,
    field_value,
    with_cookies,
    with_header,
)
from shadowpact.credentials.login import Cookies, Login, Recorded, Send
from shadowpact.credentials.oauth2 import TokenEndpoint
from shadowpact.credentials.provider import CredentialProvider, Fixed, Renewing, Several
from shadowpact.credentials.secret import Secret
from shadowpact.credentials.settings import (
    ClientCredentials,
    CommandCredentials,
    CredentialSettings,
    HeaderCredentials,
    JwtCredentials,
    LoginCredentials,
)
from shadowpact.credentials.shared import Fetched
from shadowpact.errors import ConfigError, CredentialError
from shadowpact.model.clock import Clock
from shadowpact.model.exchange import Request


class _Outside(msgspec.Struct, frozen=True):
    """What a provider needs that is not in its settings."""

    environ: Mapping[str, str]
    clock: Clock
    send: Send
    recorded: Recorded


def provider_for(
    settings: Sequence[CredentialSettings],
    *,
    environ: Mapping[str, str],
    clock: Clock,
    send: Send,
    recorded: Recorded = lambda _pattern: None,
    for_all: bool = False,
) -> CredentialProvider | None:
    """The provider that does what the settings say; ``None`` when they say nothing.

    Args:
        settings: Of one candidate, in the order of the file.
        environ: Where secrets come from, and the environment of commands.
        clock: Tells what has expired.
        send: Asks the candidate; for a login.
        recorded: Finds a request of the recording by its pattern, credentials opened; for a login.
        for_all: Put credentials into every request, whatever ``apply-to`` says: what is sent is
            made (a contract's), so it does not show who asked.

    Raises:
        ConfigError: A variable or file is missing, or holds no such key.
    """
    outside = _Outside(environ, clock, send, recorded)
    if for_all:
        settings = [_for_all(one) for one in settings]
    providers = [_provider(one, outside) for one in settings]
    if len(providers) > 1:
        return Several(providers)
    return providers[0] if providers else None


def _for_all(settings: CredentialSettings) -> CredentialSettings:
    if isinstance(settings, JwtCredentials):
        return settings
    return msgspec.structs.replace(settings, apply_to="all")


def _provider(settings: CredentialSettings, outside: _Outside) -> CredentialProvider:
    match settings:
        case HeaderCredentials():
            return _header(settings, outside)
        case CommandCredentials():
            return _renewing_token(settings, partial(_from_command, settings, outside), outside)
        case ClientCredentials():
            endpoint = TokenEndpoint(settings, _client_secret(settings, outside))
            return _renewing_token(settings, endpoint, outside)
        case LoginCredentials():
            return _login(settings, outside)
        case JwtCredentials():
            return _jwt(settings, outside)


def _header(settings: HeaderCredentials, outside: _Outside) -> CredentialProvider:
    name = settings.value_from_env
    token = _variable(name, outside) if name is not None else ""
    if settings.value is not None:
        token = settings.value.reveal()
    put, takes = _putter(settings), _taker(settings)
    secret = Secret(token)
    try:
        put(_EMPTY, secret)
    except CredentialError as error:
        raise ConfigError(f"credentials in {name or 'value'}: {error}") from None
    return Fixed(lambda request: put(request, secret) if takes(request) else request)


_EMPTY = Request(method="GET", scheme="http", authority="", target="/", http_version="HTTP/1.1")


async def _from_command(settings: CommandCredentials, outside: _Outside) -> Fetched[Secret]:
    text = await command.output(
        settings.command, environ=outside.environ, timeout_ms=settings.timeout_ms
    )
    ttl_s = settings.ttl_s or None
    return Fetched(Secret(text), ttl_s, ttl_s)


def _client_secret(settings: ClientCredentials, outside: _Outside) -> Callable[[], Awaitable[str]]:
    if settings.client_secret_from_command is not None:
        return partial(
            command.output,
            settings.client_secret_from_command,
            environ=outside.environ,
            timeout_ms=settings.timeout_ms,
        )
    secret = Secret(_variable(settings.client_secret_from_env or "", outside))

    async def from_environment() -> str:
        return secret.reveal()

    return from_environment


def _login(settings: LoginCredentials, outside: _Outside) -> CredentialProvider:
    name = settings.body_from_env
    login = Login(
        settings,
        send=outside.send,
        recorded=outside.recorded,
        body=None if name is None else _variable(name, outside),
    )
    if settings.token_path is not None:
        return _renewing_token(settings, login.token, outside)

    def put(request: Request, cookies: Cookies) -> Request:
        return with_cookies(request, cookies.revealed())

    return Renewing(login.cookies, put, takes=_taker(settings), clock=outside.clock)


def _jwt(settings: JwtCredentials, outside: _Outside) -> CredentialProvider:
    from shadowpact.credentials.resign import Resigner, SigningKey  # noqa: PLC0415 - slow to load

    if settings.key_from_file is not None:
        where, text = settings.key_from_file, _file(settings.key_from_file)
    else:
        where = settings.key_from_env or ""
        text = _variable(where, outside)
    try:
        key = SigningKey(text, settings.algorithm)
    except CredentialError as error:
        raise ConfigError(f"key of the jwt credentials in {where}: {error}") from None
    return Fixed(Resigner(settings, key, outside.clock).put)


type _Token = CommandCredentials | ClientCredentials | LoginCredentials


def _renewing_token(
    settings: _Token, fetch: Callable[[], Awaitable[Fetched[Secret]]], outside: _Outside
) -> CredentialProvider:
    return Renewing(fetch, _putter(settings), takes=_taker(settings), clock=outside.clock)


def _putter(settings: HeaderCredentials | _Token) -> Callable[[Request, Secret], Request]:
    name = settings.header.encode()

    def put(request: Request, token: Secret) -> Request:
        value = field_value(token.reveal(), header=settings.header, scheme=settings.scheme)
        return with_header(request, name, value.encode())

    return put


def _taker(settings: HeaderCredentials | _Token) -> Callable[[Request], bool]:
    if settings.apply_to == "all":
        return lambda _request: True
    return partial(carries_credential, header=settings.header.encode())


def _variable(name: str, outside: _Outside) -> str:
    value = outside.environ.get(name, "")
    if not value:
        raise ConfigError(f"credentials: the environment variable {name} is not set, or empty")
    return value


def _file(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ConfigError(f"credentials: {path} is not UTF-8") from None
    except OSError as error:
        raise ConfigError(f"credentials: {path} cannot be read: {error.strerror}") from None
