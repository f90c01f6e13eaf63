import gzip
import hashlib
from typing import Any

import pytest

from shadowpact.compare import Comparer, Comparison
from shadowpact.compare.origins import Services
from shadowpact.compare.settings import Rule
from shadowpact.errors import ConfigError
from shadowpact.model.difference import Difference
from shadowpact.model.exchange import Cut, Headers
from shadowpact.model.sharing import parse_both, remembered
from support.build import JSON, response

EVENTS: Headers = ((b"content-type", b"text/event-stream"),)


def rule(kind: str = "ignore", *, id: str = "r", **fields: Any) -> Rule:  # noqa: A002  as in Rule
    return Rule(id=id, kind=kind, reason="a test says so", **fields)


def found(comparison: Comparison) -> list[tuple[str, str, str, str | None]]:
    return [(d.location, d.path, d.kind, d.ignored_by) for d in comparison.differences]


def only(comparison: Comparison) -> Difference:
    [difference] = comparison.differences
    return difference


def test_equal_answers_have_no_differences() -> None:
    comparison = Comparer().compare(response({"id": 1}), response({"id": 1}))

    assert comparison == Comparison()
    assert comparison.equal


@pytest.mark.parametrize(("codes", "severity"), [((200, 500), "breaking"), ((200, 201), "changed")])
def test_a_status_of_another_class_breaks(codes: tuple[int, int], severity: str) -> None:
    difference = only(Comparer().compare(response({}, codes[0]), response({}, codes[1])))

    assert (difference.location, difference.path, difference.kind) == (
        "status",
        "",
        "value-changed",
    )
    assert (difference.baseline, difference.candidate) == codes
    assert difference.severity == severity


def test_number_boolean_text_and_decimal_are_all_different() -> None:
    values = [1, 1.0, True, "1"]
    comparer = Comparer()

    pairs = [
        comparer.compare(response({"v": one}), response({"v": other})).equal
        for one in values
        for other in values
    ]

    assert pairs == [one is other for one in values for other in values]


def test_identical_bytes_are_equal_even_when_they_are_no_json() -> None:
    broken = response(body=b'{"a": NaN')

    assert Comparer().compare(broken, response(body=b'{"a": NaN')).equal


def test_identical_bodies_under_other_content_types_differ_in_the_header_alone() -> None:
    comparison = Comparer().compare(
        response({}), response({}, headers=((b"content-type", b"text/plain"),))
    )

    assert found(comparison) == [("header", "content-type", "value-changed", None)]
    assert only(comparison).severity == "breaking"


def test_bodies_are_compared_without_their_content_encoding() -> None:
    plain = response({"a": 1})
    packed = response(
        headers=(*JSON, (b"content-encoding", b"gzip")), body=gzip.compress(b'{"a": 1}')
    )

    assert Comparer().compare(plain, packed).equal


def test_a_broken_encoding_on_one_side_is_one_difference() -> None:
    broken = response(headers=(*JSON, (b"content-encoding", b"gzip")), body=b"not gzip")

    comparison = Comparer().compare(response({"a": 1}), broken)

    assert found(comparison) == [("body", "$", "undecodable", None)]
    assert only(comparison).message.startswith("candidate: not valid gzip")


def test_json_that_cannot_be_read_is_one_difference_that_says_why() -> None:
    comparison = Comparer().compare(response(body=b'{"a": 1}'), response(body=b'{"a": 1'))

    assert found(comparison) == [("body", "$", "undecodable", None)]
    assert only(comparison).message == (
        "candidate: not valid JSON: expected ',' or '}' (character 8)"
    )


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_an_answer_without_a_body_by_nature_has_none(method: str, status: int) -> None:
    one, other = response(status=status, body=b"1"), response(status=status, body=b"")

    assert Comparer().compare(one, other, method=method).equal


def test_no_body_against_a_body_is_one_missing_whole() -> None:
    comparison = Comparer().compare(response({"a": 1}), response(body=b""))

    assert found(comparison) == [("body", "$", "missing", None)]


@pytest.mark.parametrize("reason", ["over-cap", "event-stream"])
def test_a_cut_body_is_incomparable_when_nothing_tells_the_answers_apart(reason: str) -> None:
    cut = Cut(reason=reason, length_bytes=10, sha256=b"1" * 32)

    comparison = Comparer().compare(
        response(headers=EVENTS, body=b"a", cut=cut), response(headers=EVENTS, body=b"b")
    )

    assert comparison.incomparable == reason
    assert comparison.differences == ()


def test_a_cut_body_is_equal_when_length_and_digest_prove_it() -> None:
    body = b"x" * 100
    cut = Cut(reason="over-cap", length_bytes=100, sha256=hashlib.sha256(body).digest())

    comparison = Comparer().compare(response(body=b"x", cut=cut), response(body=body))

    assert comparison == Comparison()


def test_a_cut_body_does_not_hide_another_status() -> None:
    cut = Cut(reason="over-cap", length_bytes=10, sha256=b"1" * 32)

    comparison = Comparer().compare(response(body=b"a", cut=cut), response({}, 500))

    assert comparison.incomparable is None
    assert found(comparison) == [("status", "", "value-changed", None)]


def test_an_ignore_rule_marks_what_is_at_and_below_its_path() -> None:
    comparer = Comparer([rule(path="$.meta")])

    changed = comparer.compare(response({"meta": {"at": 1}}), response({"meta": {"at": 2}}))
    missing = comparer.compare(response({"meta": {"at": 1}}), response({}))

    assert changed.equal
    assert found(changed) == [("body", "$.meta.at", "value-changed", "r")]
    assert found(missing) == [("body", "$.meta", "missing", "r")]


@pytest.mark.parametrize(
    ("route", "applies"),
    [
        ("GET /orders/{orderId}", True),
        ("/orders/{other}", True),
        ("POST /orders/{orderId}", False),
        ("GET /orders", False),
        ("GET /orders/{id}/items", False),
    ],
)
def test_a_rule_applies_on_its_route_whatever_the_parameters_are_called(
    route: str, applies: bool
) -> None:
    comparer = Comparer([rule(path="$.a", route=route)])

    comparison = comparer.compare(response({"a": 1}), response({"a": 2}), route="GET /orders/{id}")

    assert comparison.equal is applies


@pytest.mark.parametrize(
    "limits",
    [{"status": 404}, {"media_type": "application/xml"}, {"candidate": "other"}],
)
def test_a_rule_keeps_to_its_status_media_type_and_candidate(limits: dict[str, Any]) -> None:
    comparer = Comparer([rule(path="$.a", **limits)])

    comparison = comparer.compare(response({"a": 1}), response({"a": 2}), candidate_name="orders")

    assert not comparison.equal


def test_a_header_rule_marks_its_header() -> None:
    comparer = Comparer([rule(header="X-Total-Count")])

    comparison = comparer.compare(
        response({}, headers=((b"x-total-count", b"1"),)),
        response({}, headers=((b"X-Total-Count", b"2"),)),
    )

    assert found(comparison) == [("header", "x-total-count", "value-changed", "r")]


def test_a_rule_on_a_location_covers_that_part_of_the_answer() -> None:
    comparer = Comparer([rule(location="status")])

    comparison = comparer.compare(response({"a": 1}), response({"a": 2}, 500))

    assert found(comparison) == [
        ("status", "", "value-changed", "r"),
        ("body", "$.a", "value-changed", None),
    ]


def test_volatile_headers_are_ignored_by_a_built_in_rule_that_can_be_switched_off() -> None:
    one = response({}, headers=(*JSON, (b"date", b"now")))
    other = response({}, headers=(*JSON, (b"Date", b"later")))

    marked = Comparer().compare(one, other)
    open_ = Comparer(builtin_rules=False).compare(one, other)

    assert found(marked) == [("header", "date", "value-changed", "builtin:date")]
    assert found(open_) == [("header", "date", "value-changed", None)]


def test_the_first_rule_that_covers_a_difference_is_named() -> None:
    comparer = Comparer([rule(id="one", path="$..b"), rule(id="two", path="$.a.b")])

    comparison = comparer.compare(response({"a": {"b": 1}}), response({"a": {"b": 2}}))

    assert only(comparison).ignored_by == "one"


def test_a_rule_that_raises_hides_nothing_and_is_reported() -> None:
    deep = b'{"a":' * 2000 + b"%d" + b"}" * 2000
    comparer = Comparer([rule(path="$..[?@.x]")])

    comparison = comparer.compare(response(body=deep % 1), response(body=deep % 2))

    assert not comparison.equal
    assert [id_ for id_, _ in comparison.rule_errors] == ["r"]


def test_a_filter_is_evaluated_in_the_document_that_has_the_node() -> None:
    comparer = Comparer([rule(path="$.items[?@.kind=='x']")])
    one = {"items": [{"id": 1, "kind": "x", "v": 1}]}
    other = {"items": [{"id": 1, "kind": "x", "v": 2}, {"id": 2, "kind": "x"}]}

    comparison = comparer.compare(response(one), response(other))

    assert {d.ignored_by for d in comparison.differences} == {"r"}


def test_a_rule_that_cannot_work_is_refused_at_once() -> None:
    with pytest.raises(ConfigError, match=r"shadowpact.toml:7: rule 'r': path 'a.b' is not valid"):
        Comparer([rule(path="a.b", source="shadowpact.toml:7")])


def test_all_differences_are_counted_and_the_first_of_a_path_are_listed() -> None:
    one = response({"v": [[n] for n in range(3000)]})
    other = response({"v": [[n + 5000] for n in range(3000)]})

    comparison = Comparer().compare(one, other)

    assert len(comparison.differences) == 1000
    assert comparison.truncated == comparison.truncated_open == 2000


def test_the_order_of_lists_inside_an_unordered_one_still_counts() -> None:
    comparer = Comparer([rule("unordered", path="$.a")])

    comparison = comparer.compare(response({"a": [[1, 2], 3]}), response({"a": [[2, 1], 3]}))

    assert found(comparison) == [("body", "$.a[0]", "order-changed", None)]


def test_people_are_told_which_element_by_its_key() -> None:
    one = {"items": [{"sku": "A1", "price": 1}, {"sku": "B", "price": 1}]}
    other = {"items": [{"sku": "B", "price": 2}, {"sku": "A1", "price": 1}]}

    comparison = Comparer().compare(response(one), response(other))

    assert [(d.path, d.label) for d in comparison.differences] == [
        ("$.items", ""),
        ("$.items[1].price", "items[sku=B].price"),
    ]


def test_what_a_rule_covers_takes_no_place_from_what_none_covers() -> None:
    one = {"v": [{"id": n, "a": 0, "b": 0} for n in range(1500)]}
    other = {"v": [{"id": n, "a": 1, "b": 0} for n in range(1500)]}

    comparison = Comparer([rule(path="$.v[:1200].a")]).compare(response(one), response(other))

    assert sum(d.ignored_by is None for d in comparison.differences) == 300
    assert (comparison.truncated, comparison.truncated_open) == (200, 0)
    assert not comparison.equal


MOVED = ((b"location", b"http://monolith.test/a"),), ((b"location", b"http://orders.test/a"),)
SERVICES = Services(baseline="http://monolith.test", candidates={"orders": "http://orders.test"})


def test_each_side_naming_itself_is_marked_and_equal() -> None:
    one, other = (response({}, 302, headers=headers) for headers in MOVED)

    comparison = Comparer(services=SERVICES).compare(one, other, candidate_name="orders")
    open_ = Comparer(services=SERVICES, builtin_rules=False).compare(one, other)

    assert comparison.equal
    assert only(comparison).ignored_by == "builtin:own-origin"
    assert only(open_).ignored_by is None
    assert only(open_).severity == "cosmetic"


def test_a_declared_rule_comes_before_the_built_in_one() -> None:
    one, other = (response({}, 302, headers=headers) for headers in MOVED)

    comparison = Comparer([rule("url", header="Location")], services=SERVICES).compare(one, other)

    assert only(comparison).ignored_by == "r"


def test_declared_hosts_hold_without_the_built_in_rules_too() -> None:
    one, other = (response({}, 302, headers=headers) for headers in MOVED)
    services = Services(hosts={"monolith.test": "orders.test"})

    comparison = Comparer(services=services, builtin_rules=False).compare(one, other)

    assert only(comparison).ignored_by == "builtin:hosts"


@pytest.mark.parametrize(
    "asserting",
    [
        rule("rename", path="$.a.b", to="c"),
        rule("move", path="$.a.b", to="$.d.b"),
        rule("convert", path="$.a.n", convert="number-to-string"),
        rule("map", path="$.s", mapping={"x": "y"}),
    ],
)
def test_comparing_leaves_the_documents_as_they_are_for_others(asserting: Rule) -> None:
    one = {"s": "x", "a": {"b": [1], "n": 1}, "d": {}}
    other = {"s": "y", "a": {"c": [1], "n": "1"}, "d": {"b": [1]}}
    comparer = Comparer([asserting, rule("unordered", id="u", path="$.a.b")])
    comparison = comparer.compare(response(one), response(other))
    documents = parse_both(response(one).body, response(other).body)

    assert comparison.rule_errors == ()
    assert "r" in {difference.ignored_by for difference in comparison.differences}
    assert documents == (one, other)
    assert remembered(response(one).body) == one


NEXT = [{"p": 1.1, "unit": "m"}, {"p": 1.2, "unit": "m"}, {"p": 1.1, "unit": "m"}]
BESIDE = [{"p": 1.2, "unit": "m"}, {"p": 1.1, "unit": "m"}, {"p": 1.1, "unit": "m"}]


@pytest.mark.parametrize(
    ("limits", "one", "other"),
    [
        ({"kind": "number", "absolute": 0.11}, [0.1, 0.2, 0.3], [0.2, 0.3, 0.4]),
        ({"kind": "number", "absolute": 0.2}, [20.1, 20.2, 20.1], [20.2, 20.1, 20.1]),
        ({"kind": "number", "relative": 0.1}, [100, 101, 102, 103], [101, 102, 103, 104]),
        ({"kind": "shape"}, ["2026-01-01", "2026-01-02"], ["2026-01-02", "2026-01-01"]),
        ({"kind": "text", "case": False}, ["a", "A", "a"], ["A", "a", "a"]),
        ({"kind": "ignore"}, [1, 2, 3], [2, 3, 1]),
        ({"kind": "number", "absolute": 0.2}, [[1.0, 2.0], [1.1, 2.0]], [[1.1, 2.0], [1.0, 2.0]]),
        ({"kind": "number", "absolute": 0.2}, NEXT, BESIDE),
    ],
)
@pytest.mark.parametrize("where", [{"path": "$.v[*]"}, {"path": "$..v"}, {"location": "body"}])
def test_elements_that_rules_cover_where_they_stand_have_not_moved(
    limits: dict[str, Any], one: list[Any], other: list[Any], where: dict[str, str]
) -> None:
    comparison = Comparer([rule(**limits, **where)]).compare(
        response({"v": one}), response({"v": other})
    )

    assert comparison.equal
    assert {(d.kind, d.ignored_by) for d in comparison.differences} == {("value-changed", "r")}
    assert len(comparison.differences) == sum(a != b for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1, 2.1, 3, 2.2, 9], [2.2, 1, 3, 2.1, 9]),
        ([*NEXT, {"p": 1.1, "unit": "cm"}], [{"p": 1.1, "unit": "cm"}, *NEXT]),
    ],
)
def test_one_element_that_no_rule_covers_where_it_stands_lets_the_list_be_aligned(
    one: list[Any], other: list[Any]
) -> None:
    close = rule("number", absolute=0.5, path="$.v[*]")
    comparison = Comparer([close]).compare(response({"v": one}), response({"v": other}))

    assert ("body", "$.v", "order-changed", None) in found(comparison)


def test_elements_with_a_key_are_not_taken_where_they_stand() -> None:
    one = [{"id": n, "p": 1.0 + n / 10} for n in range(3)]
    close = rule("number", absolute=5, location="body")
    comparison = Comparer([close]).compare(response({"v": one}), response({"v": one[::-1]}))

    assert found(comparison) == [("body", "$.v", "order-changed", None)]
