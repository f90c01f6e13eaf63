"""What the store and the clock say of rules, for the commands about them."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import msgspec

from shadowpact.compare.expiry import utc_day
from shadowpact.compare.fields import URLS
from shadowpact.compare.origins import HOSTS, OWN_ORIGIN
from shadowpact.compare.settings import Rule
from shadowpact.compare.trial import Kept, kept_samples
from shadowpact.compare.volatile import TRANSFER, VOLATILE
from shadowpact.model.clock import SystemClock
from shadowpact.model.evidence import IgnoredDifferences, RuleHits
from shadowpact.model.finding import Finding
from shadowpact.state import open_store, store_file

BUILTIN = "builtin:"

_OF_URLS = (OWN_ORIGIN, HOSTS)

BY_MEANING: Mapping[str, tuple[str, ...]] = {
    "set-cookie": ("builtin:cookie-value",),
    "etag": ("builtin:etag",),
    "retry-after": ("builtin:retry-after",),
    **dict.fromkeys(sorted(URLS), _OF_URLS),
}
"""Headers of which built-in rules cover a part only."""

BUILTIN_RULES_OF: Mapping[str, tuple[str, ...]] = {
    **{header: (rule,) for header, rule in {**VOLATILE, **TRANSFER}.items()},
    **BY_MEANING,
}
"""The built-in rules by header."""


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """What the store says of rules.

    Attributes:
        pairs: Compared so far.
        hits: By rule.
        routes: Seen so far.
        ignored: What rules covered, and where.
        findings: What no rule covered.
        samples: Redacted pairs.
    """

    pairs: int = 0
    hits: Mapping[str, RuleHits] = {}
    routes: tuple[str, ...] = ()
    ignored: tuple[IgnoredDifferences, ...] = ()
    findings: tuple[Finding, ...] = ()
    samples: tuple[Kept, ...] = ()


def stored_evidence(state: Path) -> Stored:
    """What a state folder holds; nothing while there is no store."""
    if not store_file(state).exists():
        return Stored()
    store = open_store(state)
    try:
        with store.snapshot():
            findings = store.findings()
            return Stored(
                pairs=store.evidence().pairs,
                hits={hits.rule: hits for hits in store.rule_hits()},
                routes=tuple(sorted({one.route for one in store.routes() if one.pairs})),
                ignored=store.ignored(),
                findings=findings,
                samples=kept_samples(findings, store.behaviours()),
            )
    finally:
        store.close()


def today() -> date:
    """The day that decides which rules have expired."""
    return utc_day(SystemClock().now_us())


def rule_place(rule: Rule) -> str:
    """``$.updated_at on GET /orders/{id}, status 200``."""
    place = rule.path or (f"header {rule.header}" if rule.header else f"the {rule.location}")
    limits = (
        ("on ", rule.route),
        ("status ", rule.status),
        ("media type ", rule.media_type),
        ("candidate ", rule.candidate),
    )
    said = ", ".join(f"{word}{value}" for word, value in limits if value is not None)
    return f"{place} {said}".rstrip()
