from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadowpact.errors import UsageError
from shadowpact.model.exchange import Exchange
from shadowpact.routes import RouteTable
from shadowpact.selection import Selection, is_sampled, selects, when
from support.build import STARTED_US, exchange, request

ROUTES = RouteTable(())
SHARES = st.floats(min_value=0, max_value=1)


def at(seconds: float, method: str = "GET", target: str = "/orders/1") -> Exchange:
    return exchange(request(method, target), started_us=STARTED_US + round(seconds * 1_000_000))


def meant(selection: Selection, *exchanges: Exchange, session: str = "s") -> list[bool]:
    is_meant = selects(selection)
    assert is_meant is not None
    return [
        is_meant(one, ROUTES.match(one.request.method, one.request.path), session)
        for one in exchanges
    ]


def test_nothing_said_is_everything_meant() -> None:
    assert selects(Selection()) is None
    assert Selection().is_all


def test_a_time_since_the_start_counts_from_the_first_exchange() -> None:
    minute = Selection(since=timedelta(seconds=60), until=timedelta(seconds=120))

    assert meant(minute, at(0), at(59.9), at(60), at(119.9), at(120)) == [
        False, False, True, True, False,
    ]  # fmt: skip


def test_a_time_of_day_is_of_the_recordings_first_day() -> None:
    first = datetime.fromtimestamp(STARTED_US / 1_000_000, UTC)
    until = (first + timedelta(seconds=30)).time()

    assert meant(Selection(until=until), at(0), at(29), at(30), at(86_400)) == [
        True, True, False, False,
    ]  # fmt: skip


def test_a_moment_is_that_moment() -> None:
    since = datetime.fromtimestamp(STARTED_US / 1_000_000 + 5, UTC)

    assert meant(Selection(since=since), at(0), at(4.9), at(5)) == [False, False, True]


def test_one_of_the_patterns_has_to_fit() -> None:
    orders = Selection(routes=("GET /orders/**", "/users/{id}"))

    assert meant(orders, at(0), at(0, target="/orders")) == [True, True]
    assert meant(orders, at(0, "POST"), at(0, target="/carts/1")) == [False, False]
    assert meant(orders, at(0, "POST", "/users/7"), at(0, target="/users")) == [True, False]


def test_a_route_can_be_given_as_findings_name_it() -> None:
    assert meant(Selection(routes=("GET /orders/{id}",)), at(0), at(0, target="/orders")) == [
        True, False,
    ]  # fmt: skip


def test_a_session_is_itself_alone() -> None:
    one = Selection(sessions=("client:c1",))

    assert meant(one, at(0), session="client:c1") == [True]
    assert meant(one, at(0), session="client:c10") == [False]


@given(session=st.text(), small=SHARES, large=SHARES)
def test_a_larger_share_holds_every_smaller_one(session: str, small: float, large: float) -> None:
    small, large = sorted((small, large))

    assert is_sampled(session, large) or not is_sampled(session, small)
    assert is_sampled(session, 1)
    assert not is_sampled(session, 0)


def test_a_share_is_about_that_share() -> None:
    taken = sum(is_sampled(f"client:{number}", 0.1) for number in range(10_000))

    assert 900 < taken < 1100


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-05-04T14:05:00Z", datetime(2026, 5, 4, 14, 5, tzinfo=UTC)),
        ("2026-05-04T14:05:00", datetime(2026, 5, 4, 14, 5, tzinfo=UTC)),
        ("2026-05-04", datetime(2026, 5, 4, tzinfo=UTC)),
        ("14:05", time(14, 5)),
        ("14:05:30", time(14, 5, 30)),
        ("+10m", timedelta(minutes=10)),
        ("+1h30m", timedelta(minutes=90)),
        ("+0.5s", timedelta(seconds=0.5)),
    ],
)
def test_times_are_read_as_people_write_them(
    text: str, expected: datetime | time | timedelta
) -> None:
    assert when(text, option="--from") == expected


@pytest.mark.parametrize("text", ["", "+", "noon", "+10", "25:00", "http://x"])
def test_what_is_no_time_is_said(text: str) -> None:
    with pytest.raises(UsageError, match=r"--from .*expected a time"):
        when(text, option="--from")


def test_a_malformed_pattern_is_said() -> None:
    with pytest.raises(UsageError, match="--route"):
        selects(Selection(routes=("GET orders",)))
