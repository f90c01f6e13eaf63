"""Settings from the environment."""

from typing import Any

from shadowpact.config.environment import override, variable_name


def test_a_key_has_one_spelling_in_three_forms() -> None:
    path = ("candidates", "order-service", "max-in-flight")

    assert variable_name(path) == "SHADOWPACT_CANDIDATES_ORDER_SERVICE_MAX_IN_FLIGHT"


def test_the_environment_wins_over_the_file() -> None:
    document: dict[str, Any] = {
        "gate": {"min-pairs": 5},
        "candidates": {"orders": {"url": "http://a.test"}},
    }
    environ = {
        "SHADOWPACT_GATE_MIN_PAIRS": "7",
        "SHADOWPACT_GATE_MAX_LOSS_RATE": "0.5",
        "SHADOWPACT_BASELINE_URL": "http://b.test",
        "SHADOWPACT_CANDIDATES_ORDERS_URL": "http://c.test",
        "SHADOWPACT_CANDIDATES_ORDERS_WRITES": "on",
        "SHADOWPACT_COMPARE_BUILTIN_RULES": "False",
        "SHADOWPACT_STATE": "elsewhere",
    }

    done = override(document, environ)

    assert document == {
        "gate": {"min-pairs": 7, "max-loss-rate": 0.5},
        "baseline": {"url": "http://b.test"},
        "compare": {"builtin-rules": False},
        "candidates": {"orders": {"url": "http://c.test", "writes": "on"}},
    }
    assert done["gate", "min-pairs"] == "SHADOWPACT_GATE_MIN_PAIRS"
    assert len(done) == 6


def test_what_is_no_number_stays_text_for_the_schema_to_refuse() -> None:
    document: dict[str, Any] = {}

    override(
        document,
        {"SHADOWPACT_GATE_MIN_PAIRS": "many", "SHADOWPACT_GATE_MAX_LOSS_RATE": "5%"},
    )

    assert document == {"gate": {"min-pairs": "many", "max-loss-rate": "5%"}}


def test_a_section_that_is_no_table_is_left_alone() -> None:
    document: dict[str, Any] = {"gate": 3, "candidates": {"a": 1}}

    done = override(
        document, {"SHADOWPACT_GATE_MIN_PAIRS": "1", "SHADOWPACT_CANDIDATES_A_URL": "x"}
    )

    assert (document, done) == ({"gate": 3, "candidates": {"a": 1}}, {})
