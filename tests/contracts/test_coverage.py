from pathlib import Path

import pytest

from shadowpact.contracts.build import build
from shadowpact.contracts.coverage import Coverage, coverage
from shadowpact.model.behaviour import Behaviour
from shadowpact.model.finding import Finding
from support.build import response
from support.pacts import interaction, write_pact
from support.samples import behaviour, difference, finding, sample

PRICE = difference("$.price", baseline=1, candidate="1")
SHOWN = sample({"price": 1}, {"price": "1"}, PRICE)
ORDER = behaviour(SHOWN, count=90)
OTHER_SHAPE = behaviour(sample({"price": 1, "more": 2}), count=5)
MISSING = behaviour(sample(response({"error": "x"}, 404)), count=4)
FAILED = behaviour(sample(response({"error": "x"}, 500)), count=1)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    build([ORDER], [finding(SHOWN)], tmp_path)
    return tmp_path


def of(out: Path, *behaviours: Behaviour, findings: tuple[Finding, ...] = ()) -> Coverage:
    return coverage(out, behaviours, findings)


def test_all_traffic_is_covered_right_after_building(out: Path) -> None:
    found = of(out, ORDER, findings=(finding(SHOWN),))

    assert (found.rate, found.idle, found.interactions) == (1.0, (), 2)
    assert [one.how for one in found.traffic] == ["covered"]


def test_what_is_not_covered_comes_first_and_a_failed_baseline_is_not_counted(out: Path) -> None:
    found = of(out, ORDER, FAILED, OTHER_SHAPE, MISSING)

    assert [(one.count, one.how) for one in found.traffic] == [
        (4, "none"),
        (5, "other-shape"),
        (90, "covered"),
        (1, "failed"),
    ]
    assert found.rate == pytest.approx(90 / 99)


def test_interactions_without_traffic_say_why(out: Path) -> None:
    nothing = of(out)
    another = of(out, OTHER_SHAPE)

    assert nothing.rate is None
    assert [one.reason for one in nothing.idle] == ["no traffic on this route with this status"] * 2
    assert sorted(one.reason for one in another.idle) == [
        "no answer of this shape",
        "the store does not know the finding",
    ]


def test_a_pact_that_somebody_else_wrote_covers_all_shapes_of_its_route_and_status(
    tmp_path: Path,
) -> None:
    write_pact(tmp_path, interaction("k1"), interaction("k2", path="/other"))
    mine = behaviour(sample({"a": 1}, consumer="web"))
    found = of(tmp_path, mine, behaviour(sample({"a": 1})))

    assert [(one.consumer, one.how) for one in found.traffic] == [
        ("default", "none"),
        ("web", "covered"),
    ]
    assert [(one.key, one.route) for one in found.idle] == [("k2", "GET /other")]


def test_only_one_consumer_or_provider_is_looked_at(out: Path) -> None:
    assert coverage(out, [ORDER], [], consumer="web").interactions == 0
    assert coverage(out, [ORDER], [], provider="other").traffic == ()
    assert coverage(out, [ORDER], [], provider="orders", consumer="default").rate == 1.0
