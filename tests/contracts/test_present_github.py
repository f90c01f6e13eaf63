from pathlib import Path

from shadowpact.contracts.mismatch import Mismatch
from shadowpact.contracts.present_github import annotations, line_of
from support.pacts import interaction, write_pact
from support.verified import verification, verified


def test_each_failure_is_annotated_at_its_line_and_what_blocks_comes_first(tmp_path: Path) -> None:
    file = write_pact(tmp_path / "contracts", interaction("k1"), interaction("k2"))
    bad = Mismatch(part="body", path="$", message="50 % of it:\nwrong, so")
    ones = [
        verified("pending-failed", key="k1", file=file),
        verified("failed", key="k2", file=file, mismatches=(bad,)),
        verified("passed", key="k3", file=file),
    ]
    second, first = [
        number
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if '"key": "k' in line
    ]

    assert list(annotations(verification(*ones), tmp_path)) == [
        (
            f"::error file=contracts/pact.json,line={first},title=failed%3A it failed"
            "::50 %25 of it:%0Awrong, so"
        ),
        (
            f"::notice file=contracts/pact.json,line={second},"
            "title=pending-failed%3A it pending-failed::$.a is a text"
        ),
    ]


def test_no_evidence_is_one_error() -> None:
    told = verification(verified("error"), verdict="no-evidence", reason="no connection")

    assert list(annotations(told, Path())) == ["::error title=orders%3A no evidence::no connection"]


def test_remarks_are_warnings() -> None:
    told = verification(verdict="pass", remarks=("a waiver has expired",))

    assert list(annotations(told, Path())) == [
        "::warning title=orders%3A contracts::a waiver has expired"
    ]


def test_a_file_that_is_gone_is_annotated_at_its_first_line(tmp_path: Path) -> None:
    assert line_of(verified("failed", file=tmp_path / "gone.json")) == 1
