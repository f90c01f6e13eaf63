import json
from pathlib import Path

from shadowpact.contracts.ledger import Entry, Ledger
from shadowpact.contracts.promote import count, promote, promote_fixed, results_of
from shadowpact.contracts.wanted import wanted_in
from support.pacts import interaction, write_pact
from support.verified import verification, verified

TODAY = "2026-05-04"


def passes(ledger: Ledger) -> dict[str, int]:
    return {key: one.passes for key, one in ledger.entries.items()}


def test_passes_in_a_row_are_counted_and_a_failure_begins_anew() -> None:
    ledger = count(Ledger(), [[("a", True), ("b", True)], [("a", True), ("b", False)]])

    assert passes(ledger) == {"a": 2, "b": 0}
    assert passes(count(ledger, [[("b", True)]])) == {"a": 2, "b": 1}


def test_what_passed_often_enough_becomes_binding_and_nothing_else_changes(tmp_path: Path) -> None:
    file = write_pact(
        tmp_path, *(interaction(key, pending=True) for key in ("k1", "k2")), interaction("k3")
    )
    before = file.read_text()
    counted = count(Ledger(), [[("k1", True), ("k2", False), ("k3", True)]] * 3)
    promoted, ledger = promote(wanted_in(tmp_path), counted, passes=3, today=TODAY)

    assert promoted == {file: ["k1"]}
    assert file.read_text() == before.replace('"pending": true', '"pending": false', 1)
    assert ledger.promoted == {"k1": TODAY}
    assert passes(ledger) == {"k1": 0, "k2": 0, "k3": 0}


def test_what_did_not_pass_often_enough_waits(tmp_path: Path) -> None:
    file = write_pact(tmp_path, interaction("k1", pending=True))
    promoted, ledger = promote(
        wanted_in(tmp_path), count(Ledger(), [[("k1", True)]] * 2), passes=3, today=TODAY
    )

    assert promoted == {}
    assert ledger.passes("k1") == 2
    assert json.loads(file.read_text())["interactions"][0]["pending"] is True


def test_the_first_promotion_is_remembered(tmp_path: Path) -> None:
    write_pact(tmp_path, interaction("k1", pending=True))
    known = Ledger(entries={"k1": Entry(key="k1", passes=1, promoted="2026-01-01")})
    _, ledger = promote(wanted_in(tmp_path), known, passes=1, today=TODAY)

    assert ledger.promoted == {"k1": "2026-01-01"}


def test_results_are_those_of_what_was_verified() -> None:
    told = verification(verified("passed"), verified("pending-failed", pending=True))
    nothing = verification(verified("error"), verdict="no-evidence")

    assert list(results_of(told)) == [("k-passed", True), ("k-pending-failed", False)]
    assert list(results_of(nothing)) == []


def test_of_a_verification_what_is_fixed_is_promoted(tmp_path: Path) -> None:
    file = write_pact(tmp_path, interaction("k1", pending=True), interaction("k2", pending=True))
    fixed = verified("passed", pending=True, key="k1", description="description of k1", file=file)
    failing = verified("pending-failed", pending=True, key="k2", file=file)

    assert promote_fixed(verification(fixed, failing)) == {file: ["k1"]}
    assert [one.is_pending for one in wanted_in(tmp_path)] == [False, True]
