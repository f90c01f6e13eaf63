from shadowpact.contracts.check import Case, check
from support.build import response
from support.pacts import interaction

EXPECTED = interaction(content={"a": 1}, rules={"$.a": {"match": "integer"}})["response"]


def test_each_answer_is_judged_by_its_own_case() -> None:
    rans = check(
        [
            Case(expected=EXPECTED, answer=response({"a": 2})),
            Case(expected=EXPECTED, answer=response({"a": "2"})),
            Case(expected={"status": 404}, answer=response({"a": 2}, 404)),
            Case(expected={"status": 200}, answer=response({}), is_head=True),
        ]
    )

    assert [ran.ending for ran in rans] == ["matched", "mismatched", "matched", "matched"]


def test_no_case_needs_no_verifier() -> None:
    assert check([]) == []
