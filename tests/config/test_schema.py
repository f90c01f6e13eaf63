"""The published JSON Schema, and that it says what the settings say."""

import json
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from shadowpact.compare.settings import RULE_KINDS, Rule
from shadowpact.config.load import load
from shadowpact.config.schema import check, schema
from shadowpact.config.settings import Settings
from shadowpact.mirror.settings import CandidateSettings


def kebab(struct: type[msgspec.Struct]) -> set[str]:
    return {field.replace("_", "-") for field in struct.__struct_fields__}


def texts(document: dict[str, Any]) -> list[str]:
    return [problem.text for problem in check(document)]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema())

    assert schema()["$schema"].endswith("2020-12/schema")


def test_every_key_is_described() -> None:
    def undescribed(part: dict[str, Any], name: str) -> list[str]:
        inner = part.get("properties", {}).items()
        found = [f"{name}.{key}" for key, rule in inner if "description" not in rule]
        return found + [x for key, rule in inner for x in undescribed(rule, f"{name}.{key}")]

    candidate = schema()["properties"]["candidates"]["additionalProperties"]
    rule = schema()["properties"]["rules"]["items"]

    assert undescribed(schema(), "") == []
    assert undescribed(candidate, "candidates") == []
    assert undescribed(rule, "rules") == []


def test_rules_and_candidates_have_the_keys_of_their_settings() -> None:
    candidate = schema()["properties"]["candidates"]["additionalProperties"]["properties"]
    rule = schema()["properties"]["rules"]["items"]["properties"]

    assert set(candidate) == kebab(CandidateSettings) - {"name"}
    assert set(rule) == kebab(Rule) - {"source"}
    assert tuple(rule["kind"]["enum"]) == RULE_KINDS


def test_the_published_defaults_of_a_rule_are_the_settings_defaults() -> None:
    published = schema()["properties"]["rules"]["items"]["properties"]
    made = Rule(id="x", kind="ignore", reason="x")
    optional = {key: getattr(made, key.replace("-", "_")) for key in published}

    assert all(
        optional[key] in ({}, (), None)
        if rule.get("default") in (None, [], {})
        else optional[key] == rule["default"]
        for key, rule in published.items()
        if key not in {"id", "kind", "reason"}
    )


def test_every_part_of_the_settings_can_be_configured() -> None:
    elsewhere = {"source", "baseline-url"}

    assert kebab(Settings) - elsewhere <= set(schema()["properties"])


def test_the_published_defaults_are_the_settings_defaults() -> None:
    settings = load(environ={})
    published = {
        (section, key): rule["default"]
        for section, part in schema()["properties"].items()
        for key, rule in part.get("properties", {}).items()
        if "default" in rule and key not in {"extra-headers", "extra-members"}
    }
    actual = {
        (section, key): getattr(getattr(settings, section), key.replace("-", "_"))
        for section, key in published
    }

    assert json.loads(json.dumps(list(actual.values()))) == list(published.values())


def test_the_published_defaults_of_a_candidate_are_the_settings_defaults() -> None:
    candidate = schema()["properties"]["candidates"]["additionalProperties"]["properties"]
    published = {key: rule["default"] for key, rule in candidate.items() if "default" in rule}
    made = CandidateSettings(name="x", url="http://x.test")
    actual = {key: getattr(made, key.replace("-", "_")) for key in published}
    actual["routes"] = [route.pattern for route in made.routes]

    assert actual == published


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({"baselines": {}}, "unknown key; did you mean 'baseline'?"),
        ({"min-pairs": 3}, "unknown key; 'min-pairs' belongs in [gate]"),
        ({"gate": {"timeout-ms": 3}}, "unknown key; 'timeout-ms' belongs in [candidates.NAME]"),
        ({"gate": {"reason": 3}}, "unknown key; 'reason' belongs in [[rules]]"),
        ({"gate": {"zzz": 3}}, "unknown key; known: min-pairs, max-loss-rate"),
        ({"gate": 3}, "got 3, expected a table"),
        (
            {"gate": {"min-pairs": True}},
            "got true, expected a whole number from 1 to 1000000000",
        ),
        ({"gate": {"max-loss-rate": "5%"}}, "got '5%', expected a number from 0 to 1"),
        ({"rules": {"id": "x"}}, "got a table, expected a list"),
        (
            {"rules": [{"id": "x", "kind": "number", "reason": "x", "absolute": -1}]},
            "got -1, expected a number of at least 0",
        ),
        (
            {"rules": [{"id": "x", "kind": "nullish", "reason": "x", "values": ["nul"]}]},
            'got \'nul\', expected "null", "missing" or "empty"; did you mean \'null\'?',
        ),
        (
            {"candidates": {"a": {"url": "http://a.test", "host": "keep"}}},
            'got \'keep\', expected "preserve" or "candidate"',
        ),
    ],
)
def test_a_departure_is_explained(document: dict[str, Any], text: str) -> None:
    assert texts(document) == [text]
