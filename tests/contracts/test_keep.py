"""Contracts made from a population, proven by Pact's verifier, and kept while they hold."""

import json
from pathlib import Path
from typing import Any

import pytest

from shadowpact.contracts.build import build
from shadowpact.contracts.execute import Target
from shadowpact.contracts.keep import accepts
from shadowpact.contracts.verify import verify
from support.population import profiles_from
from support.provider import json_reply, provider
from support.samples import behaviour, difference, finding, sample

UUID = "0b9f3a52-6f0e-4c0a-9d5e-1f2a3b4c5d6e"


def order(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "key": UUID,
        "status": ["open", "paid"][number % 2],
        "at": "2024-01-02T03:04:05Z",
        "mail": f"a{number}@example.com",
        "note": None if number % 3 else "x",
        "total": 10 if number % 4 == 0 else 10.5,
        "lines": [{"sku": "a", "n": number}],
        "by_day": {"2024-01-02": number},
        **changes,
    }


MANY = [order(number) for number in range(80)]


def made(out: Path, population: list[Any], *documents: Any) -> dict[str, Any]:
    """Build with samples and a population; the one floor's expected answer."""
    samples = [
        sample(one, target=f"/orders/{n}", name=str(n))
        for n, one in enumerate(documents or (order(3), order(4)))
    ]
    seen = behaviour(*samples)
    build([seen], [], out, profiles=profiles_from(seen, population))
    (file,) = out.rglob("GET_*.json")
    (held,) = json.loads(file.read_text())["interactions"]
    return dict(held["response"])


def body_rules(answer: dict[str, Any]) -> dict[str, Any]:
    return {
        path: [m.get("regex") or m.get("format") or m["match"] for m in rule["matchers"]]
        for path, rule in answer["matchingRules"]["body"].items()
    }


def mismatches(out: Path, answer: Any) -> list[str]:
    with provider(lambda _: json_reply(answer)) as server:
        told = verify(out, provider="orders", target=Target(url=server.url))
    return [mismatch.path for one in told.interactions for mismatch in one.mismatches]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("contracts")
    made(folder, MANY)
    return folder


def test_the_population_makes_the_matchers(tmp_path: Path) -> None:
    answer = made(tmp_path, MANY)

    assert body_rules(answer) == {
        "$.at": ["yyyy-MM-dd'T'HH:mm:ssXXX"],
        "$.by_day": ["eachKey", "values"],
        "$.id": ["integer"],
        "$.key": ["type", r"^(?:[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})$"],
        "$.lines": ["type"],
        "$.lines[*].n": ["integer"],
        "$.lines[*].sku": ["type"],
        "$.mail": ["type", r"^(?:[^@\s]+@[^@\s]+\.[^@\s]+)$"],
        "$.note": ["type", "null"],
        "$.status": ["type", "^(?:open|paid)$"],
        "$.total": ["number"],
    } | ({"$.by_day.*": ["integer"]} if "$.by_day.*" in body_rules(answer) else {})
    assert answer["matchingRules"]["body"]["$.lines"]["matchers"] == [{"match": "type", "min": 1}]


@pytest.mark.parametrize("number", [0, 1, 2, 5])
def test_every_answer_of_the_population_passes(out: Path, number: int) -> None:
    assert mismatches(out, order(number, note=None if number else "y")) == []


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"status": "OPEN"}, "$.status"),
        ({"at": "2024-01-02 03:04:05"}, "$.at"),
        ({"mail": "nobody"}, "$.mail"),
        ({"key": "17"}, "$.key"),
        ({"note": 5}, "$.note"),
        ({"total": "10"}, "$.total"),
        ({"lines": []}, "$.lines"),
        ({"lines": [{"sku": "a", "n": 1}, {"sku": "b", "n": "2"}]}, "$.lines[1].n"),
        ({"by_day": {"soon": 1}}, "$.by_day.soon"),
        ({"id": 1.5}, "$.id"),
    ],
)
def test_an_answer_of_another_kind_fails_at_its_place(
    out: Path, changes: dict[str, Any], path: str
) -> None:
    assert path in mismatches(out, order(1, **changes))


def test_a_name_that_some_element_lacks_is_not_asked_for(tmp_path: Path) -> None:
    population = [{"l": [{"a": n, "b": 1}]} for n in range(30)] + [{"l": [{"a": 1}]}]
    answer = made(tmp_path, population, {"l": [{"a": 1, "b": 1}]})

    assert answer["body"]["content"] == {"l": [{"a": 1}]}


def test_a_disputed_place_is_left_to_its_finding(tmp_path: Path) -> None:
    changed = difference("$.status", "value-changed", baseline="paid", candidate="PAID")
    shown = sample(order(3), order(3, status="PAID"), changed)
    seen = behaviour(shown)
    build([seen], [finding(shown)], tmp_path, profiles=profiles_from(seen, MANY))
    floor, narrow = sorted(
        (
            one
            for file in tmp_path.rglob("GET_*.json")
            for one in json.loads(file.read_text())["interactions"]
        ),
        key=lambda one: one["comments"]["shadowpact"]["kind"],
        reverse=True,
    )

    assert body_rules(floor["response"])["$.status"] == ["type"]
    assert not floor["pending"]
    assert narrow["pending"]


def rebuilt(out: Path, population: list[Any], *documents: Any) -> tuple[dict[str, Any], Any]:
    (file,) = out.rglob("GET_*.json")
    before = json.loads(file.read_text())["interactions"][0]["response"]
    return before, made(out, population, *documents)


def test_the_example_stays_while_it_holds(tmp_path: Path) -> None:
    made(tmp_path, MANY)
    before, after = rebuilt(tmp_path, MANY, order(7), order(8))

    assert after == before


def test_what_asked_for_a_type_only_is_refined_when_more_was_seen(tmp_path: Path) -> None:
    made(tmp_path, MANY[:9])
    before, after = rebuilt(tmp_path, MANY)

    assert body_rules(before)["$.status"] == ["type"]
    assert body_rules(after)["$.status"] == ["type", "^(?:open|paid)$"]
    assert after["body"] == before["body"]


@pytest.mark.parametrize(
    ("change", "path", "rules"),
    [
        ({"status": "lost"}, "$.status", ["type", "^(?:lost|open|paid)$"]),
        ({"status": None}, "$.status", ["^(?:open|paid)$", "null"]),
        ({"at": "today"}, "$.at", ["type"]),
        ({"key": "x"}, "$.key", ["type"]),
        ({"id": 1.5}, "$.id", ["number"]),
        ({"lines": []}, "$.lines", ["type"]),
        ({"mail": 5}, "$.mail", None),
    ],
)
def test_only_the_rule_that_the_population_contradicts_is_made_anew(
    tmp_path: Path, change: dict[str, Any], path: str, rules: list[str] | None
) -> None:
    made(tmp_path, MANY)
    more = [order(100 + n, **change, seq=n) for n in range(2)]
    before, after = rebuilt(tmp_path, [*MANY, *more])
    old, new = body_rules(before), body_rules(after)

    assert new.pop(path, None) == rules
    old.pop(path)
    assert new == old


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ({"combine": "OR", "matchers": [{"match": "type"}, {"match": "null"}]}, None, ...),
        ({"matchers": [{"match": "type"}, {"match": "regex", "regex": "^(?:a|b)$"}]}, "a", "c"),
        ({"matchers": [{"match": "type", "min": 1}]}, [1], []),
        ({"matchers": [{"match": "date", "format": "yyyy-MM-dd"}]}, "2024-01-02", "x"),
        ({"matchers": [{"match": "type"}]}, 1, None),
    ],
)
def test_a_rule_is_read_as_pact_reads_it(rule: dict[str, Any], good: Any, bad: Any) -> None:
    assert accepts(rule, good)
    assert bad is ... or not accepts(rule, bad)
