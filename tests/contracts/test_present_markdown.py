from shadowpact.contracts.mismatch import Mismatch
from shadowpact.contracts.present_markdown import markdown
from support.verified import ALL, verification, verified


def test_what_blocks_comes_before_what_is_known_and_what_is_fixed() -> None:
    text = markdown(ALL)
    titles = [line for line in text.splitlines() if line.startswith("#")]

    assert titles == [
        "## Contracts of orders: fails",
        "### Blocks",
        "### Known to fail",
        "### Fixed",
    ]
    assert '- $.a is a text (baseline said 1, candidate says "1")' in text
    assert "```sh\ncurl -sS -i" in text
    assert "not-shown" not in text


def test_a_pass_is_short() -> None:
    told = verification(verified("passed"), verdict="pass", reason="1 of 1 interactions passed")

    assert markdown(told) == "## Contracts of orders: passes\n\n1 of 1 interactions passed.\n"


def test_what_a_service_says_means_nothing_to_markdown() -> None:
    bad = Mismatch(part="body", path="$", message="it is <img src=x> | `a` [b](c)\n# d")
    text = markdown(verification(verified("failed", mismatches=(bad,))))

    assert "- it is \\<img src=x\\> \\| \\`a\\` \\[b\\](c) \\# d" in text


def test_backticks_in_a_path_do_not_end_the_code() -> None:
    request = {"method": "GET", "path": "/a`b``c"}

    assert "``` GET /a`b``c ```" in markdown(verification(verified("failed", request=request)))


def test_many_are_summed_up_and_remarks_are_told() -> None:
    ones = [verified("failed") for _ in range(40)]
    text = markdown(verification(*ones, remarks=("a waiver can go",)))

    assert "And 10 more." in text
    assert text.endswith("### Remarks\n\n- a waiver can go\n")


def test_no_evidence_lists_nothing() -> None:
    told = verification(verified("error"), verdict="no-evidence", reason="no connection")

    assert markdown(told) == "## Contracts of orders: no evidence\n\nno connection.\n"
