"""``shadowpact rules``."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from shadowpact.cli import build_app
from shadowpact.errors import ConfigError, ShadowpactError
from shadowpact.model.batch import Batch, RuleKey
from shadowpact.state import open_store

RULES = """\
[[rules]]
id = "updated-at"
kind = "ignore"
path = "$.updated_at"
route = "GET /orders/{number}"
status = 200
reason = "each side has its own clock"

[[rules]]
id = "etag"
kind = "ignore"
header = "etag"
reason = "computed from the clock"
"""


def ran(*arguments: str, status: int = 0) -> str:
    app = build_app(("rules",))
    result = CliRunner().invoke(app, ["rules", *arguments], env={})
    if isinstance(result.exception, ShadowpactError):
        raise result.exception
    assert result.exit_code == status, result.output
    return result.stdout


def document(*arguments: str, status: int = 0) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(ran(*arguments, "--format", "json", status=status))
    return parsed


def commit(*, pairs: int = 3, **rules: int) -> None:
    """Put pairs and what rules covered into the store."""
    route = "GET /orders/{id}"
    Path(".shadowpact").mkdir(exist_ok=True)
    store = open_store(Path(".shadowpact"))
    keys = {RuleKey(name, route, "body", "$.x", "value-changed"): n for name, n in rules.items()}
    store.commit(Batch(outcomes={(route, "orders", "pair", ""): pairs}, rules=keys), None)
    store.close()


def raised(rule: str) -> None:
    store = open_store(Path(".shadowpact"))
    outcomes: Any = {("GET /orders/{id}", "orders", "pair", ""): 1}
    store.commit(Batch(outcomes=outcomes, rule_errors={(rule, "boom"): 2}), None)
    store.close()


@pytest.fixture(autouse=True)
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("shadowpact.toml").write_text(RULES)
    return Path("shadowpact.toml")


def test_declared_rules_come_first_then_those_built_in() -> None:
    rules = document("list")["rules"]

    assert [rule["id"] for rule in rules[:2]] == ["updated-at", "etag"]
    assert all(rule["builtin"] and rule["id"].startswith("builtin:") for rule in rules[2:])
    assert all(rule["where"] != "header " and rule["reason"] for rule in rules)
    assert {"builtin:date", "builtin:transfer"} <= {rule["id"] for rule in rules}


def test_without_evidence_nobody_knows_what_is_unused() -> None:
    listed = document("list")
    first = listed["rules"][0]

    assert (listed["schema"], listed["pairs"]) == ("shadowpact/rules/1", 0)
    assert first == {
        "id": "updated-at",
        "kind": "ignore",
        "where": "$.updated_at on GET /orders/{number}, status 200",
        "reason": "each side has its own clock",
        "builtin": False,
        "source": "shadowpact.toml:1",
        "differences": None,
        "errors": None,
        "unused": None,
    }
    assert ran("check") == "2 rules checked, nothing was compared yet, 0 problems\n"


def test_with_evidence_a_rule_says_what_it_covered() -> None:
    commit(etag=4)

    first, second = document("list")["rules"][:2]

    assert (first["differences"], first["unused"]) == ({}, True)
    assert (second["differences"], second["unused"]) == ({"value-changed": 4}, False)
    assert "etag  (ignore, header etag): 4 value-changed" in ran("list")
    assert "(ignore, $.updated_at on GET /orders/{number}, status 200): unused" in ran("list")


def test_built_in_rules_can_be_switched_off(configuration: Path) -> None:
    configuration.write_text(f"{RULES}[compare]\nbuiltin-rules = false\n")

    assert len(document("list")["rules"]) == 2


def test_a_long_list_of_headers_is_shortened_for_a_person() -> None:
    line = next(line for line in ran("list").splitlines() if line.startswith("builtin:trace"))

    assert " and " in line
    assert line.count(",") < 5


def test_check_is_content_when_every_rule_does_something() -> None:
    commit(etag=4, **{"updated-at": 1})

    assert ran("check") == "2 rules checked, over 3 pairs, 0 problems\n"


def test_check_names_unused_rules_and_why() -> None:
    commit()

    assert document("check", status=1)["problems"] == [
        {
            "rule": "updated-at",
            "problem": "unused: covered none of 3 pairs (shadowpact.toml:1)",
        },
        {"rule": "etag", "problem": "unused: covered none of 3 pairs (shadowpact.toml:9)"},
    ]


def test_check_names_a_route_that_was_never_seen(configuration: Path) -> None:
    configuration.write_text(RULES.replace("/orders/{number}", "/ordres/{number}"))
    commit(etag=4)

    assert ran("check", status=1).splitlines()[0] == (
        "updated-at: unused: no pair on GET /ordres/{number} so far (shadowpact.toml:1)"
    )


def test_check_names_rules_that_raised_or_expired(configuration: Path) -> None:
    configuration.write_text(RULES.replace("status = 200", "expires = 2020-01-31"))
    commit(etag=4, **{"updated-at": 1})
    raised("etag")

    assert ran("check", status=1).splitlines() == [
        "updated-at: expired on 2020-01-31 (shadowpact.toml:1)",
        "etag: raised 2 times, and hid nothing there (shadowpact.toml:9)",
        "2 rules checked, over 4 pairs, 2 problems",
    ]


def test_check_names_what_a_removed_rule_left_behind() -> None:
    commit(etag=4, gone=5, **{"updated-at": 1, "builtin:date": 9})

    assert ran("check", status=1).splitlines()[0] == (
        "gone: is not declared any more, and 5 differences in the store carry it"
    )


def test_a_rule_that_cannot_work_is_a_configuration_error(configuration: Path) -> None:
    configuration.write_text(RULES.replace("$.updated_at", "$.["))

    with pytest.raises(ConfigError, match=r"shadowpact\.toml:4: rules\[0\]\.path: "):
        ran("check")
