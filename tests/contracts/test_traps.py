"""What is easily got wrong with Pact: each trap is built into, and the real verifier is asked."""

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from shadowpact.contracts import paths
from shadowpact.contracts.build import PARTY_LIMIT, build
from shadowpact.contracts.files import FILE_SIZE
from shadowpact.contracts.formats import FORMATS
from shadowpact.contracts.infer import format_matcher
from shadowpact.contracts.keep import accepts
from shadowpact.contracts.narrow import drafts
from shadowpact.contracts.request import NotExpressibleError
from support.build import JSON, request, response
from support.proven import floor_of, interactions, wrong
from support.samples import behaviour, difference, finding, sample

UUID = "0b9f3a52-6f0e-4c0a-9d5e-1f2a3b4c5d6e"
MATCHER = {"pact:matcher:type": "integer", "value": 1}
RICH = {
    "id": 1,
    "total": 10.5,
    "note": None,
    "key": UUID,
    "day": "2024-01-02",
    "lines": [{"n": 1, "tags": ["a"]}],
    "by_day": {"2024-01-02": {"n": 1}, "2024-01-03": {"n": 2}},
    "odd.name": {"with space": 1, "$": 2},
    "empty": {},
    "none": [],
}


def test_every_rule_of_a_contract_is_about_something_that_it_shows(tmp_path: Path) -> None:
    """Pact passes over a path that matches nothing."""
    expected = floor_of(tmp_path, RICH, RICH | {"note": "x", "id": 2})
    content, rules = expected["body"]["content"], expected["matchingRules"]["body"]
    shown = {path: paths.values_at(content, paths.place(path)) for path in rules}

    assert len(shown) > 10
    assert [path for path, values in shown.items() if not values or paths.MISSING in values] == []


def test_every_example_satisfies_its_own_rule(tmp_path: Path) -> None:
    """Pact never looks."""
    expected = floor_of(tmp_path, RICH, RICH | {"note": "x", "id": 2})
    content, rules = expected["body"]["content"], expected["matchingRules"]["body"]
    shown = [
        (rule, value)
        for path, rule in rules.items()
        for value in paths.values_at(content, paths.place(path))
    ]

    assert all(accepts(rule, value) for rule, value in shown)
    assert wrong(expected, content) == [[]]


def test_recorded_data_is_never_taken_for_a_matcher(tmp_path: Path) -> None:
    expected = floor_of(tmp_path, {"id": 1, "data": MATCHER, **MATCHER})
    sent = request("POST", headers=JSON, body=json.dumps(MATCHER).encode())
    outcome = build([behaviour(sample({}, asked=sent))], [], tmp_path / "sent")

    assert "pact:matcher:type" not in json.dumps(expected)
    assert wrong(expected, {"id": 2, "data": {"value": 1}, "value": 3}) == [[]]
    assert [one.reason for one in outcome.left_out] == [
        "the request's body holds text that Pact takes for a matcher"
    ]
    with pytest.raises(NotExpressibleError, match="a word of its own"):
        drafts(
            finding(sample({}, None, difference('$["pact:matcher:type"]', "missing"))),
            [response(MATCHER)],
            [response({})],
        )


def test_descriptions_are_unique_also_when_all_else_is_alike(tmp_path: Path) -> None:
    """Tools of Pact replace an interaction by another one of the same description."""
    first = sample({"a": 1, "b": 1}, {"a": "1"}, *gone("$.b"), target="/orders/1")
    second = sample({"c": 1}, {}, *gone("$.c"), target="/orders/2", name="2")
    build([behaviour(first), behaviour(second)], [finding(first), finding(second)], tmp_path)
    descriptions = [one["description"] for one in interactions(tmp_path)]

    assert len(descriptions) == len(set(descriptions)) == 4


def gone(path: str) -> tuple[Any, ...]:
    return (difference(path, "missing"),)


def test_what_is_ours_stands_in_the_comments_alone(tmp_path: Path) -> None:
    """Pact drops other attributes and metadata when it writes a file again."""
    floor_of(tmp_path, RICH)
    (file,) = tmp_path.rglob("*.json")
    pact = json.loads(file.read_text())
    known = {
        "type",
        "key",
        "description",
        "pending",
        "comments",
        "request",
        "response",
        "providerStates",
    }

    assert pact["metadata"] == {"pactSpecification": {"version": "4.0"}}
    assert pact["interactions"][0].keys() <= known


@pytest.mark.parametrize("wide", [12345678901234567890123, 2**64 - 1, 2**63, -(2**63)])
def test_an_integer_that_pact_reads_as_a_decimal_is_asked_for_as_it_reads_it(
    wide: int, tmp_path: Path
) -> None:
    body = f'{{"n": {wide}}}'.encode()
    expected = floor_of(tmp_path, response(body=body))

    assert wrong(expected, response(body=body), {"n": "x"})[1] == ["$.n"]
    assert wrong(expected, response(body=body)) == [[]]


def test_a_difference_that_pact_cannot_see_gets_no_interaction(tmp_path: Path) -> None:
    """Beyond 17 digits two numbers are equal to it."""
    ours, theirs = b'{"n": 0.12345678901234567891}', b'{"n": 0.12345678901234567892}'
    shown = sample(
        response(body=ours),
        response(body=theirs),
        difference("$.n", "value-changed", baseline=0.1, candidate=0.2),
    )
    outcome = build([], [finding(shown)], tmp_path)

    assert outcome.interactions == ()
    assert len(outcome.left_out) == 1


def test_a_body_that_is_null_is_not_asked_for(tmp_path: Path) -> None:
    """Pact takes it for no body, and fails."""
    expected = floor_of(tmp_path, response(body=b"null"))

    assert "body" not in expected
    assert wrong(expected, response(body=b"null")) == [[]]


def test_an_answer_without_a_body_leaves_the_body_open(tmp_path: Path) -> None:
    """An empty text would forbid one."""
    expected = floor_of(tmp_path, response(status=200, headers=(), body=b""))

    assert expected == {"status": 200}


def test_an_object_or_list_that_may_be_null_is_an_interaction_for_each(tmp_path: Path) -> None:
    """OR of type and null rejects null there."""
    seen = [{"o": None}, {"o": {"n": 1}}, {"o": [1]}]
    samples = [sample(one, target=f"/orders/{n}", name=str(n)) for n, one in enumerate(seen)]
    build([behaviour(one) for one in samples], [], tmp_path)
    held = [one["response"] for one in interactions(tmp_path)]

    assert len(held) == 3
    assert sorted(len([w for w in wrong(one, *seen) if not w]) for one in held) == [1, 1, 3]


def test_elements_that_are_null_sometimes_are_left_to_the_schema(tmp_path: Path) -> None:
    expected = floor_of(tmp_path, {"l": [None, {"n": 1}]})

    assert wrong(expected, {"l": [{"n": 2}, None]}, {"l": []}) == [[], []]


def test_a_scalar_that_may_be_null_shows_a_value(tmp_path: Path) -> None:
    """With null for an example Pact would reject values."""
    expected = floor_of(tmp_path, {"s": None, "n": None}, {"s": "x", "n": 1})

    assert expected["body"]["content"] == {"n": 1, "s": "x"}
    assert wrong(expected, {"s": "y", "n": None}, {"s": None, "n": 2}) == [[], []]
    assert wrong(expected, {"s": 5, "n": 1}, {"s": "x", "n": "1"}) == [["$.s"], ["$.n"]]


def test_a_name_that_comes_only_sometimes_is_not_asked_for(tmp_path: Path) -> None:
    expected = floor_of(tmp_path, {"a": 1, "l": [{"x": 1, "y": 1}]}, {"a": 1, "l": [{"x": 1}]})

    assert wrong(expected, {"a": 1, "l": [{"x": 1}]}) == [[]]


def test_integer_and_decimal_are_told_apart_only_where_the_baseline_does(tmp_path: Path) -> None:
    expected = floor_of(tmp_path, {"n": 1, "d": 1.5, "b": 1}, {"n": 2, "d": 2.5, "b": 1.5})

    assert wrong(expected, {"n": 3, "d": 3.5, "b": 3}) == [[]]
    assert wrong(expected, {"n": 3.0, "d": 3, "b": "3"}) == [["$.b", "$.d", "$.n"]]


def test_a_number_is_no_text_although_patterns_match_numbers(tmp_path: Path) -> None:
    population = [{"s": str(n % 2 + 10)} for n in range(60)]
    expected = floor_of(tmp_path, {"s": "10"}, {"s": "11"}, population=population)

    assert wrong(expected, {"s": "11"}, {"s": 11}) == [[], ["$.s"]]


def test_a_pattern_is_about_the_whole_text(tmp_path: Path) -> None:
    population = [{"s": ["open", "paid"][n % 2], "n": n} for n in range(60)]
    expected = floor_of(tmp_path, population[0], population[1], population=population)

    assert wrong(expected, {"s": "paid", "n": 1}, {"s": "unpaid", "n": 1}) == [[], ["$.s"]]


def test_a_list_may_be_empty_unless_it_never_was(tmp_path: Path) -> None:
    sometimes = floor_of(tmp_path / "a", {"l": [1]}, {"l": []})
    never = floor_of(tmp_path / "b", {"l": [1]}, population=[{"l": [n]} for n in range(20)])

    assert wrong(sometimes, {"l": []}, {"l": [1, 2, 3]}, {"l": ["x"]}) == [[], [], ["$.l[0]"]]
    assert wrong(never, {"l": []}) == [["$.l"]]


def test_every_value_of_a_map_is_looked_at_and_the_names_too(tmp_path: Path) -> None:
    """``eachKey`` alone passes over values, ``values`` alone over names."""
    population = [{"m": {f"2024-01-{d:02}": d for d in (n + 1, n + 2)}} for n in range(20)]
    expected = floor_of(tmp_path, population[0], population[1], population=population)

    assert wrong(
        expected,
        {"m": {"2025-05-05": 1, "2025-05-06": 2, "2025-05-07": 3}},
        {"m": {}},
        {"m": {"2025-05-05": 1, "2025-05-06": "2"}},
        {"m": {"2025-05-05": 1, "soon": 2}},
    ) == [[], [], ['$.m["2025-05-06"]'], ["$.m.soon"]]


def test_a_name_that_pact_would_read_as_a_path_is_one_name(tmp_path: Path) -> None:
    expected = floor_of(tmp_path, {"a.b": 1, "c d": {"e[0]": "x"}, "it's": 5})

    assert wrong(expected, {"a.b": 2, "c d": {"e[0]": "y"}}) == [[]]
    assert wrong(expected, {"a.b": "2", "c d": {"e[0]": 1}}) == [['$["a.b"]', '$["c d"]["e[0]"]']]


@pytest.mark.parametrize("text", ["2024-01-02T03:04:05Z", "2024-01-02T03:04:05.5+05:30"])
def test_dates_are_asked_for_in_the_layout_they_have(text: str, tmp_path: Path) -> None:
    """Pact's patterns are strict: ``X`` rejects +00:00, ``SSS`` wants three digits."""
    population = [{"at": text, "n": n} for n in range(20)]
    expected = floor_of(tmp_path, population[0], population=population)

    assert wrong(expected, {"at": text, "n": 1}, {"at": "soon", "n": 1}) == [[], ["$.at"]]


@pytest.mark.parametrize(
    "text",
    [
        UUID,
        UUID.upper(),
        "2024-02-29",
        "2024-01-02T03:04:05Z",
        "2024-01-02T03:04:05+00:00",
        "2024-01-02T03:04:05-11:30",
        "2024-01-02T03:04:05.123Z",
        "2024-01-02T03:04:05.123456+02:00",
        "2024-01-02T03:04:05",
        "a.b+c@example.org",
    ],
)
def test_the_verifier_takes_every_format_as_we_do(text: str) -> None:
    for one in FORMATS:
        if one.accepts(text):
            expected = body_of(format_matcher(one, text).to_pact(), text)
            assert wrong(expected, {"a": text}, {"a": "x " + text}) == [[], ["$.a"]]


def body_of(rule: dict[str, Any], example: Any) -> dict[str, Any]:
    return {
        "status": 200,
        "body": {"contentType": "application/json", "encoded": False, "content": {"a": example}},
        "matchingRules": {"body": {"$.a": rule}},
    }


def test_headers_are_asked_for_only_where_they_hold(tmp_path: Path) -> None:
    """Repeated lines are compared by number and order, and a coding is undone before."""
    both = (*JSON, (b"Vary", b"a"), (b"Vary", b"b"), (b"Content-Encoding", b"gzip"))
    answer = response(body=gzip.compress(b'{"a": 1}'), headers=both)
    outcome = build([behaviour(sample(answer))], [], tmp_path, headers=("vary", "content-encoding"))
    (held,) = interactions(tmp_path)

    assert len(outcome.interactions) == 1
    assert "headers" not in held["response"]


@pytest.mark.parametrize(
    "value", [b"no-cache, no-store", b"", b'Bearer realm="a,b"', b"Sun, 15 Jun 2025 15:06:40 GMT"]
)
def test_a_header_may_say_something_else(value: bytes, tmp_path: Path) -> None:
    """A comma makes several values of one in some of Pact's clients."""
    told = (*JSON, (b"Cache-Control", b"max-age=60"))
    expected = floor_of(tmp_path, response({}, headers=told))
    other = response({}, headers=(*JSON, (b"cache-control", value)))

    assert wrong(expected, other, response({})) == [[], ["cache-control"]]


@pytest.mark.parametrize(
    "media", [b"application/json; charset=utf-8", b"Application/JSON", b"application/json;v=2"]
)
def test_parameters_of_the_media_type_do_not_matter(media: bytes, tmp_path: Path) -> None:
    expected = floor_of(tmp_path, {"a": 1})
    other = response({"a": 1}, headers=((b"content-type", media),))

    assert wrong(expected, other) == [[]]


def test_another_media_type_does(tmp_path: Path) -> None:
    """Pact by itself takes problem+json for json."""
    expected = floor_of(tmp_path, {"a": 1})
    other = response({"a": 1}, headers=((b"content-type", b"application/problem+json"),))

    assert wrong(expected, other) == [["content-type"]]


def test_what_would_break_or_double_a_request_is_not_sent(tmp_path: Path) -> None:
    headers = (
        (b"Host", b"monolith"),
        (b"Content-Length", b"9"),
        (b"Accept-Encoding", b"br"),
        (b"Connection", b"close"),
        (b"Accept", b"application/json"),
    )
    build([behaviour(sample({}, asked=request(headers=headers)))], [], tmp_path)
    (held,) = interactions(tmp_path)

    assert held["request"]["headers"] == {"accept": ["application/json"]}


def test_a_body_that_is_no_text_is_sent_byte_by_byte(tmp_path: Path) -> None:
    sent = request("POST", headers=((b"content-type", b"application/x-own"),), body=b"\0\xff")
    build([behaviour(sample({}, asked=sent))], [], tmp_path)
    (held,) = interactions(tmp_path)

    assert held["request"]["body"]["encoded"] == "base64"
    assert base64.b64decode(held["request"]["body"]["content"]) == b"\0\xff"


def test_a_route_with_too_many_files_worth_of_interactions_stays_within_the_limits(
    tmp_path: Path,
) -> None:
    """The verifier's time grows with the square of a file's interactions."""
    seen = [
        behaviour(sample({"a": n}, target=f"/r{n}", name=str(n)), route=f"GET /r{n}", count=n)
        for n in range(1, PARTY_LIMIT + 3)
    ]
    outcome = build(seen, [], tmp_path)
    sizes = [len(json.loads(f.read_text())["interactions"]) for f in tmp_path.rglob("*.json")]

    assert sum(sizes) == len(outcome.interactions) == PARTY_LIMIT == 300
    assert max(sizes) <= FILE_SIZE == 20
    assert sorted(one.route for one in outcome.left_out) == ["GET /r1", "GET /r2"]
