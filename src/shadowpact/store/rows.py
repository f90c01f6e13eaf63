"""Between rows and values."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from shadowpact.model.alias import AliasRow
from shadowpact.model.batch import Batch, BehaviourKey, Cursor, FindingKey
from shadowpact.model.behaviour import Behaviour
from shadowpact.model.difference import Difference, Kind
from shadowpact.model.evidence import Evidence, RouteEvidence, RuleHits
from shadowpact.model.finding import Finding, FindingVerdict, Seen, finding_id
from shadowpact.model.histogram import ratio
from shadowpact.model.pair import Sample
from shadowpact.model.profile import Profile, profile_of
from shadowpact.store import schema

type Row = Mapping[str, Any]
type Owner = FindingKey | BehaviourKey
type Samples = Mapping[Owner, tuple[Sample, ...]]
type Judge = Callable[[Kind, bool, Seen], FindingVerdict]
"""``(kind, whether the status class changed, how often it was seen)`` to the verdict."""

_VERDICT_ORDER = ("real", "undecided", "noise")


def counted(batch: Batch) -> Iterator[tuple[sa.Table, list[dict[str, Any]]]]:
    """The rows of a batch that are nothing but counts, by table."""
    sources: tuple[tuple[sa.Table, Mapping[Any, int]], ...] = (
        (schema.outcomes, batch.outcomes),
        (schema.latencies, batch.latencies),
        (schema.rule_errors, batch.rule_errors),
        (schema.profiles, _flat(batch.profiles)),
        (schema.behaviours, {msgspec.structs.astuple(k): n for k, n in batch.behaviours.items()}),
        (schema.rule_hits, {msgspec.structs.astuple(k): n for k, n in batch.rules.items()}),
    )
    for table, counts in sources:
        names = [column.name for column in table.columns if column.name != "count"]
        yield (
            table,
            [
                {**dict(zip(names, key, strict=True)), "count": count}
                for key, count in sorted(counts.items())
            ],
        )


def _flat(profiles: Mapping[tuple[BehaviourKey, str, str], int]) -> dict[tuple[Any, ...], int]:
    return {(*msgspec.structs.astuple(key), *rest): n for (key, *rest), n in profiles.items()}


def finding_rows(batch: Batch) -> list[dict[str, Any]]:
    """The findings of a batch."""
    return [
        {
            **msgspec.structs.asdict(key),
            **msgspec.structs.asdict(delta),
            "state": "open",
        }
        for key, delta in batch.findings.items()
    ]


def alias_row(alias: AliasRow) -> dict[str, Any]:
    """The row of an alias."""
    return {
        **msgspec.structs.asdict(alias),
        "recorded": msgspec.json.encode(alias.recorded).decode(),
        "side": msgspec.json.encode(alias.side).decode(),
    }


def alias_of(row: Row) -> AliasRow:
    """The alias in a row."""
    values = {name: msgspec.json.decode(row[name]) for name in ("recorded", "side")}
    return AliasRow(**{**row, **values})


def cursor_row(cursor: Cursor) -> dict[str, Any]:
    """The row of a cursor; sequences ahead are stored as steps from one to the next."""
    steps, last = [], cursor.sequence
    for sequence in sorted(cursor.ahead):
        steps.append(sequence - last)
        last = sequence
    return {
        "recording": cursor.recording,
        "segment": cursor.segment,
        "byte_offset": cursor.offset,
        "sequence": cursor.sequence,
        "ahead": msgspec.msgpack.encode(steps),
    }


def cursor_of(row: Row) -> Cursor:
    """The cursor in a row."""
    ahead, last = [], row["sequence"]
    for step in msgspec.msgpack.decode(row["ahead"], type=list[int]):
        last += step
        ahead.append(last)
    return Cursor(
        recording=row["recording"],
        segment=row["segment"],
        offset=row["byte_offset"],
        sequence=row["sequence"],
        ahead=tuple(ahead),
    )


def owner_text(owner: Owner) -> str:
    """The key of a sample's owner."""
    kind = "finding" if isinstance(owner, FindingKey) else "behaviour"
    return msgspec.json.encode([kind, *msgspec.structs.astuple(owner)]).decode()


def owner_of(text: str) -> Owner:
    """The inverse of :func:`owner_text`."""
    kind, *fields = msgspec.json.decode(text)
    return FindingKey(*fields) if kind == "finding" else BehaviourKey(*fields)


def sample_bytes(sample: Sample) -> bytes:
    """A sample as JSON, which unlike msgpack has integers of any size."""
    try:
        return msgspec.json.encode(sample)
    except (UnicodeEncodeError, TypeError, msgspec.ValidationError):
        # a value that JSON cannot say (a lone surrogate, say) is shown as Python spells it
        plain = tuple(_spelled(difference) for difference in sample.differences)
        return msgspec.json.encode(msgspec.structs.replace(sample, differences=plain))


def sample_of(content: bytes) -> Sample:
    """The inverse of :func:`sample_bytes`."""
    return msgspec.json.decode(content, type=Sample)


def without_repetition(samples: Iterable[Sample]) -> tuple[Sample, ...]:
    """Each exchange once; the smallest may have been chosen for the reservoir too."""
    return tuple({sample.exchange_id: sample for sample in samples}.values())


def _spelled(difference: Difference) -> Difference:
    return msgspec.structs.replace(
        difference,
        path=ascii(difference.path)[1:-1],
        general_path=ascii(difference.general_path)[1:-1],
        baseline=ascii(difference.baseline),
        candidate=ascii(difference.candidate),
        message=ascii(difference.message)[1:-1],
    )


def evidence(outcomes: Iterable[Row]) -> Evidence:
    """Counts over all routes."""
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in outcomes:
        sums[row["outcome"]][row["reason"]] += row["count"]
    totals = {outcome: sum(reasons.values()) for outcome, reasons in sums.items()}
    return Evidence(
        exchanges=sum(totals.get(name, 0) for name in ("pair", "dropped", "incomparable")),
        pairs=totals.get("pair", 0),
        equal=totals.get("equal", 0),
        dropped=dict(sorted(sums["dropped"].items())),
        incomparable=dict(sorted(sums["incomparable"].items())),
    )


def routes(outcomes: Iterable[Row], latencies: Iterable[Row]) -> tuple[RouteEvidence, ...]:
    """Counts and latency ratios by route and candidate."""
    sums: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in outcomes:
        sums[row["route"], row["candidate"]].append(row)
    histograms: dict[tuple[str, str], dict[str, dict[int, int]]] = defaultdict(
        lambda: {"baseline": {}, "candidate": {}}
    )
    for row in latencies:
        histograms[row["route"], row["candidate"]][row["side"]][row["bucket"]] = row["count"]
    return tuple(_route(key, sums[key], histograms[key]) for key in sorted(sums))


def _route(
    key: tuple[str, str], counts: Sequence[Row], sides: Mapping[str, Mapping[int, int]]
) -> RouteEvidence:
    total = evidence(counts)
    return RouteEvidence(
        route=key[0],
        candidate=key[1] or None,
        pairs=total.pairs,
        equal=total.equal,
        dropped=total.dropped,
        incomparable=total.incomparable,
        p50_ratio=ratio(sides["baseline"], sides["candidate"], 0.5),
        p95_ratio=ratio(sides["baseline"], sides["candidate"], 0.95),
    )


def findings(
    found: Iterable[Row], outcomes: Iterable[Row], samples: Samples, judge: Judge
) -> tuple[Finding, ...]:
    """All findings: real ones first, then by pairs, route and path.

    What only baseline and twin differ in is no finding.
    """
    pairs, twin_pairs = dict[tuple[str, str], int](), dict[tuple[str, str], int]()
    for row in outcomes:
        if row["outcome"] in {"pair", "twin"}:
            counts = pairs if row["outcome"] == "pair" else twin_pairs
            counts[row["route"], row["candidate"]] = row["count"]
    values = [_finding(row, pairs, twin_pairs, samples, judge) for row in found if row["pairs"]]
    return tuple(
        sorted(
            values,
            key=lambda finding: (
                _VERDICT_ORDER.index(finding.verdict),
                -finding.pairs,
                finding.route,
                finding.location,
                finding.path,
                finding.kind,
                finding.candidate,
            ),
        )
    )


def _finding(
    row: Row,
    pairs: Mapping[tuple[str, str], int],
    twin_pairs: Mapping[tuple[str, str], int],
    samples: Samples,
    judge: Judge,
) -> Finding:
    key = FindingKey(**{name: row[name] for name in FindingKey.__struct_fields__})
    seen = Seen(
        pairs=row["pairs"],
        route_pairs=pairs.get((key.route, key.candidate), 0),
        twin_differing=row["twin_differing"],
        twin_pairs=twin_pairs.get((key.route, key.candidate), 0),
    )
    return Finding(
        id=finding_id(key.fingerprint),
        **msgspec.structs.asdict(key),
        severity=row["severity"],
        count=row["count"],
        **msgspec.structs.asdict(seen),
        verdict=judge(key.kind, row["is_status_class"], seen),
        state=row["state"],
        first_seen_at=datetime.fromtimestamp(row["first_seen_us"] / 1_000_000, UTC),
        last_seen_at=datetime.fromtimestamp(row["last_seen_us"] / 1_000_000, UTC),
        samples=samples.get(key, ()),
    )


def behaviours(found: Iterable[Row], samples: Samples) -> tuple[Behaviour, ...]:
    """All behaviours, by consumer, candidate, route, status and shape."""
    values = []
    for row in found:
        key = BehaviourKey(**{name: row[name] for name in BehaviourKey.__struct_fields__})
        values.append((key, row["count"], samples.get(key, ())))
    values.sort(key=lambda value: msgspec.structs.astuple(value[0]))
    return tuple(
        Behaviour(**msgspec.structs.asdict(key), count=count, samples=kept)
        for key, count, kept in values
    )


def profiles(found: Iterable[Row]) -> dict[BehaviourKey, Profile]:
    """What was in the bodies, by behaviour."""
    facts: dict[BehaviourKey, list[tuple[str, str, int]]] = defaultdict(list)
    for row in found:
        key = BehaviourKey(**{name: row[name] for name in BehaviourKey.__struct_fields__})
        facts[key].append((row["path"], row["fact"], row["count"]))
    return {key: profile_of(sorted(held)) for key, held in facts.items()}


def rule_hits(hits: Iterable[Row], errors: Iterable[Row]) -> tuple[RuleHits, ...]:
    """What each rule covered, by kind, and how often it raised."""
    kinds: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    raised: dict[str, int] = defaultdict(int)
    for row in hits:
        kinds[row["rule"]][row["kind"]] += row["count"]
    for row in errors:
        raised[row["rule"]] += row["count"]
    return tuple(
        RuleHits(rule=rule, differences=dict(sorted(kinds[rule].items())), errors=raised[rule])
        for rule in sorted(kinds.keys() | raised.keys())
    )
