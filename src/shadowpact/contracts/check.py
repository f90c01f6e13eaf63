"""The two-sided self-check: what does an expected answer say to the answers that were recorded?

Asked of the real verifier, so that no opinion of ours about Pact's rules gets into a contract.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from shadowpact.contracts.execute import Ran, Target, run
from shadowpact.contracts.stub import SampleServer
from shadowpact.model.exchange import Response

_TIMEOUT_MS = 30_000
"""The stub is on this machine; only a machine under load needs so long."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One question.

    Attributes:
        expected: ``response`` of an interaction.
        answer: What the stub gives.
        is_head: Whether the request is a HEAD.
    """

    expected: Mapping[str, Any]
    answer: Response
    is_head: bool = False


def check(cases: Sequence[Case]) -> list[Ran]:
    """Whether each answer is what its case expects, in the order of the cases."""
    if not cases:
        return []
    with SampleServer([case.answer for case in cases]) as server:
        pacts = [_pact(case, number) for number, case in enumerate(cases)]
        return run(
            pacts,
            Target(url=server.url, timeout_ms=_TIMEOUT_MS, is_direct=True),
            provider="samples",
        )


def _pact(case: Case, number: int) -> dict[str, Any]:
    return {
        "consumer": {"name": "self-check"},
        "provider": {"name": "samples"},
        "interactions": [
            {
                "type": "Synchronous/HTTP",
                "request": {"method": "HEAD" if case.is_head else "GET", "path": f"/{number}"},
                "response": dict(case.expected),
            }
        ],
        "metadata": {"pactSpecification": {"version": "4.0"}},
    }
