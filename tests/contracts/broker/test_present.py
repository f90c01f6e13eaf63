from pathlib import Path

import pytest

from shadowpact.contracts.broker import present
from shadowpact.contracts.broker.fetch import Fetched
from shadowpact.contracts.broker.tool import Deployable, Deployment


@pytest.mark.parametrize(
    ("answer", "last"),
    [
        ("yes", "orders p1 may go to test: because"),
        ("no", "orders p1 may not go to test: because"),
        ("unknown", "orders p1 cannot be judged for test: because"),
    ],
)
def test_the_last_line_is_the_answer(answer: Deployable, last: str) -> None:
    deployment = Deployment(
        answer=answer, reason="because", rows=(("web", "v1", "orders", "p1", "failed"),)
    )
    lines = [text for text, _ in present.deployment_lines(deployment, "orders", "p1", "test")]

    assert lines == ["failed        web v1 → orders p1", last]


def test_no_pact_is_said() -> None:
    assert list(present.fetched_lines([])) == [
        ("the broker has no pact for these selectors", "warning")
    ]


def test_a_pending_pact_and_why_it_is_here_are_said() -> None:
    one = Fetched(
        file=Path("a.json"), name="n", consumer="web", interaction_count=2, is_pending=True,
        notices=("it is deployed",),
    )  # fmt: skip
    lines = [text for text, _ in present.fetched_lines([one])]

    assert lines == [
        "n: 2 interactions  (pending: may fail until it has passed once)",
        "  a.json",
        "  it is deployed",
    ]
