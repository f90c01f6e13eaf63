"""Builders of verifications as they end."""

from pathlib import Path
from typing import Any

from shadowpact.contracts.interaction import Notes
from shadowpact.contracts.mismatch import Mismatch
from shadowpact.contracts.outcomes import Outcome, Verdict, Verification, Verified
from shadowpact.contracts.sidecar import Seen
from shadowpact.model.exchange import Request

WRONG = Mismatch(part="body", path="$.a", expected=1, actual="1", message="$.a is a text")
SEEN = Seen(
    key="k-failed",
    route="GET /a",
    count=17,
    of=60,
    first="2026-05-04T10:00:00Z",
    last="2026-05-06T10:00:00Z",
    traces=("4bf92f3577b34da6a3ce929d0e0e4736",),
)
SENT = Request(
    method="GET",
    scheme="http",
    authority="",
    target="/a?b=1",
    http_version="HTTP/1.1",
    headers=((b"Authorization", b"Bearer not-shown"), (b"X-A", b"it's"), (b"host", b"h")),
)


def verified(outcome: Outcome, *, pending: bool = False, **more: Any) -> Verified:
    notes = Notes(text=("fnd_1: body $.a type-changed",), findings=("fnd_1",))
    return Verified(
        **{
            "file": Path("a.json"),
            "key": f"k-{outcome}",
            "description": f"it {outcome}",
            "consumer": "web",
            "pending": pending,
            "outcome": outcome,
            "mismatches": () if outcome == "passed" else (WRONG,),
            "request": {"method": "GET", "path": "/a", "query": {"b": ["1", "ü 2"]}},
            "notes": notes,
            **more,
        }
    )


def verification(
    *ones: Verified, verdict: Verdict = "fail", reason: str = "it says why", **more: Any
) -> Verification:
    return Verification(
        provider="orders",
        url="http://orders.test",
        verdict=verdict,
        reason=reason,
        interactions=ones,
        **more,
    )


ALL = verification(
    verified("passed"),
    verified("passed", pending=True),
    verified("failed", seen=SEEN, sent=SENT),
    verified("pending-failed", pending=True),
    verified("state-failed"),
    verified("error"),
    reason="3 of 6 interactions block",
)
"""One of each outcome, and one that is fixed."""


def text_of(told: Any) -> str:
    return "\n".join(text for text, _ in told)
