"""Wires what verification needs: the candidate's settings, its credentials, states and sessions."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from shadowpact.contracts.client import Client, Provider, address
from shadowpact.contracts.execute import Target
from shadowpact.contracts.means import Means, Sessions
from shadowpact.contracts.states import StateHandler
from shadowpact.errors import ConfigError, UsageError
from shadowpact.mirror.settings import CandidateSettings
from shadowpact.model.clock import Clock, SystemClock
from shadowpact.model.exchange import Failure, Request, Response

if TYPE_CHECKING:
    from shadowpact.config.settings import Settings  # slow to load, and often there are none
    from shadowpact.contracts.credentials import ThreadCredentials

RESET_S = 60.0
"""What one reset may take."""


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What a verification was asked for.

    Attributes:
        provider: Name of the provider; of the candidate in the configuration.
        url: Where it answers; ``None`` for the candidate's.
        headers: As given, ``Authorization: Bearer ...``.
        states: URL, file or module; see :func:`.state_functions.load_states`.
        sessions: A recording whose sessions make provider states.
        reset: URL or command, before each interaction.
        timeout_s: For one request; ``None`` for the candidate's.
        workers: Processes of the verifier; ``None`` for as many as fit.
        is_insecure: Whether any certificate will do.
    """

    provider: str
    url: str | None = None
    headers: Sequence[str] = ()
    states: str | None = None
    sessions: Path | None = None
    reset: str | None = None
    timeout_s: float | None = None
    workers: int | None = None
    is_insecure: bool = False


def target_for(wishes: Wishes, settings: "Settings | None") -> Target:
    """Where the provider answers, and how it is asked.

    Raises:
        UsageError: Nobody says where it answers, the URL cannot be used, or a header has no name.
    """
    candidate = candidate_of(wishes.provider, settings)
    url = wishes.url or (candidate.url if candidate else None)
    if url is None:
        raise UsageError(
            f"--url: where does {wishes.provider!r} answer? Pass --url URL, or set url in "
            f"[candidates.{wishes.provider}] of shadowpact.toml."
        )
    address(url)
    default_ms = candidate.timeout_ms if candidate else Target(url=url).timeout_ms
    timeout_ms = default_ms if wishes.timeout_s is None else max(1, round(wishes.timeout_s * 1000))
    return Target(
        url=url,
        headers=_headers(wishes.headers),
        timeout_ms=timeout_ms,
        workers=wishes.workers,
        verifies_tls=not wishes.is_insecure,
    )


def candidate_of(provider: str, settings: "Settings | None") -> CandidateSettings | None:
    """The candidate of this name in the configuration."""
    candidates = settings.mirror.candidates if settings is not None else ()
    return next((one for one in candidates if one.name == provider), None)


def _headers(given: Sequence[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for text in given:
        name, colon, value = text.partition(":")
        if not colon or not name.strip():
            raise UsageError(f"--header {text!r} is not like 'Authorization: Bearer ...'")
        headers[name.strip()] = value.strip()
    return headers


@contextmanager
def means_for(
    wishes: Wishes,
    target: Target,
    settings: "Settings | None",
    *,
    interactions: Sequence[Mapping[str, Any]] = (),
    state: Path = Path(".shadowpact"),
    clock: Clock | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Iterator[Means]:
    """What stands between verifier and provider, as long as the block lasts.

    Args:
        wishes: What was asked for.
        target: See :func:`target_for`.
        settings: The configuration; ``None`` without one.
        interactions: Those that sessions are looked for.
        state: The state folder, whose key opens a recording's credentials.
        clock: Of the credentials.
        environ: Where credentials come from.

    Raises:
        UsageError: States cannot be loaded.
        ConfigError: Credentials name a variable or file that is missing.
    """
    timeout_s = target.timeout_ms / 1000
    states = _states(wishes.states, timeout_s) if wishes.states else None
    reset = _reset(wishes.reset) if wishes.reset else None
    with ExitStack() as stack:
        credentials = _credentials(wishes, target, settings, clock or SystemClock(), environ)
        if credentials is not None:
            stack.enter_context(credentials)
        sessions = _sessions(wishes, settings, interactions, credentials, state)
        yield Means(
            states=states,
            reset=reset,
            credentials=credentials,
            sessions=sessions,
            shape=_shape(wishes, settings),
        )


def _shape(wishes: Wishes, settings: "Settings | None") -> Callable[[Request], Request] | None:
    """What the candidate wants changed, as when requests are mirrored to it."""
    candidate = candidate_of(wishes.provider, settings)
    if candidate is None:
        return None
    from shadowpact.mirror.shape import shape_of  # noqa: PLC0415 - slow to load

    return shape_of(candidate)


def _states(where: str, timeout_s: float) -> StateHandler:
    from shadowpact.contracts.state_functions import load_states  # noqa: PLC0415 - slow to load

    return load_states(where, timeout_s=timeout_s)


def _reset(hook: str) -> Callable[[], None]:
    from shadowpact.contracts.reset import reset_by  # noqa: PLC0415 - slow to load

    return reset_by(hook, timeout_s=RESET_S)


def _sessions(
    wishes: Wishes,
    settings: "Settings | None",
    interactions: Sequence[Mapping[str, Any]],
    credentials: "ThreadCredentials | None",
    state: Path,
) -> Sessions | None:
    if wishes.sessions is None:
        return None
    from shadowpact.routes import Entry, RouteTable  # noqa: PLC0415 - slow to load
    from shadowpact.secrets import Sealer, existing_key  # noqa: PLC0415 - likewise
    from shadowpact.session_states import RecordedSessions  # noqa: PLC0415 - likewise

    candidate = candidate_of(wishes.provider, settings)
    entries = [
        Entry(pattern=route.pattern, candidate=wishes.provider, writes="on")
        for route in (candidate.routes if candidate is not None else ())
    ]
    return RecordedSessions(
        wishes.sessions,
        interactions,
        sealer=Sealer(existing_key(state), settings.secrets if settings is not None else None),
        routes=RouteTable(entries),
        credentials=credentials,
        shape=_shape(wishes, settings),
        is_reset=wishes.reset is not None,
        session=settings.replay.session if settings is not None else None,
    )


def _credentials(
    wishes: Wishes,
    target: Target,
    settings: "Settings | None",
    clock: Clock,
    environ: Mapping[str, str],
) -> "ThreadCredentials | None":
    candidate = candidate_of(wishes.provider, settings)
    if candidate is None or not candidate.credentials:
        return None
    from shadowpact.contracts.credentials import ThreadCredentials  # noqa: PLC0415 - slow to load
    from shadowpact.credentials.build import provider_for  # noqa: PLC0415 - likewise

    try:
        provider = provider_for(
            candidate.credentials,
            environ=environ,
            clock=clock,
            send=_sender(target),
            for_all=True,
        )
    except ConfigError as error:
        raise ConfigError(f"candidate {candidate.name}: {error}") from None
    return None if provider is None else ThreadCredentials(provider)


class _Sender:
    """Asks the provider, for a login."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def __call__(self, request: Request) -> Response | Failure:
        import asyncio  # noqa: PLC0415 - slow to load

        try:
            return await asyncio.to_thread(self._client.ask, request)
        except (OSError, ValueError) as error:
            return Failure(kind="other", message=self._client.reason(error))


def _sender(target: Target) -> _Sender:
    host, port, scheme, path = address(target.url)
    return _Sender(
        Client(
            Provider(
                scheme=scheme,
                host=host,
                port=port,
                path=path,
                timeout_s=target.timeout_ms / 1000,
                verifies_tls=target.verifies_tls,
            )
        )
    )
