import msgspec

from shadowpact.model.exchange import Response
from shadowpact.report.aligned import LONGEST_ALIGNED, MOST_ROWS, Row, side_by_side
from support.build import response
from support.reports import TYPE_CHANGED, order_finding, order_sample
from support.samples import difference, finding, sample, status_difference


def pair(row: Row) -> tuple[str, str, str]:
    left = row.baseline.text.strip() if row.baseline else ""
    right = row.candidate.text.strip() if row.candidate else ""
    return row.state, left, right


def test_equal_lines_share_a_row_and_what_differs_is_marked() -> None:
    rows = side_by_side(order_finding(), order_sample())

    assert [pair(row) for row in rows] == [
        ("equal", "HTTP 200", "HTTP 200"),
        ("equal", "content-type: application/json", "content-type: application/json"),
        ("equal", "{", "{"),
        ("equal", '"id": 1,', '"id": 1,'),
        ("this", '"total": 5,', '"total": "5",'),
        ("ignored", '"request_id": "a1"', '"request_id": "b2"'),
        ("equal", "}", "}"),
    ]
    assert rows[4].baseline is not None
    assert rows[4].baseline.marked == "5"
    assert rows[5].note == "ignored by request-id"


def test_a_difference_of_another_finding_is_told_apart() -> None:
    other = difference("$.id", "value-changed", baseline=1, candidate=2)
    shown = sample({"id": 1, "total": 5}, {"id": 2, "total": "5"}, TYPE_CHANGED, other)
    states = {pair(row)[1]: row.state for row in side_by_side(order_finding(), shown)}

    assert states['"id": 1,'] == "other"
    assert states['"total": 5'] == "this"


def test_all_lines_of_a_missing_object_are_marked() -> None:
    gone = difference("$.a", "missing", baseline={"b": [1]})
    shown = sample({"a": {"b": [1]}, "c": 2}, {"c": 2}, gone)
    rows = [row for row in side_by_side(finding(shown), shown) if row.candidate is None]

    assert {row.state for row in rows} == {"this"}
    assert [row.baseline.text.strip() for row in rows if row.baseline] == [
        *('"a": {', '"b": [', "1", "]", "},")
    ]


def test_an_inserted_element_does_not_move_the_others() -> None:
    added = difference("$[0]", "added", candidate=0, general_path="$[*]")
    shown = sample([1, 2, 3], [0, 1, 2, 3], added)
    rows = side_by_side(finding(shown), shown)

    assert [pair(row) for row in rows if row.state != "equal"] == [("this", "", "0,")]


def test_status_and_headers_are_marked() -> None:
    header = difference("etag", "value-changed", location="header", baseline="a", candidate="b")
    ours = response({}, headers=((b"ETag", b"a"), (b"X-Same", b"1"), (b"X-Not", b"1")))
    theirs = response({}, 500, headers=((b"etag", b"b"), (b"x-same", b"1"), (b"x-not", b"2")))
    shown = sample(ours, theirs, status_difference(200, 500), header)
    one = finding(shown)

    assert [pair(row) for row in side_by_side(one, shown)][:2] == [
        ("this", "HTTP 200", "HTTP 500"),
        ("other", "etag: a", "etag: b"),
    ]
    everything = side_by_side(one, shown, all_headers=True)
    assert ("equal", "x-same: 1", "x-same: 1") in [pair(row) for row in everything]
    assert [row.note for row in everything if pair(row)[1] == "x-not: 1"] == ["not compared"]


def test_a_candidate_without_an_answer_leaves_its_side_empty() -> None:
    gone = difference("", "missing", location="status", baseline=200)
    shown = msgspec.structs.replace(sample({"a": 1}, {}, gone), candidate=None)
    rows = side_by_side(finding(shown), shown)

    assert pair(rows[0]) == ("this", "HTTP 200", "")
    assert "the candidate gave no answer" in [row.note for row in rows]


def test_far_equal_lines_are_folded_and_counted() -> None:
    ours = {f"n{index:03}": index for index in range(100)} | {"total": 5}
    theirs = ours | {"total": "5"}
    rows = side_by_side(order_finding(), sample(ours, theirs, TYPE_CHANGED))

    assert [row.note for row in rows if row.state == "gap"] == ["98 equal lines"]
    assert len(rows) < 12


def test_a_long_line_is_shown_from_where_it_differs() -> None:
    ours, theirs = "x" * 5_000 + "old" + "y" * 5_000, "x" * 5_000 + "new" + "y" * 5_000
    changed = difference("$", "value-changed", baseline=ours, candidate=theirs)
    shown = sample(_text(ours), _text(theirs), changed)
    (row,) = [row for row in side_by_side(finding(shown), shown) if row.state == "this"]

    assert row.baseline is not None
    assert row.candidate is not None
    assert row.baseline.marked.startswith("old")
    assert row.candidate.marked.startswith("new")
    assert len(row.baseline.text) < 320


def test_the_finding_is_in_sight_however_much_else_differs() -> None:
    ours = {f"n{index:04}": index for index in range(5 * LONGEST_ALIGNED // 10)}
    theirs = {name: value + 1 for name, value in ours.items()}
    shown = sample(ours | {"total": 5}, theirs | {"total": "5"}, TYPE_CHANGED)
    rows = side_by_side(order_finding(), shown)

    assert "this" in {row.state for row in rows}
    assert len(rows) <= MOST_ROWS + 2


def test_the_finding_is_aligned_however_far_down_it_is() -> None:
    ours = [{"id": index} for index in range(3_000)]
    theirs = [{"id": str(index)} for index in range(3_000)]
    changed = difference("$[2900].id", baseline=2_900, candidate="2900")
    shown = sample(ours, theirs, changed)
    rows = side_by_side(finding(shown), shown)

    assert [pair(row) for row in rows if row.state == "this"] == [
        ("this", '"id": 2900', '"id": "2900"')
    ]


def test_lines_beyond_the_limit_are_counted_and_not_aligned() -> None:
    ours, theirs = list(range(3_000)), list(range(5_000, 8_000))
    changed = difference("$[0]", "value-changed", baseline=0, candidate=5_000)
    shown = sample(ours, theirs, changed)

    assert side_by_side(finding(shown), shown)[-1].state == "gap"


def _text(body: str) -> Response:
    return response(body=body.encode(), headers=((b"content-type", b"text/plain"),))
