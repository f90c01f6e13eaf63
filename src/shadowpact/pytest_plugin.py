"""A pytest fixture that verifies pacts against a provider that the test has started.

Everything else of shadowpact is imported when the fixture is used: a plugin is loaded in every
pytest run of the environment.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pytest


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
        state_url: str | None = None,
        strict: bool = False,
        timeout_ms: int = 5000,
    ) -> None:
        """Fail the test when an interaction blocks, or when there was nothing to verify."""
        ...


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
    state_url: str | None = None,
    strict: bool = False,
    timeout_ms: int = 5000,
) -> None:
    __tracebackhide__ = True
    # Not at the top, see the module.
    from shadowpact.contracts.execute import Target  # noqa: PLC0415 - see the module
    from shadowpact.contracts.present import verify_lines  # noqa: PLC0415 - see the module
    from shadowpact.contracts.verify import verify  # noqa: PLC0415 - see the module

    verification = verify(
        Path(contracts),
        provider=provider,
        target=Target(url=url, headers=headers or {}, state_url=state_url, timeout_ms=timeout_ms),
        consumer=consumer,
        is_strict=strict,
    )
    if verification.verdict != "pass":
        text = "\n".join(line for line, _ in verify_lines(verification))
        pytest.fail(text, pytrace=False)
