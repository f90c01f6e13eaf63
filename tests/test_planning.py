from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadowpact.aliases import Aliases, may_deliver
from shadowpact.credentials.secret import Secret
from shadowpact.credentials.settings import HeaderCredentials
from shadowpact.mirror.replaying import ReplaySettings
from shadowpact.mirror.settings import CandidateSettings
from shadowpact.model.batch import Cursor
from shadowpact.model.exchange import Exchange, Failure, Headers
from shadowpact.planning import Plan, Planner, Reading, Replaying, match_of
from shadowpact.recording.reader import Recorded
from shadowpact.recording.segments import Position
from shadowpact.routes import Entry, RouteTable
from shadowpact.secrets import REDACTED, Sealer
from shadowpact.selection import Selection, selects
from support.build import STARTED_US, exchange, request, response
from support.clock import ManualClock

KEY = bytes(range(64))
ORDERS = CandidateSettings(name="orders", url="http://orders.test")
START_S = ManualClock().monotonic_s()
SETTINGS = ReplaySettings()


def table(writes: str = "off") -> RouteTable:
    return RouteTable((Entry(pattern="/orders/**", candidate="orders", writes=writes),))


def planner(
    replaying: Replaying | None = None,
    *,
    candidate: CandidateSettings = ORDERS,
    writes: str = "off",
    key: bytes = KEY,
) -> Planner:
    return Planner(
        table(writes),
        Sealer(key),
        candidates=(candidate,),
        clock=ManualClock(),
        replaying=replaying,
    )


def reading(replaying: Replaying | None = None, **fields: Any) -> Reading:
    return planner(replaying, **fields).reading()


def recorded(sequence: int, one: Exchange | None, **fields: Any) -> Recorded:
    return Recorded(sequence, Position(1, 0, sequence + 1), one, **fields)


def order(number: int, method: str = "GET", *, client: str = "c1", after_s: float = 0) -> Exchange:
    started_us = STARTED_US + round(after_s * 1_000_000)
    asked = request(method, f"/orders/{number}")
    return exchange(asked, started_us=started_us, client=client)


def plans(of: Reading, exchanges: Iterable[Exchange | None]) -> list[Plan]:
    return [of.plan(recorded(number, one)) for number, one in enumerate(exchanges)]


def why(plan: Plan) -> str:
    return "" if plan.refused is None else f"{plan.refused.outcome} {plan.refused.reason}"


def test_what_goes_to_a_candidate_is_sent() -> None:
    made = planner()
    made.name("rec")
    plan = made.reading().plan(recorded(7, order(3)))
    job = made.job(plan)

    assert why(plan) == ""
    assert job is not None
    assert (job.exchange_id, job.match.route) == ("exc_rec_7", "GET /orders/{id}")
    assert job.session == plan.session == "client:c1"


def test_what_is_not_sent_says_why() -> None:
    failed = exchange(request(target="/orders/1"), Failure(kind="reset"))
    elsewhere = exchange(request(target="/users/1"))
    found = plans(reading(), [order(1, "POST"), failed, elsewhere, None])

    assert list(map(why, found)) == [
        "dropped write-policy",
        "incomparable baseline-failed",
        "dropped no-candidate",
        "dropped damaged",
    ]


def test_an_entry_that_an_importer_left_out_keeps_its_reason() -> None:
    plan = reading().plan(recorded(0, None, reason="WebSocket"))

    assert why(plan) == "dropped WebSocket"
    assert planner().job(plan) is None


def test_a_route_of_a_candidate_that_is_not_asked_goes_nowhere() -> None:
    other = msgspec.structs.replace(ORDERS, name="users")
    plan = reading(candidate=other).plan(recorded(0, order(1)))

    assert why(plan) == "dropped no-candidate"


def test_credentials_of_the_configuration_replace_those_that_were_taken_out() -> None:
    asked = request(headers=((b"Authorization", REDACTED.encode()),))
    own = msgspec.structs.replace(ORDERS, credentials=(HeaderCredentials(value=Secret("x")),))
    removed = msgspec.structs.replace(ORDERS, remove_headers=("authorization",))

    assert why(reading().plan(recorded(0, exchange(asked)))) == "incomparable redacted"
    for candidate in (own, removed):
        assert why(reading(candidate=candidate).plan(recorded(0, exchange(asked)))) == ""


def test_credentials_sealed_with_another_key_are_not_sent() -> None:
    asked = exchange(request(headers=((b"authorization", b"Bearer not-a-real-token"),)))
    sealed = Sealer(KEY).seal(asked)

    assert why(reading().plan(recorded(0, sealed))) == ""
    assert why(reading(key=bytes(64)).plan(recorded(0, sealed))) == "incomparable sealed"


def test_a_baseline_that_is_asked_anew_needs_no_recorded_answer() -> None:
    failed = exchange(request(target="/orders/1"), Failure(kind="reset"))

    assert why(reading(Replaying(asks_baseline=True)).plan(recorded(0, failed))) == ""


def test_a_secret_in_a_path_is_no_part_of_the_routes_name() -> None:
    token = "tok_" + "5f2a9c71e3" * 3
    asked = request(target=f"/orders/{token}", headers=((b"authorization", token.encode()),))
    sealer = Sealer(KEY)
    sealed = sealer.seal(exchange(asked))
    opened = sealer.open(sealed)

    assert opened.request.target == f"/orders/{token}"
    assert token not in match_of(sealed, opened, table(), sealer).route


def test_a_secret_that_a_path_names_is_no_part_of_it_even_unsealed() -> None:
    one = exchange(request(target="/orders;jsessionid=made-up"))

    assert match_of(one, one, table(), Sealer(KEY)).route == "GET /orders;jsessionid=[redacted]"


def test_what_is_not_selected_is_dropped_and_its_first_exchange_still_counts() -> None:
    late = Selection(routes=("GET /orders/{id}",))
    found = plans(
        reading(Replaying(selects=selects(late))), [order(1), exchange(request(target="/orders"))]
    )

    assert list(map(why, found)) == ["", "dropped not-selected"]


def test_a_limit_counts_what_is_sent_alone() -> None:
    limited = reading(Replaying(limit=2))
    full = []
    for number, method in enumerate(("GET", "POST", "POST", "GET", "GET")):
        full.append(limited.is_full)
        limited.plan(recorded(number, order(number, method)))

    assert full == [False, False, False, False, True]
    assert not reading().is_full


def test_requests_are_due_at_their_recorded_times() -> None:
    paced = Replaying(settings=ReplaySettings(speed=2.0))
    exchanges = [order(n, after_s=10.0 * n) for n in range(3)]

    assert [one.due_s for one in plans(reading(paced), exchanges)] == pytest.approx(
        [START_S, START_S + 5, START_S + 10]
    )
    assert [one.due_s for one in plans(reading(), exchanges)] == [None] * 3


def test_a_replay_that_goes_on_does_not_wait_for_what_is_done() -> None:
    cursor = Cursor(recording="r", sequence=1, ahead=(2,))
    paced = Replaying(settings=ReplaySettings(speed=1.0), cursors=(cursor,))
    exchanges = [order(n, after_s=100.0 * n) for n in range(5)]

    assert [one.due_s for one in plans(reading(paced), exchanges)] == pytest.approx(
        [None, START_S, None, START_S + 200, START_S + 300]
    )


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_a_session_is_always_one_workers(count: int) -> None:
    planners = [planner(Replaying(part=(number, count))) for number in range(count)]
    owners = [[one for one in planners if one.is_ours(f"client:{number}")] for number in range(200)]

    assert all(len(one) == 1 for one in owners)
    assert {planners.index(one) for (one,) in owners} == set(range(count))


def test_a_session_that_was_given_a_worker_is_that_ones() -> None:
    count = 3
    names = [f"client:{number}" for number in range(50)]
    by_hash = planner(Replaying(part=(1, count)))
    given = {name: number % count for number, name in enumerate(names[:20])}
    planners = [planner(Replaying(part=(n, count), owners=given)) for n in range(count)]
    owners = {name: [n for n, one in enumerate(planners) if one.is_ours(name)] for name in names}

    assert all(owners[name] == [given[name]] for name in given)
    assert all((owners[name] == [1]) == by_hash.is_ours(name) for name in names[20:])


def test_every_reader_comes_to_the_same_sessions_wherever_it_goes_on() -> None:
    cookie = ((b"set-cookie", b"sid=abc"),)
    login = exchange(request("POST", "/orders"), response(headers=cookie), client="c1")
    asked = request(target="/orders/1", headers=((b"cookie", b"sid=abc"),))
    later = exchange(asked, client="c2")
    cursor = Cursor(recording="r", sequence=1)
    fresh = plans(reading(Replaying()), [login, later])
    resumed = plans(reading(Replaying(cursors=(cursor,))), [login, later])

    assert [one.session for one in fresh] == [one.session for one in resumed]
    assert fresh[1].session == "client:c1"


def test_each_worker_knows_what_every_other_has_done() -> None:
    cursors = (Cursor(recording="r", sequence=5), None)
    ours = planner(Replaying(part=(0, 2), cursors=cursors))
    sessions = {ours.is_ours(name): name for name in map(str, range(20))}

    assert ours.is_done(recorded(4, None), sessions[True])
    assert not ours.is_done(recorded(5, None), sessions[True])
    assert not ours.is_done(recorded(4, None), sessions[False])


def test_a_replay_keeps_the_order_of_a_session_and_live_only_that_of_writes() -> None:
    def queued(made: Planner, one: Exchange) -> tuple[str | None, bool]:
        job = made.job(made.reading().plan(recorded(0, one)))
        assert job is not None
        planned = made.planned(job, None)
        return planned.session, planned.is_exclusive

    assert queued(planner(Replaying()), order(1)) == ("client:c1", True)
    assert queued(planner(), order(1))[0] is None
    assert queued(planner(writes="on"), order(1)) == ("client:c1", False)
    assert queued(planner(writes="on"), order(1, "POST")) == ("client:c1", True)


def test_a_replay_that_sends_one_at_a_time_keeps_the_order_of_the_recording() -> None:
    made = planner(Replaying(settings=ReplaySettings(concurrency=1)))
    read = made.reading()
    exchanges = [order(1, client="c1"), order(2, client="c2")]
    jobs = [made.job(read.plan(recorded(i, one))) for i, one in enumerate(exchanges)]
    queues = {made.planned(job, None).session for job in jobs if job is not None}

    assert queues == {""}


def test_what_another_worker_sees_through_is_looked_into_only_when_it_may_deliver() -> None:
    cookie = response(headers=((b"Set-Cookie", b"theme=dark"),))
    exchanges = [order(1), order(2, "POST"), exchange(request(target="/orders/3"), cookie), None]
    ours, theirs = (
        plans(reading(Replaying(part=(0, 2), owners={"client:c1": owner}), writes="on"), exchanges)
        for owner in (0, 1)
    )

    assert list(map(why, ours)) == ["", "", "", "dropped damaged"]
    assert list(map(why, theirs)) == ["dropped not-ours", "", "", "dropped damaged"]
    assert [one.session for one in ours] == [one.session for one in theirs]


@pytest.mark.parametrize(
    "counting",
    [
        Replaying(limit=2),
        Replaying(selects=selects(Selection(until=timedelta(seconds=5)))),
        Replaying(settings=ReplaySettings(speed=1.0)),
    ],
)
def test_limit_selection_and_times_count_what_other_workers_see_through(
    counting: Replaying,
) -> None:
    exchanges = [order(n, after_s=3.0 * n, client=f"c{n % 2}") for n in range(4)]

    def planned(replaying: Replaying) -> tuple[list[tuple[str, float | None]], bool]:
        read = reading(replaying)
        return [(why(one), one.due_s) for one in plans(read, exchanges)], read.is_full

    for number in range(2):
        owners = {"client:c0": 0, "client:c1": 1}
        part = msgspec.structs.replace(counting, part=(number, 2), owners=owners)
        assert planned(part) == planned(counting)


HEADERS = st.lists(
    st.tuples(
        st.sampled_from(
            [b"Set-Cookie", b"set-cookie", b"SET-COOKIE", b"location", b"Content-Type"]
        ),
        st.sampled_from([b"sid=abcdef0123456789", b"/orders/17", b"application/json", b""]),
    ),
    max_size=3,
).map(tuple)


@given(
    st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "post", "PURGE"]),
    st.sampled_from([200, 201, 302, 404]),
    HEADERS,
)
def test_what_nobody_expects_of_an_answer_is_not_delivered(
    method: str, status: int, headers: Headers
) -> None:
    answer = response({"id": 17, "token": "abcdef0123456789"}, status, headers=headers)
    one = exchange(request(method, "/orders"), answer)
    using = request(
        target="/orders/17", headers=((b"cookie", b"sid=abcdef0123456789"),), body=b'{"id": 17}'
    )
    aliases = Aliases("orders")
    aliases.expect(one, "s", f"{method} /orders", "exc_1")

    assert may_deliver(one) or not aliases.awaits(using, "s", "GET /orders/{id}")


def test_a_creation_and_a_cookie_deliver() -> None:
    cookie = response(headers=((b"Set-Cookie", b"sid=1"),))

    assert may_deliver(order(1, "POST"))
    assert may_deliver(exchange(request(), cookie))
    assert not may_deliver(order(1))
    assert not may_deliver(exchange(request("POST"), Failure(kind="reset")))
