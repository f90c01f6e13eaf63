from pathlib import Path

from shadowpact.contracts.coverage import Coverage, How, Idle, Traffic
from shadowpact.contracts.present_coverage import coverage_document, coverage_lines


def traffic(how: How, count: int) -> Traffic:
    return Traffic(
        consumer="web",
        provider="shop",
        route="GET /a",
        status=200,
        shape="s1",
        count=count,
        how=how,
    )


IDLE = Idle(
    file=Path("x.json"), key="k1", consumer="web", provider="shop", route="GET /b", reason="why"
)
FOUND = Coverage(
    traffic=(traffic("none", 1000), traffic("covered", 3000), traffic("failed", 2)),
    idle=(IDLE,),
    interactions=2,
)


def test_a_person_reads_what_is_missing_and_the_sum() -> None:
    total = "3,000 of 4,000 exchanges covered (75.0%), 2 interactions, 1 of them idle"

    assert [text for text, _ in coverage_lines(FOUND)] == [
        "Traffic that no interaction covers",
        "  web → shop  GET /a  200  1,000 times, shape s1: not covered",
        "Interactions that no traffic exercises",
        "  web → shop  GET /b  k1: why",
        f"{total}; 2 that the baseline failed are not counted",
    ]


def test_without_traffic_there_is_nothing_to_say() -> None:
    empty = Coverage(traffic=(), idle=(), interactions=0)

    assert list(coverage_lines(empty)) == [("no traffic to cover", "warning")]


def test_a_program_gets_all_of_it() -> None:
    document = coverage_document(FOUND)

    assert document["schema"] == "shadowpact/contracts-coverage/1"
    assert (document["exchanges"], document["covered"], document["failed"]) == (4000, 3000, 2)
    assert document["rate"] == 0.75
    assert document["traffic"][0]["how"] == "none"
    assert document["idle"][0]["file"] == "x.json"
