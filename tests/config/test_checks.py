"""What no schema can say."""

import math
from typing import Any

import pytest

from shadowpact.config.checks import check
from shadowpact.config.problems import Source, dotted

UNPAIRED = "'{' without its counterpart; a parameter is written {name}"
SOURCE = Source(name="x.toml", lines={("candidates", "a"): 4, ("rules", 0): 9})


def found(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(dotted(problem.path), problem.text) for problem in check(document, SOURCE)]


def candidate(name: str = "a", **keys: Any) -> dict[str, Any]:
    return {name: {"url": "http://a.test", **keys}}


def rule(**keys: Any) -> dict[str, Any]:
    return {"id": "r", "kind": "ignore", "reason": "x", "path": "$.a"} | keys


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8001",
        "https://monolith.test",
        "http://[::1]:8001/",
        "HTTP://Monolith.test",
    ],
)
def test_a_url_is_accepted(url: str) -> None:
    assert found({"baseline": {"url": url}, "candidates": candidate(url=url)}) == []


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("127.0.0.1:8001", "expected it to start with http:// or https://"),
        ("localhost", "expected it to start with http:// or https://"),
        ("", "expected it to start with http:// or https://"),
        ("ftp://a.test", "expected it to start with http:// or https://"),
        ("http://", "expected a host"),
        ("http://:80", "expected a host"),
        ("http://a b.test", "expected a host"),
        ("http://a.test:0", "expected a host"),
        ("http://a.test:99999", "is no URL"),
        ("http://a.test:x", "is no URL"),
        ("http://[::1", "is no URL"),
        ("http://a.test?x=1", "without query"),
        ("http://a.test?", "without query"),
        ("http://a.test#x", "without query"),
    ],
)
def test_a_malformed_url_is_refused(url: str, text: str) -> None:
    problems = found({"baseline": {"url": url}, "candidates": candidate(url=url)})

    assert [path for path, _ in problems] == ["baseline.url", "candidates.a.url"]
    assert all(text in got for _, got in problems)


def test_a_password_in_a_url_is_refused_and_not_repeated() -> None:
    problems = found({"baseline": {"url": "http://me:open-sesame@a.test"}})

    assert [path for path, _ in problems] == ["baseline.url"]
    assert "open-sesame" not in problems[0][1]


def test_only_a_candidate_has_a_path() -> None:
    url = "http://a.test/v2"

    assert found({"candidates": candidate(url=url)}) == []
    assert found({"baseline": {"url": url}}) == [
        (
            "baseline.url",
            "got 'http://a.test/v2', expected no path: targets go to the baseline as they are",
        )
    ]


def test_hosts_have_no_scheme_and_a_real_port() -> None:
    good = ["a.test", "a.test:80", "[::1]:80", "127.0.0.1"]
    bad = ["http://a.test", "a.test:0", "a.test:99999", "a/b", ""]

    problems = found({"baseline": {"hosts": good + bad}})

    assert [path for path, _ in problems] == [f"baseline.hosts[{i}]" for i in range(4, 9)]


def test_a_malformed_pattern_is_refused_with_its_position() -> None:
    problems = found({"candidates": candidate(routes=["/a", {"match": "/b/{id"}])})

    assert problems == [
        (
            "candidates.a.routes[1]",
            "malformed pattern '/b/{id': at character 4: " + UNPAIRED,
        )
    ]


def test_two_candidates_cannot_have_the_same_pattern() -> None:
    routes = ["GET /orders/{id}", "/orders/{id}"]
    both = candidate("a", routes=routes) | candidate("b", routes=["GET /orders/{number}"])

    assert found({"candidates": both}) == [
        (
            "candidates.b.routes[0]",
            "'GET /orders/{number}' is declared twice, x.toml:4 gives it to 'a'; keep one of them",
        )
    ]


def test_two_candidates_without_routes_would_share_everything() -> None:
    problems = found({"candidates": candidate("a") | candidate("b")})

    assert [path for path, _ in problems] == ["candidates.b.routes[0]"]


def test_rule_ids_are_unique_and_the_builtin_prefix_is_reserved() -> None:
    problems = found({"rules": [rule(), rule(), rule(id="builtin:date")]})

    assert problems == [
        ("rules[1].id", "'r' is taken by the rule at x.toml:9; ids are unique"),
        (
            "rules[2].id",
            "got 'builtin:date'; the prefix 'builtin:' is reserved for built-in rules",
        ),
    ]


def test_a_rule_names_a_path_or_a_header_or_a_location() -> None:
    neither = {"id": "n", "kind": "ignore", "reason": "x"}
    latency = {"id": "l", "kind": "ignore", "reason": "x", "location": "latency"}

    assert found({"rules": [neither, rule(header="etag"), latency]}) == [
        ("rules[0]", "lacks a place: a 'path', a 'header' or a 'location'"),
        ("rules[1]", "has both 'path' and 'header', expected one of them"),
    ]


def test_a_rule_names_a_candidate_that_exists_and_a_route_that_can() -> None:
    document = {
        "candidates": candidate("orders"),
        "rules": [rule(candidate="ordres"), rule(id="s", route="GET orders")],
    }

    assert found(document) == [
        ("rules[0].candidate", "no candidate 'ordres'; did you mean 'orders'?"),
        (
            "rules[1].route",
            "malformed pattern 'GET orders': at character 5: a path starts with '/'",
        ),
    ]


def test_a_rule_expires_on_a_day_of_the_calendar() -> None:
    problems = found({"rules": [rule(expires="2028-02-29"), rule(id="s", expires="2030-02-29")]})

    assert problems == [
        ("rules[1].expires", "got '2030-02-29', expected a day such as 2030-12-31"),
    ]


def test_a_segment_fits_into_the_recording() -> None:
    assert found({"recording": {"segment-bytes": 4096, "max-bytes": 2048}}) == [
        (
            "recording.segment-bytes",
            "got 4096, more than max-bytes (2048); a recording has several segments",
        )
    ]


def test_numbers_are_finite() -> None:
    assert found({"gate": {"max-loss-rate": math.nan}, "rules": [{"x": math.inf}]})[-2:] == [
        ("gate.max-loss-rate", "got nan, expected a finite number"),
        ("rules[0].x", "got inf, expected a finite number"),
    ]


@pytest.mark.parametrize(
    "document",
    [
        {"baseline": 1, "candidates": [], "rules": "x", "recording": None},
        {"baseline": {"url": 1, "hosts": 2}, "candidates": {"a": 1}, "rules": [1]},
        {"baseline": {"hosts": [1]}, "candidates": {"a": {"url": 1, "routes": 2}}},
        {"candidates": {"a": {"routes": [1, {}, {"match": 1}]}}},
    ],
)
def test_values_of_the_wrong_type_are_left_to_the_schema(document: dict[str, Any]) -> None:
    assert found(document) == []


@pytest.mark.parametrize(
    ("host", "substitute"),
    [
        ("cdn.test", "cdn.next.test"),
        ("cdn.test:8080", "[::1]:9001"),
        ("https://shop.test", "http://127.0.0.1:9001"),
        ("https://shop.test/", "https://shop.next.test"),
    ],
)
def test_a_host_or_an_origin_stands_for_another(host: str, substitute: str) -> None:
    assert found({"compare": {"hosts": {host: substitute}}}) == []


@pytest.mark.parametrize(
    ("host", "substitute", "text"),
    [
        ("cdn.test/a", "b.test", "got 'cdn.test/a', expected a host, host:port or a URL without"),
        ("cdn.test", "b.test:99999", "got 'b.test:99999', expected a host"),
        ("https://cdn.test", "b.test", "a scheme on both sides, or on none"),
        ("https://cdn.test", "https://b.test/v2", "expected no path"),
        ("ftp://cdn.test", "ftp://b.test", "http:// or https://"),
        ("https://u:pw@cdn.test", "https://b.test", "without user or password"),
    ],
)
def test_what_is_no_host_cannot_stand_for_one(host: str, substitute: str, text: str) -> None:
    problems = found({"compare": {"hosts": {host: substitute}}})

    assert problems[0][0] == f"compare.hosts.{host}"
    assert text in problems[0][1]
    assert "pw" not in problems[0][1]


def test_a_waiver_ends_on_a_day_of_the_calendar_and_is_the_only_one_for_its_interaction() -> None:
    waiver = {"interaction": "k", "who": "a", "why": "b", "until": "2030-02-29"}
    problems = found({"waivers": [waiver, {**waiver, "until": "2030-02-28"}]})

    assert problems == [
        ("waivers[0].until", "got '2030-02-29', expected a day such as 2030-12-31"),
        ("waivers[1].interaction", "got 'k' once more; another waiver is for this interaction"),
    ]
