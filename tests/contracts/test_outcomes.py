from datetime import date

import pytest

from shadowpact.contracts.outcomes import Outcome, judge
from shadowpact.contracts.waivers import Waiver
from support.verified import ALL, verified

WAIVER = Waiver(interaction="k", who="Ana", why="it moves", until=date(2026, 5, 4))


@pytest.mark.parametrize(
    ("outcome", "blocks"),
    [
        ("passed", False),
        ("pending-failed", False),
        ("failed", True),
        ("state-failed", True),
        ("error", True),
    ],
)
def test_what_hides_the_answer_blocks_as_a_failure_does(outcome: Outcome, blocks: bool) -> None:
    assert verified(outcome, pending=True).blocks is blocks


def test_the_verdict_counts_what_passed_is_known_and_is_waived() -> None:
    ones = [
        verified("passed"),
        verified("pending-failed", pending=True),
        verified("pending-failed", waiver=WAIVER),
    ]

    assert judge(ones) == (
        "pass",
        "1 of 3 interactions passed, 1 is known to fail (pending), 1 is waived",
    )
    assert judge([*ones, verified("error")]) == ("fail", "1 of 4 interactions blocks")


def test_outcomes_are_counted() -> None:
    assert ALL.count("passed") == 2
    assert [one.is_fixed for one in ALL.interactions].count(True) == 1
