"""A new shadowpact.toml."""

import tomllib

import pytest

from shadowpact.config import loads
from shadowpact.config.example import example
from shadowpact.config.schema import schema

BASELINE = "http://127.0.0.1:8001"


def test_it_loads_with_the_defaults_and_what_was_given() -> None:
    text = example(BASELINE, {"orders": "http://a.test", "users.v2": "http://b.test/x"})

    settings = loads(text, environ={})
    orders, users = settings.mirror.candidates

    assert settings.baseline_url == BASELINE
    assert (orders.name, orders.url) == ("orders", "http://a.test")
    assert (users.name, users.url) == ("users.v2", "http://b.test/x")
    assert [route.pattern for route in orders.routes + users.routes] == ["/**", "/users.v2/**"]


def test_every_key_of_the_schema_is_shown_but_those_of_rules() -> None:
    text = example(BASELINE, {"orders": "http://a.test"})

    sections = schema()["properties"]
    lists = {"rules", "waivers"}
    tables = [part for name, part in sections.items() if name not in {"candidates", *lists}]
    tables.append(sections["candidates"]["additionalProperties"])
    keys = {key for table in tables for key in table["properties"]}

    assert all(f"{key} = " in text for key in keys)


def test_the_keys_behind_a_comment_are_valid() -> None:
    text = example(BASELINE, {"orders": "http://a.test"})
    uncommented = [
        line.removeprefix("# ") if " = " in line and line.split()[1].islower() else line
        for line in text.splitlines()
        if not line.startswith("# /orders") and "{ match" not in line
    ]
    settings = loads("\n".join(_toml_only(uncommented)), environ={})

    assert settings.mirror.max_lag_ms == 300_000
    assert settings.contracts.consumer_header == "X-Consumer"
    assert settings.rules[0].id == "updated-at"


def _toml_only(lines: list[str]) -> list[str]:
    """Lines that are TOML, and the header of the one rule that is shown."""
    kept = []
    for line in lines:
        candidate = "[[rules]]" if line == "# [[rules]]" else line
        try:
            tomllib.loads(candidate)
        except tomllib.TOMLDecodeError:
            continue
        kept.append(candidate)
    return kept


@pytest.mark.parametrize("url", ['http://a.test/"x', "http://a.test/\\n"])
def test_an_odd_url_is_quoted(url: str) -> None:
    text = example(BASELINE, {"orders": url})

    assert tomllib.loads(text)["candidates"]["orders"]["url"] == url
