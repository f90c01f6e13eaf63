import gzip
import json
from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shadowpact.beside import Pair, facing_rows
from shadowpact.compare import Comparer
from shadowpact.compare.settings import Rule
from shadowpact.model.exchange import Cut, Headers, Response
from shadowpact.report.columns import Facing
from support.build import response

JSON: Headers = ((b"content-type", b"application/json"),)
CLOCK = Rule(id="own-clock", kind="ignore", reason="", path="$.at")


def pair(answers: Iterable[Response], *rules: Rule, has_head: bool = False) -> Pair:
    one, other = answers
    comparison = Comparer(rules).compare(one, other)
    return Pair(
        baseline=one, candidate=other, comparison=comparison, rules=rules, has_head=has_head
    )


def rows(one: Any, other: Any, *rules: Rule) -> list[tuple[str, str, str]]:
    answers = (response(body=json.dumps(body).encode(), headers=JSON) for body in (one, other))
    return [told(row) for row in facing_rows(pair(answers, *rules))]


def told(row: Facing) -> tuple[str, str, str]:
    lines = [line.lead + line.value if line else "" for line in (row.baseline, row.candidate)]
    return row.mark, lines[0].strip(), lines[1].strip()


def of_text(one: bytes, other: bytes, media: bytes = b"text/plain") -> list[tuple[str, str, str]]:
    headers: Headers = ((b"content-type", media),)
    answers = (response(body=body, headers=headers) for body in (one, other))
    return [told(row) for row in facing_rows(pair(answers))]


def test_a_line_is_marked_with_the_severity_of_its_difference() -> None:
    found = rows({"id": 1, "at": 1, "n": 1}, {"id": "1", "at": 2, "n": 2, "new": 0}, CLOCK)

    assert found == [
        ("equal", "{", "{"),
        ("breaking", '"id": 1', '"id": "1"'),
        ("ignored", '"at": 1', '"at": 2'),
        ("changed", '"n": 1', '"n": 2'),
        ("additive", "", '"new": 0'),
        ("equal", "}", "}"),
    ]


def test_a_header_that_says_the_same_in_other_words_is_equal() -> None:
    one: Headers = (*JSON, (b"cache-control", b"no-store, max-age=0"), (b"x-own", b"1"))
    other: Headers = (*JSON, (b"cache-control", b"max-age=0,no-store"), (b"x-own", b"2"))
    answers = (response(body=b"1", headers=headers) for headers in (one, other))
    found = [(told(row)[1], row.mark) for row in facing_rows(pair(answers, has_head=True))]

    assert found[2:4] == [
        ("cache-control: no-store, max-age=0", "equal"),
        ("x-own: 1", "ignored"),
    ]


def test_a_rule_that_covers_a_line_is_named() -> None:
    answers = (response(body=body, headers=JSON) for body in (b'{"at":1}', b'{"at":2}'))

    assert [row.note for row in facing_rows(pair(answers, CLOCK))] == ["", "own-clock", ""]


def test_another_order_shows_on_the_line_that_begins_the_list() -> None:
    one, other = [{"id": 1}, {"id": 2}], [{"id": 2}, {"id": 1}]

    assert [mark for mark, _, _ in rows(one, other)] == ["changed"] + ["equal"] * 7


def test_a_number_written_differently_is_an_equal_line() -> None:
    answers = (response(body=body, headers=JSON) for body in (b'{"a":1.0,"b":1}', b'{"a":1.00}'))

    assert [told(row) for row in facing_rows(pair(answers))][1] == (
        "equal",
        '"a": 1.0',
        '"a": 1.00',
    )


def test_lists_are_aligned_under_the_rules_of_the_comparison() -> None:
    key = Rule(id="key", kind="key", reason="", path="$", key=("code",))
    one, other = [{"code": "a", "v": 1}, {"code": "b", "v": 2}], [{"code": "b", "v": 3}]

    assert ("changed", '"v": 2', '"v": 3') in rows(one, other, key)


def test_a_rename_shows_both_names_under_its_rule() -> None:
    rename = Rule(id="to-name", kind="rename", reason="", path="$.nm", to="name")

    assert rows({"nm": 1}, {"name": 1}, rename)[1:-1] == [
        ("ignored", '"nm": 1', ""),
        ("ignored", "", '"name": 1'),
    ]


def test_status_and_headers_come_first() -> None:
    one = response(
        body=b"1", headers=((b"Date", b"a"), (b"X-Own", b"1"), (b"Set-Cookie", b"a=1; Path=/"))
    )
    other = response(
        body=b"2",
        status=500,
        headers=((b"date", b"b"), (b"x-own", b"2"), (b"set-cookie", b"a=2; Path=/x")),
    )

    found = list(facing_rows(pair((one, other), has_head=True)))

    assert [told(row) for row in found] == [
        ("breaking", "HTTP 200", "HTTP 500"),
        ("ignored", "date: a", "date: b"),
        ("ignored", "x-own: 1", "x-own: 2"),
        ("changed", "set-cookie: a=…; Path=/", "set-cookie: a=…; Path=/x"),
        ("gap", "", ""),
        ("changed", "1", "2"),
    ]
    assert [row.note for row in found[1:3]] == ["builtin:date", "not compared"]


def test_equal_bodies_are_one_row() -> None:
    one, other = response(body=b"{}", status=200), response(body=b"{}", status=404)

    *_, last = facing_rows(pair((one, other), has_head=True))

    assert (last.mark, last.note) == ("gap", "equal bodies, 2 bytes")


def test_a_candidate_without_an_answer_leaves_its_side_empty() -> None:
    one = response(body=b"{}", headers=JSON)
    comparison = Comparer().compare(one, response(body=b"{}", headers=JSON, status=500))
    silent = Pair(baseline=one, candidate=None, comparison=comparison)

    assert [told(row) for row in facing_rows(silent)] == [
        ("breaking", "HTTP 200", "(no answer)"),
        ("equal", "content-type: application/json", ""),
    ]


def test_text_is_shown_by_line() -> None:
    assert of_text(b"a\nb\nc\n", b"a\nx\nc\nd") == [
        ("equal", "a", "a"),
        ("changed", "b", "x"),
        ("equal", "c", "c"),
        ("changed", "", "d"),
    ]
    assert of_text(b"one", b"two") == [("changed", "one", "two")]


def test_bytes_that_were_compared_by_line_are_marked() -> None:
    assert [mark for mark, _, _ in of_text(b"\n\0", b"\0", b"")] == ["changed"]


def test_lines_in_another_order_are_said_to_be() -> None:
    assert of_text(b"a\nb\n", b"b\na\n") == [
        ("changed", "(lines in another order)", "(lines in another order)"),
        ("equal", "a", "a"),
        ("equal", "b", "b"),
    ]
    (first, *_) = of_text(b"{\n[\n", b"[\n{\n", b"application/json")
    assert first[0] == "breaking"


def test_a_missing_line_end_is_said() -> None:
    headers: Headers = ((b"content-type", b"text/plain"),)
    one, other = response(body=b"a\nb\n", headers=headers), response(body=b"a\nb", headers=headers)

    *_, last = facing_rows(pair((one, other)))

    assert last.mark == "changed"
    assert last.candidate is not None
    assert last.candidate.tail == " (no line end)"


@pytest.mark.parametrize(
    ("media", "one", "other", "expected"),
    [
        (b"application/json", b"{", b"{}", ("breaking", "{", "{}")),
        (b"image/png", b"\x89PNG\0", b"\x89PNG", ("changed", "(5 bytes of", "(4 bytes of")),
        (b"text/plain", b"caf\xe9", b"cafe", ("changed", "café", "cafe")),
        (b"", b"plain", b"words", ("changed", "plain", "words")),
        (b"", b'["a"]', b'["b"]', ("changed", '"a"', '"b"')),
        (b"text/html", b"<p>a", b"<p>b", ("changed", "<p>a</p>", "<p>b</p>")),
        (b"application/x-www-form-urlencoded", b"a=1", b"a=2", ("changed", '"a": "1"', '"a": "2"')),
    ],
)
def test_a_body_is_shown_as_it_was_compared(
    media: bytes, one: bytes, other: bytes, expected: tuple[str, str, str]
) -> None:
    marked = [row for row in of_text(one, other, media) if row[0] != "equal"]

    assert len(marked) == 1
    assert marked[0][0] == expected[0]
    assert marked[0][1].startswith(expected[1])
    assert marked[0][2].startswith(expected[2])


def test_a_content_encoding_is_taken_off() -> None:
    headers: Headers = (*JSON, (b"content-encoding", b"gzip"))
    one, other = (
        response(body=gzip.compress(body), headers=headers) for body in (b'{"a":1}', b'{"a":2}')
    )

    assert ("changed", '"a": 1', '"a": 2') in [told(row) for row in facing_rows(pair((one, other)))]


def test_what_cannot_be_unpacked_is_shown_as_it_is() -> None:
    headers: Headers = ((b"content-type", b"text/html"), (b"content-encoding", b"nonsense"))
    answers = [response(body=body, headers=headers) for body in (b"<p>a", b"<p> a")]

    assert [told(row) for row in facing_rows(pair(answers))] == [("changed", "<p>a", "<p> a")]


def test_a_body_that_was_cut_says_so() -> None:
    cut = Cut(reason="over-cap", length_bytes=9_000, sha256=bytes(32))
    one = msgspec.structs.replace(response(body=b'{"a":1', headers=JSON), cut=cut)
    found = [told(row) for row in facing_rows(pair((one, response(body=b"{}", headers=JSON))))]

    assert any("the first of 9,000 bytes" in left for _, left, _ in found)


def test_what_is_redacted_is_not_shown() -> None:
    headers: Headers = (*JSON, (b"content-encoding", b"gzip"))
    one, other = (
        response(body=gzip.compress(body), headers=headers)
        for body in (b'{"a":"hidden","b":1}', b'{"a":"hidden","b":2}')
    )

    def redact(answer: Response) -> Response:
        return msgspec.structs.replace(answer, body=answer.body.replace(b"hidden", b"..."))

    shown = msgspec.structs.replace(pair((one, other)), redact=redact)

    assert ("equal", '"a": "..."', '"a": "..."') in [told(row) for row in facing_rows(shown)]


def test_differences_that_are_counted_but_not_listed_are_marked() -> None:
    one, other = list(range(3_000)), list(range(10_000, 13_000))
    marks = [mark for mark, _, _ in rows(one, other)]

    assert marks.count("changed") == 1_000
    assert marks.count("unlisted") == 2_000


BODIES = st.one_of(st.binary(max_size=30), st.text(max_size=20).map(str.encode))
TYPES = st.sampled_from(
    [
        *(b"application/json", b"text/plain", b"text/html", b"text/xml", b"text/csv", b""),
        *(b"text/event-stream", b"multipart/mixed; boundary=b", b"image/png"),
    ]
)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(BODIES, BODIES, TYPES, TYPES)
def test_any_two_bodies_have_rows_and_what_differs_is_marked(
    one: bytes, other: bytes, media: bytes, other_media: bytes
) -> None:
    answers = [
        response(body=body, headers=((b"content-type", kind),))
        for body, kind in ((one, media), (other, other_media))
    ]
    compared = pair(answers)

    found = list(facing_rows(compared))

    in_body = [d for d in compared.comparison.differences if d.location == "body"]
    assert bool(in_body) <= any(row.mark not in {"equal", "gap"} for row in found)
