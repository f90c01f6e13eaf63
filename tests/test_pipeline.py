import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shadowpact import pipeline as pipeline_module
from shadowpact.aliases import Aliases
from shadowpact.compare.settings import CompareSettings, Rule
from shadowpact.config.settings import Settings
from shadowpact.contracts.settings import ContractSettings
from shadowpact.errors import RecordingError, StoreError
from shadowpact.lane import Lane, Side
from shadowpact.mirror import schedule as schedule_module
from shadowpact.mirror.candidate import Candidate
from shadowpact.mirror.request import MARKER
from shadowpact.mirror.settings import CandidateSettings, MirrorSettings, RouteSettings
from shadowpact.model.batch import Batch, Cursor
from shadowpact.model.evidence import Evidence
from shadowpact.model.exchange import Cut, Exchange, Failure, Request, Response
from shadowpact.pipeline import Pipeline
from shadowpact.recording.reader import Follower, Recorded
from shadowpact.recording.segments import Position
from shadowpact.secrets import Sealer
from shadowpact.state import open_store
from shadowpact.store.sql import SqlStore
from support.build import JSON, STARTED_US, exchange, request, response
from support.clock import ManualClock
from support.recordings import numbered, record

KEY = bytes(range(64))
WITHIN_S = 10.0

type Answer = Response | Failure
type Asked = Callable[[Request], Answer]


_opened: list[SqlStore] = []


def memory() -> SqlStore:
    """A store in memory, closed after the test."""
    store = open_store(None)
    _opened.append(store)
    return store


@pytest.fixture(autouse=True)
def _closing() -> Iterator[None]:
    yield
    while _opened:
        _opened.pop().close()


class Service:
    """A transport that answers by a function, after a moment, and remembers what it was asked."""

    def __init__(self, answer: Asked | Answer, *, hangs: asyncio.Event | None = None) -> None:
        self._answer = answer
        self._hangs = hangs
        self.asked: list[Request] = []

    async def send(self, request: Request) -> Answer:
        self.asked.append(request)
        await asyncio.sleep(0)
        if self._hangs is not None:
            await self._hangs.wait()
        return (
            self._answer if isinstance(self._answer, Response | Failure) else self._answer(request)
        )

    async def close(self) -> None:
        pass


class Listed:
    """A finite source over exchanges, which many lanes can open."""

    def __init__(self, exchanges: Iterable[Exchange | None], *, start: int = 0) -> None:
        self._left = list(enumerate(exchanges))[start:]

    def read(self, limit: int = 512) -> list[Recorded]:
        count = min(limit, 3)
        part, self._left = self._left[:count], self._left[count:]
        return [Recorded(n, Position(1, 10 * (n + 1), n + 1), one) for n, one in part]


class Run:
    """What one run of a pipeline came to."""

    def __init__(self, store: SqlStore, warnings: list[str]) -> None:
        self.store = store
        self.warnings = warnings

    @property
    def evidence(self) -> Evidence:
        return self.store.evidence()


def settings_of(
    *candidates: CandidateSettings, max_lag_ms: int | None = None, **fields: Any
) -> Settings:
    return Settings(mirror=MirrorSettings(candidates=candidates, max_lag_ms=max_lag_ms), **fields)


def candidate(name: str = "orders", *patterns: str, **fields: Any) -> CandidateSettings:
    routes = tuple(RouteSettings(pattern=pattern) for pattern in patterns or ("/**",))
    return CandidateSettings(name=name, url="http://candidate.test", routes=routes, **fields)


def lane_of(
    settings: CandidateSettings,
    clock: ManualClock,
    service: Service,
    *,
    baseline: Service | None = None,
) -> Lane:
    return Lane(
        Candidate(settings, clock, body_cap_bytes=1 << 20, transport=service),
        aliases=Aliases(settings.name),
        baseline=Side(baseline, Aliases("baseline")) if baseline else None,
    )


async def worked(
    exchanges: Iterable[Exchange | None],
    services: Mapping[str, Service],
    *,
    given: Settings | None = None,
    store: SqlStore | None = None,
    clock: ManualClock | None = None,
    recording: str = "",
    baseline: Service | None = None,
    **fields: Any,
) -> Run:
    """Run the exchanges through; the caller's store, or one in memory."""
    told = given or settings_of(*(candidate(name) for name in services))
    clock = clock or ManualClock()
    kept = store or memory()
    warnings: list[str] = []
    cursor = kept.cursor(recording) if recording else None
    pipeline = Pipeline(
        told,
        kept,
        lanes=[
            lane_of(one, clock, services[one.name], baseline=baseline)
            for one in told.mirror.candidates
        ],
        sealer=Sealer(KEY),
        clock=clock,
        cursor=cursor,
        is_finite=fields.pop("is_finite", True),
        warn=warnings.append,
        **fields,
    )
    values = list(exchanges)
    start = cursor.sequence if cursor else 0
    async with asyncio.timeout(WITHIN_S):
        await pipeline.run(lambda: Listed(values, start=start), recording)
    return Run(kept, warnings)


def echo(asked: Request) -> Response:
    """What the builders' baseline answers."""
    del asked
    return response({"id": 1})


def same() -> dict[str, Service]:
    return {"orders": Service(echo)}


async def test_equal_answers_are_equal_pairs() -> None:
    run = await worked([numbered(n) for n in range(20)], same())

    assert (run.evidence.exchanges, run.evidence.pairs, run.evidence.equal) == (20, 20, 20)
    assert run.store.findings() == ()


async def test_a_difference_becomes_a_finding_with_a_sample() -> None:
    run = await worked([numbered(n) for n in range(4)], {"orders": Service(response({"id": "1"}))})
    (finding,) = run.store.findings()

    assert (finding.route, finding.path, finding.kind) == (
        "GET /orders/{id}",
        "$.id",
        "type-changed",
    )
    assert (finding.count, finding.pairs, finding.route_pairs) == (4, 4, 4)
    assert finding.verdict == "real"
    assert finding.samples[0].baseline.body == b'{"id":1}'
    assert run.evidence.equal == 0


async def test_the_candidate_is_asked_what_the_client_asked() -> None:
    services = same()
    asked = request(target="/a/../b?x=%2F", headers=((b"Cookie", b"sid=made-up-secret"),))
    await worked([Sealer(KEY).seal(exchange(asked))], services)

    assert services["orders"].asked == [asked]


async def test_samples_hold_no_secret() -> None:
    asked = request(
        target="/orders/1?t=made-up-secret", headers=((b"Cookie", b"sid=made-up-secret"),)
    )
    answered = response({"made-up-secret": "made-up-secret"})
    run = await worked(
        [Sealer(KEY).seal(exchange(asked, answered)) for _ in range(3)],
        {"orders": Service(response({}))},
    )

    assert len(run.store.findings()) == 1
    assert "made-up-secret" not in repr(run.store.findings())
    assert "made-up-secret" not in repr(run.store.behaviours())


async def test_a_secret_in_a_path_does_not_become_the_name_of_a_route() -> None:
    asked = request(target="/reset/made-up-secret", headers=((b"Cookie", b"t=made-up-secret"),))
    services = same()
    run = await worked([Sealer(KEY).seal(exchange(asked))], services)

    assert [route.route for route in run.store.routes()] == ["GET /reset/[redacted]"]
    assert services["orders"].asked == [asked]


async def test_what_a_rule_covers_is_ignored_and_counted() -> None:
    rule = Rule(id="ids", kind="ignore", path="$.id", reason="each side makes its own")
    run = await worked(
        [numbered(n) for n in range(3)],
        {"orders": Service(response({"id": 7}))},
        given=settings_of(candidate(), rules=(rule,)),
    )

    assert run.evidence.equal == 3
    assert [(hit.rule, hit.path, hit.count) for hit in run.store.ignored()] == [("ids", "$.id", 3)]


@pytest.mark.parametrize(("expires", "found"), [("2025-06-14", 1), ("2025-06-15", 0)])
async def test_a_rule_hides_nothing_after_its_last_day(expires: str, found: int) -> None:
    rule = Rule(id="r", kind="ignore", path="$.id", reason="r", expires=expires)
    services = {"orders": Service(response({"id": 2}))}

    run = await worked([numbered(1)], services, given=settings_of(candidate(), rules=(rule,)))

    assert len(run.store.findings()) == found


async def test_how_headers_are_compared_is_as_configured() -> None:
    answered = response({"id": 1}, headers=((b"x-version", b"2"),))
    run = await worked(
        [numbered(1)],
        {"orders": Service(answered)},
        given=settings_of(candidate(), compare=CompareSettings(headers="all")),
    )

    assert "x-version" in {finding.path for finding in run.store.findings()}


OUTCOMES: dict[str, tuple[Exchange | None, dict[str, int], dict[str, int]]] = {
    "a damaged frame": (None, {"damaged": 1}, {}),
    "a write": (exchange(request("POST")), {"write-policy": 1}, {}),
    "a copy": (exchange(request(headers=((MARKER, b"1"),))), {"already-mirrored": 1}, {}),
    "an upgrade": (exchange(answered=response(status=101)), {"upgrade": 1}, {}),
    "no candidate": (exchange(request(target="/elsewhere")), {"no-candidate": 1}, {}),
    "a failure": (exchange(answered=Failure(kind="reset")), {}, {"baseline-failed": 1}),
    "a client that left": (
        exchange(answered=Failure(kind="client-disconnected")),
        {},
        {"client-disconnected": 1},
    ),
    "a stream": (
        exchange(
            answered=response(
                cut=Cut(reason="event-stream", length_bytes=9, sha256=bytes(32)),
            )
        ),
        {},
        {"event-stream": 1},
    ),
    "a large answer": (
        exchange(
            answered=response(cut=Cut(reason="over-cap", length_bytes=9, sha256=bytes(32))),
        ),
        {},
        {"over-cap": 1},
    ),
    "another key": (
        Sealer(KEY[::-1]).seal(exchange(request(headers=((b"Cookie", b"sid=made-up"),)))),
        {},
        {"sealed": 1},
    ),
}


@pytest.mark.parametrize(("value", "dropped", "incomparable"), OUTCOMES.values(), ids=OUTCOMES)
async def test_what_is_not_compared_has_a_reason_and_the_candidate_is_not_asked(
    value: Exchange | None, dropped: dict[str, int], incomparable: dict[str, int]
) -> None:
    services = same()
    run = await worked([value], services, given=settings_of(candidate("orders", "/orders/**")))

    assert (run.evidence.dropped, run.evidence.incomparable) == (dropped, incomparable)
    assert (run.evidence.exchanges, run.evidence.pairs) == (1, 0)
    assert services["orders"].asked == [] or incomparable == {"over-cap": 1}


async def test_without_candidates_everything_is_dropped_with_a_reason() -> None:
    run = await worked([numbered(n) for n in range(5)], {}, given=Settings())

    assert run.evidence.dropped == {"no-candidate": 5}


async def test_writes_are_mirrored_once_they_are_on() -> None:
    services = same()
    await worked(
        [exchange(request("POST", body=b"x"))], services, given=settings_of(candidate(writes="on"))
    )

    assert services["orders"].asked == [request("POST", body=b"x")]


@pytest.mark.parametrize("kind", ["time-out", "reset", "other"])
async def test_no_answer_is_a_difference(kind: str) -> None:
    run = await worked(
        [numbered(n) for n in range(3)], {"orders": Service(Failure(kind=kind, elapsed_ms=5.0))}
    )
    (finding,) = run.store.findings()

    assert (finding.location, finding.kind, finding.severity) == ("status", "missing", "breaking")
    assert finding.pairs == run.evidence.pairs == 3
    assert kind in finding.samples[0].differences[0].message


async def test_a_refused_connection_is_no_fair_comparison() -> None:
    run = await worked([numbered(1)], {"orders": Service(Failure(kind="refused"))})

    assert run.evidence.incomparable == {"candidate-unreachable": 1}
    assert run.store.findings() == ()


async def test_what_cannot_be_sent_is_dropped() -> None:
    run = await worked([numbered(1)], {"orders": Service(Failure(kind="unsendable"))})

    assert run.evidence.dropped == {"unsendable": 1}


async def test_a_finite_recording_does_not_wait_for_a_dead_candidate() -> None:
    given = settings_of(candidate(breaker_failures=3, max_in_flight=1))
    run = await worked(
        [numbered(n) for n in range(10)], {"orders": Service(Failure(kind="reset"))}, given=given
    )

    assert (run.evidence.pairs, run.evidence.dropped) == (3, {"candidate-unavailable": 7})


async def test_live_traffic_waits_for_a_candidate_until_it_is_back() -> None:
    failures = [Failure(kind="reset")] * 3

    def back_later(asked: Request) -> Answer:
        return failures.pop() if failures else echo(asked)

    stop, clock = asyncio.Event(), ManualClock()
    service = Service(back_later)
    store = memory()

    def until_all(_cursor: Cursor) -> None:
        clock.advance(1)
        if store.evidence().exchanges == 10:
            stop.set()

    run = await worked(
        [numbered(n) for n in range(10)],
        {"orders": service},
        given=settings_of(candidate(breaker_failures=3, breaker_pause_ms=100, max_in_flight=1)),
        store=store,
        recording="rec",
        is_finite=False,
        clock=clock,
        stop=stop,
        on_commit=until_all,
    )

    assert (run.evidence.pairs, run.evidence.equal, run.evidence.dropped) == (10, 7, {})


async def test_what_waited_too_long_is_incomparable_and_a_later_probe_is_still_sent() -> None:
    """Exchanges that grow too old while the breaker is open must not use up its probes."""
    stop, clock = asyncio.Event(), ManualClock()
    is_back = False

    def back_later(asked: Request) -> Answer:
        return echo(asked) if is_back else Failure(kind="reset")

    store = memory()
    old = [numbered(n) for n in range(6)]
    young = [
        msgspec.structs.replace(numbered(n), started_us=STARTED_US + 10**12) for n in range(6, 9)
    ]

    def step(_cursor: Cursor) -> None:
        nonlocal is_back
        if not is_back:
            is_back = True
            clock.advance(10**6)
        if store.evidence().exchanges == 9:
            stop.set()

    run = await worked(
        [*old, *young],
        {"orders": Service(back_later)},
        given=settings_of(
            candidate(breaker_failures=2, breaker_pause_ms=100, max_in_flight=1), max_lag_ms=60_000
        ),
        store=store,
        recording="rec",
        is_finite=False,
        clock=clock,
        stop=stop,
        on_commit=step,
    )

    assert run.evidence.incomparable == {"lag": 4}
    assert (run.evidence.pairs, run.evidence.equal) == (5, 3)


async def test_an_exchange_that_is_too_old_is_not_sent() -> None:
    clock = ManualClock(now_us=STARTED_US + 61_000_000)
    services = same()
    run = await worked(
        [exchange()], services, given=settings_of(candidate(), max_lag_ms=60_000), clock=clock
    )

    assert run.evidence.incomparable == {"lag": 1}
    assert services["orders"].asked == []


async def test_a_finite_recording_may_be_of_any_age() -> None:
    run = await worked([exchange()], same(), clock=ManualClock(now_us=STARTED_US + 10**15))

    assert run.evidence.pairs == 1


async def test_a_candidate_that_hangs_holds_up_nobody_else() -> None:
    release = asyncio.Event()
    hanging, quick = Service(echo, hangs=release), Service(echo)
    given = settings_of(
        candidate("slow", "/slow/**", max_in_flight=2), candidate("quick", "/quick/**")
    )
    values = [
        exchange(request(target=f"/{side}/{n}")) for n in range(40) for side in ("slow", "quick")
    ]
    store = memory()
    quick_pairs = []

    def look(_cursor: Cursor) -> None:
        routes = {route.candidate: route.pairs for route in store.routes()}
        quick_pairs.append(routes.get("quick", 0))
        if quick_pairs[-1] == 40:
            release.set()

    run = await worked(
        values,
        {"slow": hanging, "quick": quick},
        given=given,
        store=store,
        recording="rec",
        on_commit=look,
    )

    assert 40 in quick_pairs
    assert (run.evidence.pairs, run.evidence.equal) == (80, 80)
    assert store.cursor("rec") == Cursor(recording="rec", segment=1, offset=800, sequence=80)


async def test_a_lane_that_is_too_far_ahead_waits_for_the_slowest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pipeline_module, "LONGEST_LEAD", 10)
    monkeypatch.setattr(pipeline_module, "COMMIT_EVERY_S", 0.01)
    release = asyncio.Event()
    quick = Service(echo)
    store = memory()
    leads = []

    def look(cursor: Cursor) -> None:
        leads.append(len(cursor.ahead))
        if len(leads) == 5:
            release.set()

    run = await worked(
        [exchange(request(target="/slow/1")), *(numbered(n) for n in range(100))],
        {"slow": Service(echo, hangs=release), "orders": quick},
        given=settings_of(candidate("slow", "/slow/**"), candidate("orders", "/orders/**")),
        store=store,
        recording="rec",
        on_commit=look,
    )

    assert max(leads) <= 10
    assert run.evidence.pairs == 101


class Noting:
    """Remembers what other workers would be told."""

    def __init__(self) -> None:
        self.ended: list[int] = []

    def note(self, sequence: int) -> None:
        self.ended.append(sequence)

    def tell(self) -> None:
        pass


async def test_other_workers_hear_of_what_they_may_wait_for() -> None:
    sharing = Noting()
    cookie = response({"id": 1}, headers=((b"set-cookie", b"sid=1"), *JSON))
    await worked(
        [
            numbered(0),
            exchange(request("POST", "/orders")),
            exchange(request(), cookie),
            numbered(3),
        ],
        same(),
        given=settings_of(candidate(writes="on")),
        sharing=sharing,
    )

    assert sorted(sharing.ended) == [1, 2]


async def test_what_is_not_sent_is_read_over_without_a_pause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(schedule_module, "POLL_S", 2 * WITHIN_S)
    others = [exchange(request(target="/users/1")) for _ in range(50)]
    services = {"orders": Service(echo)}

    run = await worked(
        [*others, numbered(1), *others],
        services,
        given=settings_of(candidate("orders", "/orders/**")),
    )

    assert run.evidence.pairs == 1
    assert run.evidence.dropped == {"no-candidate": 100}


async def test_an_exchange_that_our_own_code_fails_at_is_counted_and_the_others_go_on() -> None:
    def odd(asked: Request) -> Answer:
        if asked.target in {"/orders/3", "/orders/4"}:
            raise RuntimeError("a bug of ours")
        return echo(asked)

    run = await worked([numbered(n) for n in range(10)], {"orders": Service(odd)})

    assert (run.evidence.pairs, run.evidence.equal) == (8, 8)
    assert run.evidence.incomparable == {"internal-error": 2}
    assert len(run.warnings) == 1
    assert "a bug of ours" in run.warnings[0]


DEEP = b"[" * 3000 + b"]" * 3000


@pytest.mark.parametrize(
    ("baseline", "answer"),
    [
        (DEEP, b"[]"),
        (DEEP, b"[" * 3000 + b"1" + b"]" * 3000),
        (rb'{"\ud800": 1}', b"{}"),
        (rb'{"a": "\ud800"}', rb'{"a": "\udfff"}'),
        (rb'{"a\u0000b": 1}', b"{}"),
        (b'{"a": 1e999, "b": 123456789012345678901234567890}', b'{"a": 1, "b": 1}'),
        (b"\xff\xfe not json", b"{}"),
        (b"", b"{}"),
        (b'{"a": 1, "a": 2}', b'{"a": 2}'),
    ],
)
async def test_bodies_that_are_odd_end_like_all_others(baseline: bytes, answer: bytes) -> None:
    run = await worked(
        [exchange(answered=response(body=baseline)), exchange()],
        {"orders": Service(response(body=answer))},
    )

    assert run.evidence.exchanges == 2
    assert run.evidence.pairs == 2
    assert run.store.findings() != ()
    assert run.warnings == []


class Failing(SqlStore):
    """A store whose commits fail a few times."""

    failures = 0

    def commit(self, batch: Batch, cursor: Cursor | None) -> None:
        if self.failures > 0:
            self.failures -= 1
            raise StoreError("the database is locked")
        super().commit(batch, cursor)


async def test_a_store_that_fails_a_few_commits_loses_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pipeline_module, "COMMIT_EVERY_S", 0.005)
    plain = memory()
    store = Failing(plain._engine, plain._judge, where="memory")
    store.failures = 4

    async def slow(asked: Request) -> Answer:
        await asyncio.sleep(0.002)
        return echo(asked)

    service = Service(echo)
    monkeypatch.setattr(service, "send", slow)
    run = await worked(
        [numbered(n) for n in range(200)], {"orders": service}, store=store, recording="rec"
    )

    assert store.failures == 0
    assert len(run.warnings) == 4
    assert "database is locked" in run.warnings[0]
    assert (run.evidence.pairs, run.evidence.equal) == (200, 200)
    assert store.cursor("rec") == Cursor(recording="rec", segment=1, offset=2000, sequence=200)


async def test_a_store_that_fails_for_good_ends_the_run_with_its_error() -> None:
    plain = memory()
    store = Failing(plain._engine, plain._judge, where="memory")
    store.failures = 10**9

    with pytest.raises(StoreError, match="database is locked"):
        await worked([numbered(1)], same(), store=store, recording="rec")
    assert plain.evidence().exchanges == 0


async def test_a_commit_that_breaks_otherwise_ends_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pipeline_module, "COMMIT_EVERY_S", 0.005)

    class Broken(SqlStore):
        def commit(self, batch: Batch, cursor: Cursor | None) -> None:
            raise OverflowError(f"too large for a database: {batch} {cursor}")

    plain = memory()
    store = Broken(plain._engine, plain._judge, where="memory")

    with pytest.raises(OverflowError):
        await worked([numbered(1)], same(), store=store, recording="rec", is_finite=False)


async def test_a_source_that_breaks_ends_the_run_and_keeps_what_was_done() -> None:
    class Breaking(Listed):
        def read(self, limit: int = 512) -> list[Recorded]:
            found = super().read(limit)
            if not found:
                raise RecordingError("00000002.rec: recording format 2 is newer")
            return found

    store = memory()
    pipeline = Pipeline(
        settings_of(candidate()),
        store,
        lanes=[lane_of(candidate(), ManualClock(), Service(echo))],
        sealer=Sealer(KEY),
        clock=ManualClock(),
        is_finite=True,
    )

    with pytest.raises(RecordingError, match="format 2 is newer"):
        await pipeline.run(lambda: Breaking([numbered(1), numbered(2)]), "rec")


async def test_once_asked_to_stop_what_is_in_flight_is_seen_through_and_the_rest_is_left() -> None:
    stop, release = asyncio.Event(), asyncio.Event()

    class Stopping(Service):
        async def send(self, request: Request) -> Answer:
            if len(self.asked) == 3:
                stop.set()
                release.set()
            return await super().send(request)

    service = Stopping(echo, hangs=release)
    store = memory()
    given = settings_of(candidate(max_in_flight=4))
    run = await worked(
        [numbered(n) for n in range(50)],
        {"orders": service},
        given=given,
        store=store,
        recording="rec",
        stop=stop,
    )
    assert run.evidence.pairs == len(service.asked) == 4

    again = same()
    run = await worked(
        [numbered(n) for n in range(50)], again, given=given, store=store, recording="rec"
    )
    assert run.evidence.pairs == 50
    assert len(again["orders"].asked) == 46


async def test_the_baseline_can_be_asked_anew() -> None:
    baseline = Service(response({"id": 2}))
    run = await worked([numbered(1)], {"orders": Service(response({"id": 2}))}, baseline=baseline)

    assert (run.evidence.equal, len(baseline.asked)) == (1, 1)


async def test_a_baseline_that_does_not_answer_anew_gives_nothing_to_compare_with() -> None:
    run = await worked([numbered(1)], same(), baseline=Service(Failure(kind="reset")))

    assert run.evidence.incomparable == {"baseline-failed": 1}
    assert run.evidence.pairs == 0


async def test_behaviours_are_counted_by_consumer_status_and_shape() -> None:
    values = [
        exchange(request(headers=((b"x-app", b"web"),))),
        exchange(request(headers=((b"x-app", b"web"),))),
        exchange(request(headers=((b"x-app", b"shop"),)), response({"id": 1, "name": "x"})),
        exchange(answered=response({"error": "none"}, 404)),
    ]
    run = await worked(
        values,
        same(),
        given=settings_of(candidate(), contracts=ContractSettings(consumer_header="X-App")),
    )
    counts = [(one.consumer, one.status, one.count) for one in run.store.behaviours()]

    assert counts == [("default", 404, 1), ("shop", 200, 1), ("web", 200, 2)]


async def test_two_runs_over_the_same_traffic_keep_the_same_findings_and_samples() -> None:
    def by_number(asked: Request) -> Response:
        return response({"id": asked.target[-1]})

    values = [numbered(n) for n in range(60)]
    stores = []
    for in_flight in (1, 16):
        given = settings_of(candidate(max_in_flight=in_flight))
        run = await worked(values, {"orders": Service(by_number)}, given=given)
        stores.append((run.store.findings(), run.store.behaviours(), run.store.thresholds()))

    assert stores[0] == stores[1]


KINDS = st.sampled_from(["a", "b", "write", "failed", "damaged", "elsewhere", "breaks"])


@settings(max_examples=40, deadline=None)
@given(st.lists(KINDS, min_size=1, max_size=30), st.integers(0, 1 << 32))
def test_every_exchange_ends_exactly_once_over_any_order_and_any_stops(
    kinds: list[str], seed: int
) -> None:
    random = Random(seed)  # noqa: S311  a drawn order, not a secret
    values = [_of_kind(kind, n) for n, kind in enumerate(kinds)]
    given = settings_of(
        candidate("a", "/a/**", max_in_flight=3), candidate("b", "/b/**", max_in_flight=2)
    )
    store = memory()
    asked: list[str] = []
    for life in range(5):
        asyncio.run(_live(values, given, store, random, asked, is_last=life == 4))
    found = store.evidence()
    cursor = store.cursor("rec")

    assert found.exchanges == len(kinds)
    assert found.pairs + sum(found.dropped.values()) + sum(found.incomparable.values()) == len(
        kinds
    )
    assert found.dropped.get("damaged", 0) == kinds.count("damaged")
    assert found.dropped.get("write-policy", 0) == kinds.count("write")
    assert found.dropped.get("no-candidate", 0) == kinds.count("elsewhere")
    assert found.incomparable.get("baseline-failed", 0) == kinds.count("failed")
    assert found.incomparable.get("internal-error", 0) == kinds.count("breaks")
    assert (
        len(asked) == len(set(asked)) == kinds.count("a") + kinds.count("b") + kinds.count("breaks")
    )
    assert cursor is not None
    assert (cursor.sequence, cursor.ahead) == (len(kinds), ())
    store.close()


def _of_kind(kind: str, number: int) -> Exchange | None:
    match kind:
        case "damaged":
            return None
        case "write":
            return exchange(request("POST", target=f"/a/{number}"))
        case "failed":
            return exchange(request(target=f"/b/{number}"), Failure(kind="reset"))
        case "breaks":
            return exchange(request(target=f"/b/breaks/{number}"))
        case _:
            return exchange(request(target=f"/{kind}/{number}"))


async def _live(
    values: list[Exchange | None],
    given: Settings,
    store: SqlStore,
    random: Random,
    asked: list[str],
    *,
    is_last: bool,
) -> None:
    """One life of a worker, which is asked to stop at a random moment."""
    stop = asyncio.Event()

    class Slow(Service):
        async def send(self, request: Request) -> Answer:
            asked.append(request.target)
            for _ in range(random.randrange(6)):
                await asyncio.sleep(0)
            if not is_last and random.random() < 0.15:
                stop.set()
            if "breaks" in request.target:
                raise ValueError
            return echo(request)

    services = {name: Slow(echo) for name in ("a", "b")}
    await worked(values, services, given=given, store=store, recording="rec", stop=stop)


async def test_a_real_recording_is_followed_from_its_cursor(tmp_path: Path) -> None:
    record(tmp_path, map(numbered, range(30)), segment_bytes=1000)
    store = memory()
    for _ in range(2):
        cursor = store.cursor("test")
        start = Position(cursor.segment, cursor.offset, cursor.sequence) if cursor else None
        clock = ManualClock()
        pipeline = Pipeline(
            settings_of(candidate()),
            store,
            lanes=[lane_of(candidate(), clock, Service(echo))],
            sealer=Sealer(KEY),
            clock=clock,
            cursor=cursor,
            is_finite=True,
        )
        with Follower(tmp_path, start) as follower:
            await pipeline.run(lambda follower=follower: follower, "test")  # type: ignore[misc]  # mypy cannot infer the default

    assert store.evidence().exchanges == 30
