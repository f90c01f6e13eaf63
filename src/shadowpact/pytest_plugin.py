"""The pytest plugin: pact files as tests, and a fixture that verifies pacts inside a test.

``pytest --shadowpact-url http://127.0.0.1:9001 contracts/`` makes every interaction a test. This
module is loaded in every pytest run of the environment, so it imports nothing of shadowpact until
it is asked for something: see ``pytest_collecting`` and ``pytest_shards``.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

import pytest

type StateFunction = Callable[[dict[str, Any]], Any]
"""Gets the state's parameters; returns values or nothing, or yields them and then tears down."""


class ProviderStates:
    """What the fixture ``shadowpact_state`` gives: a decorator for functions that make states."""

    def __init__(self) -> None:
        self.functions: dict[str, StateFunction] = {}

    def __call__[F: StateFunction](self, name: str) -> Callable[[F], F]:
        """Register a function for the state of this name; ``*`` for those that no other takes."""

        def register(function: F) -> F:
            self.functions[name] = function
            return function

        return register


class VerifyPacts(Protocol):
    """What the fixture ``shadowpact_verify`` gives."""

    def __call__(
        self,
        contracts: str | Path,
        *,
        provider: str,
        url: str,
        consumer: str | None = None,
        headers: Mapping[str, str] | None = None,
        states: Mapping[str, StateFunction] | None = None,
        state_url: str | None = None,
        strict: bool = False,
        timeout_ms: int = 5000,
    ) -> None:
        """Fail the test when an interaction blocks, or when there was nothing to verify."""
        ...


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options, each of them in the configuration file, too."""
    group = parser.getgroup("shadowpact", "verify pacts against a provider")
    for name, value, text in _OPTIONS:
        group.addoption(f"--shadowpact-{name}", metavar=value, help=text)
        parser.addini(f"shadowpact_{name}", f"{text} (--shadowpact-{name})")
    text = "added to every request, 'Authorization: Bearer ...'; may be repeated"
    group.addoption("--shadowpact-header", action="append", metavar="HEADER", help=text)
    parser.addini("shadowpact_header", f"{text} (--shadowpact-header)", type="linelist")
    text = "pending and waived interactions may not fail either"
    group.addoption("--shadowpact-strict", action="store_true", help=text)
    parser.addini("shadowpact_strict", f"{text} (--shadowpact-strict)", type="bool", default=False)


_OPTIONS: Final = (
    (
        "url",
        "URL",
        "collect pact files and verify them there; 'fixture': where shadowpact_url says",
    ),
    ("provider", "NAME", "only pacts of this provider"),
    ("consumer", "NAME", "only pacts of this consumer"),
    ("states", "WHERE", "who makes provider states: a URL, states.py, module or module:name"),
    ("sessions", "RECORDING", "what came before each interaction in it is replayed first"),
    ("reset", "HOOK", "before each interaction: a URL that gets a POST, or a command"),
    ("timeout", "SECONDS", "for one request"),
)


def pytest_configure(config: pytest.Config) -> None:
    """Collect pacts when there is a URL; do nothing at all when there is none."""
    if config.getoption("shadowpact_url") or config.getini("shadowpact_url"):
        from shadowpact.pytest_collecting import register  # noqa: PLC0415 - see the module

        register(config)


@pytest.fixture(scope="session")
def shadowpact_url(pytestconfig: pytest.Config) -> str:
    """Where the provider answers; a conftest.py may start it and say so here."""
    from shadowpact.pytest_shards import FROM_FIXTURE, setting  # noqa: PLC0415 - see the module

    url = setting(pytestconfig, "url")
    if url is None or url == FROM_FIXTURE:
        pytest.fail(
            "where does the provider answer? Pass --shadowpact-url, or write a session fixture "
            "shadowpact_url in conftest.py",
            pytrace=False,
        )
    return url


@pytest.fixture(scope="session")
def shadowpact_headers() -> Mapping[str, str]:
    """Headers for every request, besides those of the options; to be written in a conftest.py."""
    return {}


@pytest.fixture(scope="session")
def shadowpact_state() -> ProviderStates:
    """Register functions that make provider states: ``@shadowpact_state("an order exists")``."""
    return ProviderStates()


@pytest.fixture
def shadowpact_verify() -> VerifyPacts:
    """Verify pacts: ``shadowpact_verify("contracts", provider="orders", url=server.url)``."""
    return _verify


def _verify(
    contracts: str | Path,
    *,
    provider: str,
    url: str,
    consumer: str | None = None,
    headers: Mapping[str, str] | None = None,
    states: Mapping[str, StateFunction] | None = None,
    state_url: str | None = None,
    strict: bool = False,
    timeout_ms: int = 5000,
) -> None:
    __tracebackhide__ = True
    # Not at the top, see the module.
    from shadowpact.contracts.execute import Target  # noqa: PLC0415 - see the module
    from shadowpact.contracts.means import Means  # noqa: PLC0415 - see the module
    from shadowpact.contracts.present_verify import verify_lines  # noqa: PLC0415 - see the module
    from shadowpact.contracts.state_functions import (  # noqa: PLC0415 - see the module
        FunctionStates,
        load_states,
    )
    from shadowpact.contracts.verify import verify  # noqa: PLC0415 - see the module

    handler = load_states(state_url, timeout_s=timeout_ms / 1000) if state_url else None
    verification = verify(
        Path(contracts),
        provider=provider,
        target=Target(url=url, headers=headers or {}, timeout_ms=timeout_ms),
        consumer=consumer,
        is_strict=strict,
        means=Means(states=FunctionStates(states) if states is not None else handler),
    )
    if verification.verdict != "pass":
        text = "\n".join(line for line, _ in verify_lines(verification))
        pytest.fail(text, pytrace=False)
