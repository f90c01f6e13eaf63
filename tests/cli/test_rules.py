"""``shadowpact rules``."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from shadowpact.cli import build_app
from shadowpact.errors import ConfigError, NoEvidenceError, ShadowpactError, UsageError
from shadowpact.model.batch import (
    Batch,
    BehaviourKey,
    FindingDelta,
    FindingKey,
    RuleKey,
    SampleRank,
)
from shadowpact.model.finding import fingerprint
from shadowpact.model.pair import Sample
from shadowpact.state import open_store
from support.build import request, response

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

    checked = document("check", status=1)

    assert checked["schema"] == "shadowpact/rules-check/1"
    assert [(one["rule"], one["problem"]) for one in checked["problems"]] == [
        ("updated-at", "unused"),
        ("etag", "unused"),
    ]
    assert checked["problems"][0]["text"] == "covered none of 3 pairs"
    assert checked["problems"][0]["source"] == "shadowpact.toml:1"


def test_check_names_a_route_that_was_never_seen(configuration: Path) -> None:
    configuration.write_text(RULES.replace("/orders/{number}", "/ordres/{number}"))
    commit(etag=4)

    assert ran("check", status=1).splitlines()[0] == (
        "updated-at: unknown-route: no pair on GET /ordres/{number}, and no candidate has it; "
        "did you mean GET /orders/{id}? (shadowpact.toml:1)"
    )


def test_check_names_rules_that_raised_or_expired(configuration: Path) -> None:
    configuration.write_text(RULES.replace("status = 200", "expires = 2020-01-31"))
    commit(etag=4, **{"updated-at": 1})
    raised("etag")

    assert ran("check", status=1).splitlines() == [
        (
            "updated-at: expired: its last day was 2020-01-31; it hides nothing any more; "
            "it hid 1 difference (shadowpact.toml:1)"
        ),
        "etag: raised: 2 times, and hid nothing there; it hid 4 differences (shadowpact.toml:9)",
        "2 rules checked, over 4 pairs, 2 problems",
    ]


def test_check_names_what_a_removed_rule_left_behind() -> None:
    commit(etag=4, gone=5, **{"updated-at": 1, "builtin:date": 9})

    assert ran("check", status=1).splitlines()[0] == (
        "gone: undeclared: is not declared any more, and the store has what it covered; "
        "it hid 5 differences"
    )


def test_a_rule_that_cannot_work_is_a_configuration_error(configuration: Path) -> None:
    configuration.write_text(RULES.replace("$.updated_at", "$.["))

    with pytest.raises(ConfigError, match=r"shadowpact\.toml:4: rules\[0\]\.path: "):
        ran("check")


ROUTE = "GET /orders/{id}"


def keep(baseline: Any, candidate: Any, *, hidden: dict[tuple[str, str, str], int]) -> None:
    """Put one sample into the store, and what rules covered: by rule, path and kind."""
    sample = Sample(
        exchange_id="exc_a_1",
        consumer="default",
        request=request(),
        baseline=response(baseline),
        candidate=response(candidate),
    )
    owner = BehaviourKey("default", "orders", ROUTE, 200, "s")
    rules = {RuleKey(r, ROUTE, "body", path, kind): n for (r, path, kind), n in hidden.items()}
    Path(".shadowpact").mkdir(exist_ok=True)
    store = open_store(Path(".shadowpact"))
    outcomes: Any = {(ROUTE, "orders", "pair", ""): 1}
    samples: Any = {(owner, SampleRank("any", 1)): sample}
    batch = Batch(outcomes=outcomes, behaviours={owner: 1}, rules=rules, samples=samples)
    store.commit(batch, None)
    store.close()


OLD = {"updated_at": "a", "total": 5, "note": "x"}
NEW = {"updated_at": "b", "total": 6, "note": "x"}


def test_check_says_what_a_broad_rule_hid(configuration: Path) -> None:
    configuration.write_text(RULES)
    hidden = {
        ("updated-at", "$.updated_at", "value-changed"): 403,
        ("updated-at", "$.updated_at", "type-changed"): 9,
        ("etag", "$.etag", "value-changed"): 1,
    }
    keep(OLD, NEW, hidden=hidden)

    assert ran("check", status=1).splitlines()[0] == (
        "updated-at: too-broad: it hides type changes; "
        "it hid 412 differences, 9 of them type changes (shadowpact.toml:1)"
    )
    assert document("check", status=1)["rules"][0]["hidden"] == {
        "type-changed": 9,
        "value-changed": 403,
    }


def test_check_names_rules_that_overlap(configuration: Path) -> None:
    again = RULES.replace('"updated-at"', '"again"').replace('"etag"\nkind', '"other"\nkind')
    configuration.write_text(RULES + again.split('[[rules]]\nid = "other"')[0])

    assert "again: overlap: with 'updated-at', which comes first: both say $.updated_at" in ran(
        "check", status=1
    )


def test_check_lists_waivers_and_names_one_that_has_expired(configuration: Path) -> None:
    with configuration.open("a") as file:
        file.write(
            '[[waivers]]\ninteraction = "k1"\nwho = "Ana"\nwhy = "it moves"\nuntil = 2999-01-01\n'
        )
    folder = configuration.parent / "contracts"
    folder.mkdir()
    (folder / "waivers.toml").write_text(
        '[[waivers]]\ninteraction = "k2"\nwho = "Bo"\nwhy = "later"\nuntil = 2020-01-01\n'
    )

    lines = ran("check", status=1).splitlines()
    checked = document("check", status=1)

    assert "k1: waived by Ana until 2999-01-01: it moves" in lines
    assert (
        "k2: expired-waiver: the waiver of Bo ended on 2020-01-01; a failure blocks again"
    ) in lines
    assert [one["interaction"] for one in checked["waivers"]] == ["k1", "k2"]


def test_explain_lists_rules_in_their_order_and_what_they_hid() -> None:
    keep(OLD, NEW, hidden={("updated-at", "$.updated_at", "value-changed"): 7})

    told = document("explain", ROUTE, "$.updated_at")

    assert told["schema"] == "shadowpact/rules-explain/1"
    assert [(one["rule"], one["effect"]) for one in told["rules"]] == [
        ("updated-at", "covers"),
        ("etag", "does not apply"),
    ]
    assert [row["count"] for row in told["hidden"]] == [7]
    assert "hidden by updated-at: 7 value-changed" in ran("explain", ROUTE, "$.updated_at")


def test_explain_tells_an_accepted_finding_from_an_open_one() -> None:
    found = FindingKey(
        "orders",
        fingerprint(ROUTE, "body", "$.note", "missing"),
        ROUTE,
        "body",
        "$.note",
        "missing",
    )
    Path(".shadowpact").mkdir()
    store = open_store(Path(".shadowpact"))
    outcomes: Any = {(ROUTE, "orders", "pair", ""): 1}
    delta = FindingDelta(severity="breaking", count=1, pairs=1)
    store.commit(Batch(outcomes=outcomes, findings={found: delta}), None)
    store.triage(found.fingerprint, "accepted")
    store.close()

    assert ran("explain", ROUTE, "$.note").splitlines()[-1].startswith("accepted: 1 missing at")
    assert document("explain", ROUTE, "$.note")["findings"][0]["state"] == "accepted"


def test_explain_names_the_route_that_is_written_like_an_unknown_one() -> None:
    commit()
    app = build_app(("rules",))
    result = CliRunner().invoke(app, ["rules", "explain", "GET /order/{id}", "$.note"])

    assert result.stdout.splitlines()[-1] == "no difference was seen there"
    assert "did you mean 'GET /orders/{id}'?" in result.stderr


def test_explain_says_why_a_rule_does_not_apply() -> None:
    out = ran("explain", "GET /customers/{id}", "header:ETag").splitlines()

    assert out[0].endswith("does not apply; only on GET /orders/{number}")
    assert out[1] == "etag  (ignore, header etag): covers; every difference"
    assert out[-1] == "nothing was compared yet"


@pytest.mark.parametrize(
    ("header", "rule", "effect"),
    [("date", "builtin:date", "covers"), ("retry-after", "builtin:retry-after", "may cover")],
)
def test_explain_names_built_in_rules(header: str, rule: str, effect: str) -> None:
    last = document("explain", ROUTE, f"header:{header}")["rules"][-1]

    assert (last["rule"], last["effect"]) == (rule, effect)


def test_explain_takes_one_place_only() -> None:
    with pytest.raises(UsageError, match="expected one place"):
        ran("explain", ROUTE, "$..price")


def test_a_declared_rule_is_tried_on_the_samples() -> None:
    keep(OLD, NEW, hidden={})

    tried = document("test", "updated-at")

    assert (tried["schema"], tried["samples"]) == ("shadowpact/rules-test/1", 1)
    assert [(row["path"], row["kind"]) for row in tried["covered"]] == [
        ("$.updated_at", "value-changed")
    ]
    assert [row["path"] for row in tried["remaining"]] == ["$.total"]
    assert (tried["gone"], tried["new"], tried["problems"]) == ([], [], [])


def test_a_rule_file_is_tried_before_it_goes_in() -> None:
    keep(OLD, NEW, hidden={})
    Path("new.toml").write_text(
        '[[rules]]\nid = "all"\nkind = "ignore"\npath = "$"\nreason = "r"\n'
    )

    out = ran("test", "new.toml", status=1).splitlines()

    assert out[0] == "all: tried on 1 sample"
    assert out[1] == "would be covered: 1 difference"
    assert out[-1] == "problem: all: too broad: it covers the whole body"


def test_a_rule_that_is_not_there_is_bad_usage() -> None:
    with pytest.raises(UsageError, match=r"no rule 'nope'.*Known: updated-at, etag"):
        ran("test", "nope")


def test_without_samples_nothing_can_be_tried() -> None:
    with pytest.raises(NoEvidenceError, match="has no samples"):
        ran("test", "etag")
