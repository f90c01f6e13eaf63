import msgspec

from shadowpact.report.page_findings import SHOWN_IN_FULL, finding_articles
from support.reports import order_finding, order_sample
from support.samples import difference, finding, sample


def test_no_findings_are_said_in_words() -> None:
    (only,) = finding_articles([])

    assert "Nothing differs that no rule covers." in only


def test_real_ones_are_unfolded_and_decided_ones_come_last() -> None:
    accepted = finding(order_sample(), state="accepted", candidate="other")
    first, second = finding_articles([accepted, order_finding()])

    assert "<details open>" in first
    assert "<details>" in second
    assert "accepted" in second


def test_a_sentence_stands_in_for_values_that_say_nothing() -> None:
    moved = msgspec.structs.replace(
        difference("$.tags", "order-changed", baseline=[1], candidate=[1]),
        message="1 of 3 elements are elsewhere",
    )
    (only,) = finding_articles([finding(sample({}, {}, moved))])

    assert "1 of 3 elements are elsewhere" in only
    assert "<dt>" not in only


def test_a_line_that_one_side_lacks_leaves_its_cell_empty() -> None:
    gone = difference("$.phone", "missing", baseline="1")
    (only,) = finding_articles([finding(sample({"phone": "1", "id": 2}, {"id": 2}, gone))])

    assert '<td class="b none"></td>' in only
    assert "(none)" in only


def test_more_findings_than_anybody_reads_are_listed_in_a_line_each() -> None:
    found = [
        finding(sample({}, {}, difference(f"$.n{index}", baseline=1, candidate="1")))
        for index in range(SHOWN_IN_FULL + 2)
    ]
    shown = finding_articles(found)

    assert len(shown) == SHOWN_IN_FULL + 1
    assert "2 more findings" in shown[-1]
    assert found[-1].id in shown[-1]
