"""Each kind of finding: the first draft is proven on both sides by the real verifier."""

from typing import Any

import msgspec
import pytest

from shadowpact.contracts.check import Case, check
from shadowpact.contracts.execute import Ran
from shadowpact.contracts.narrow import Draft, drafts
from shadowpact.contracts.request import NotExpressibleError
from shadowpact.model.difference import Kind
from shadowpact.model.exchange import Response
from shadowpact.model.finding import Finding
from support.build import JSON, response
from support.samples import difference, finding, sample

PIXEL = ((b"content-type", b"image/png"),)


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A finding's place and kind, what both sides answered, and where the check must fail."""

    path: str
    kind: Kind
    baseline: list[Any]
    candidate: list[Any]
    fails_at: str
    says: str


FOUND = (
    Found(
        path="$.price",
        kind="type-changed",
        baseline=[{"price": 1.5, "x": 1}, {"price": 2}],
        candidate=[{"price": "1.5"}],
        fails_at="$.price",
        says="$.price is a number",
    ),
    Found(
        path="$.price",
        kind="representation-changed",
        baseline=[{"price": 1.0}],
        candidate=[{"price": 1}],
        fails_at="$.price",
        says="$.price is a decimal",
    ),
    Found(
        path="$.note",
        kind="type-changed",
        baseline=[{"note": "x"}, {"note": None}],
        candidate=[{"note": 5}],
        fails_at="$.note",
        says="$.note is a string or null",
    ),
    Found(
        path="$.customer.name",
        kind="missing",
        baseline=[{"customer": {"name": "a"}}],
        candidate=[{"customer": {}}],
        fails_at="$.customer.name",
        says="$.customer.name is a string",
    ),
    Found(
        path="$.owner",
        kind="missing",
        baseline=[{"owner": None}, {"owner": {"id": 1}}],
        candidate=[{}],
        fails_at="$.owner",
        says="$.owner is null or anything that is not empty",
    ),
    Found(
        path="$.lines[*].qty",
        kind="type-changed",
        baseline=[{"lines": [{"qty": 1}, {"qty": 2}]}],
        candidate=[{"lines": [{"qty": 1}, {"qty": "2"}]}],
        fails_at="$.lines[1].qty",
        says="$.lines[*].qty is a number",
    ),
    Found(
        path="$.lines[*].qty",
        kind="missing",
        baseline=[{"lines": [{"qty": 1}]}, {"lines": []}],
        candidate=[{"lines": [{}]}],
        fails_at="$.lines[0].qty",
        says="$.lines[*].qty is a number",
    ),
    Found(
        path='$.by_id["17"].n',
        kind="type-changed",
        baseline=[{"by_id": {"17": {"n": 1}, "18": {"n": 2}}}],
        candidate=[{"by_id": {"17": {"n": "1"}, "18": {"n": 2}}}],
        fails_at="$.by_id[17].n",
        says="$.by_id.*.n is a number",
    ),
    Found(
        path="$.extra",
        kind="added",
        baseline=[{"id": 1}],
        candidate=[{"id": 1, "extra": 2}],
        fails_at="$.extra",
        says="$ has no name 'extra'",
    ),
    Found(
        path="$.lines[*].extra",
        kind="added",
        baseline=[{"lines": [{"qty": 1}]}],
        candidate=[{"lines": [{"qty": 1, "extra": 2}]}],
        fails_at="$.lines[0].extra",
        says="$.lines[*] has no name 'extra'",
    ),
    Found(
        path="$.lines[*]",
        kind="missing",
        baseline=[{"lines": [{"a": 1}, {"a": 2}]}, {"lines": [{"a": 1}, {"a": 2}, {"a": 3}]}],
        candidate=[{"lines": [{"a": 1}]}],
        fails_at="$.lines",
        says="$.lines has at least 2 elements",
    ),
    Found(
        path="$.lines",
        kind="length-changed",
        baseline=[{"lines": ["a"]}],
        candidate=[{"lines": ["a", "b"]}],
        fails_at="$.lines",
        says="$.lines has at most 1 elements",
    ),
    Found(
        path="$.status",
        kind="value-changed",
        baseline=[{"status": "shipped"}, {"status": "open"}],
        candidate=[{"status": "SHIPPED"}],
        fails_at="$.status",
        says="$.status is a lower-case word",
    ),
    Found(
        path="$.status",
        kind="value-changed",
        baseline=[{"status": "shipped"}, {"status": "open"}, {"status": "open"}],
        candidate=[{"status": "sent"}],
        fails_at="$.status",
        says="$.status is one of: open, shipped",
    ),
    Found(
        path="$.total",
        kind="value-changed",
        baseline=[{"total": 10.5}, {"total": 10.5}],
        candidate=[{"total": 10.49}],
        fails_at="$.total",
        says="$.total is exactly 10.5",
    ),
    Found(
        path="$.created",
        kind="representation-changed",
        baseline=[{"created": "2025-01-31T10:00:00Z"}],
        candidate=[{"created": "2025-01-31"}],
        fails_at="$.created",
        says="$.created is a datetime like 2025-01-31T10:00:00Z",
    ),
    Found(
        path="$",
        kind="type-changed",
        baseline=[{"a": 1}],
        candidate=[[{"a": 1}]],
        fails_at="$",
        says="$ is an object",
    ),
    Found(
        path='$["a.b"]',
        kind="type-changed",
        baseline=[{"a.b": 1}],
        candidate=[{"a.b": "1"}],
        fails_at='$["a.b"]',
        says='$["a.b"] is a number',
    ),
)


def about(path: str, kind: Kind, *, location: Any = "body") -> Finding:
    return finding(sample({}, None, difference(path, kind, location=location)))


def first_draft(found: Found) -> Draft:
    ours, theirs = list(map(response, found.baseline)), list(map(response, found.candidate))
    return next(drafts(about(found.path, found.kind), ours, theirs))


@pytest.fixture(scope="module")
def ran() -> list[list[Ran]]:
    """What the verifier makes of every draft, in one run: by found, then by answer."""
    answers = [list(map(response, (*found.baseline, *found.candidate))) for found in FOUND]
    cases = [
        Case(expected=first_draft(found).expected, answer=answer)
        for found, given in zip(FOUND, answers, strict=True)
        for answer in given
    ]
    rans = iter(check(cases))
    return [[next(rans) for _ in given] for given in answers]


@pytest.mark.parametrize("found", FOUND, ids=lambda found: f"{found.kind} {found.path}")
def test_a_draft_accepts_the_baseline_and_fails_at_the_place(
    found: Found, ran: list[list[Ran]]
) -> None:
    rans = ran[FOUND.index(found)]
    accepted, rejected = rans[: len(found.baseline)], rans[len(found.baseline) :]

    assert first_draft(found).says == found.says
    assert [it.mismatches for it in accepted] == [()] * len(found.baseline)
    assert [[m.path for m in it.mismatches] for it in rejected] == [[found.fails_at]]


@pytest.mark.parametrize(
    ("path", "kind", "baseline", "candidate", "reason"),
    [
        ("$.total", "value-changed", [{"total": 1}, {"total": 2}], [{"total": 3}], "values vary"),
        ("$.a", "missing", [{"a": 1}, {}], [{}], "optional"),
        ("$.a", "added", [{}, {"a": 1}], [{"a": 1}], "optional"),
        ("$.l", "order-changed", [{"l": [1, 2]}], [{"l": [2, 1]}], "order of a list"),
        ("$.l", "length-changed", [{"l": [1]}, {"l": [1, 2, 3]}], [{"l": [1, 2]}], "varies"),
        ("$", "type-changed", [None], [{}], "null"),
        ("$", "added", [{}], [{}], "absent"),
        ('$["it\'s"]', "missing", [{"it's": 1}], [{}], "quote"),
        ("$.l[*].a", "missing", [{"l": []}], [{"l": []}], "no value at this place"),
    ],
)
def test_what_pact_cannot_express_is_refused_with_the_reason(
    path: str, kind: Kind, baseline: list[Any], candidate: list[Any], reason: str
) -> None:
    with pytest.raises(NotExpressibleError, match=reason):
        drafts(about(path, kind), list(map(response, baseline)), list(map(response, candidate)))


def test_a_body_that_is_no_json_is_refused() -> None:
    with pytest.raises(NotExpressibleError, match="media type is not JSON"):
        drafts(about("$", "value-changed"), [response(body=b"x", headers=PIXEL)], [])


def test_a_candidate_that_sends_no_json_fails_at_the_root() -> None:
    ours, theirs = response({"a": 1}), response(body=b"{oops")
    draft = next(drafts(about("$", "undecodable"), [ours], [theirs]))
    rans = check([Case(expected=draft.expected, answer=it) for it in (ours, theirs)])

    assert [[m.path for m in ran.mismatches] for ran in rans] == [[], ["$"]]


def test_a_status_is_expected_and_nothing_else() -> None:
    told = about("", "value-changed", location="status")

    assert [d.expected for d in drafts(told, [response({}, 404)], [])] == [{"status": 404}]


def header_answer(value: bytes | None, *more: tuple[bytes, bytes]) -> Response:
    return response({}, headers=JSON + (((b"ETag", value),) if value is not None else ()) + more)


def test_a_missing_header_is_asked_to_be_there() -> None:
    ours, theirs = [header_answer(b'"x"'), header_answer(b"")], header_answer(None)
    draft = next(drafts(about("etag", "missing", location="header"), ours, [theirs]))
    rans = check([Case(expected=draft.expected, answer=it) for it in (*ours, theirs)])

    assert [[m.path for m in ran.mismatches] for ran in rans] == [[], [], ["etag"]]


def test_a_changed_header_is_asked_for_by_the_weakest_pattern() -> None:
    ours, theirs = [header_answer(b"abc"), header_answer(b"def")], header_answer(b'"abc"')
    draft = next(drafts(about("etag", "value-changed", location="header"), ours, [theirs]))
    rans = check([Case(expected=draft.expected, answer=it) for it in (*ours, theirs)])

    assert draft.says == "the header etag is lower-case hex"
    assert [[m.path for m in ran.mismatches] for ran in rans] == [[], [], ["etag"]]


@pytest.mark.parametrize(
    ("kind", "ours", "reason"),
    [
        ("added", header_answer(None), "absent"),
        ("missing", header_answer(None), "optional"),
        ("missing", header_answer(b"a", (b"etag", b"b")), "repeated"),
    ],
)
def test_headers_that_pact_cannot_express_are_refused(
    kind: Kind, ours: Response, reason: str
) -> None:
    with pytest.raises(NotExpressibleError, match=reason):
        drafts(about("etag", kind, location="header"), [ours], [])


def test_latency_is_not_pacts_business() -> None:
    with pytest.raises(NotExpressibleError, match="latency"):
        drafts(about("", "value-changed", location="latency"), [response({})], [])
