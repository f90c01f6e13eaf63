import re

import msgspec

from shadowpact.model.evidence import Evidence
from shadowpact.report.aligned import side_by_side
from shadowpact.report.markdown import LONGEST, code, diff_lines, fenced, html_text, markdown, prose
from shadowpact.report.picture import Judgement, RuleView
from support.build import response
from support.reports import ORDER, READY, order_finding, order_sample, picture, rule
from support.samples import difference, finding, sample


def test_the_comment_has_answer_routes_findings_pair_evidence_and_steps() -> None:
    text = markdown(picture(order_finding(), rules=(rule(),)))

    assert text.startswith("## 1 of 2 routes may be switched\n")
    assert f"| `{ORDER}` | ❌ fails | 20 | 0 % | 0.50x | 0.75x |" in text
    assert f"| `{order_finding().id}` | **real** | `{ORDER}` | `body $.total` |" in text
    assert '-   "total": 5,\n+   "total": "5",' in text
    assert '~   "request_id": "a1"   (ignored by request-id)' in text
    assert "41 exchanges = 40 compared \\(20 equal\\)" in text
    assert "1. Fix 1 real finding" in text


def test_a_diff_is_what_a_highlighter_expects() -> None:
    assert list(diff_lines(side_by_side(order_finding(), order_sample())))[2:6] == [
        "  {",
        '    "id": 1,',
        '-   "total": 5,',
        '+   "total": "5",',
    ]


def test_text_from_the_wire_is_no_markup_no_mention_and_no_link() -> None:
    assert prose("**a** <b> [c](d) `e` @team https://x |\n#1") == (
        "\\*\\*a\\*\\* \\<b\\> \\[c\\]\\(d\\) \\`e\\` @\u200bteam https:\u200b//x \\|\\\\n\\#1"
    )
    assert html_text("<b>`*@x") == "&lt;b&gt;&#96;&#42;&#64;x"


def test_code_holds_back_ticks_and_bars() -> None:
    assert code("a|b") == "`a\\|b`"
    assert code("a`b``c") == "```a`b``c```"
    assert code("`a`") == "`` `a` ``"


def test_a_fence_is_longer_than_any_inside() -> None:
    assert fenced("x\n````\ny", "diff") == "`````diff\nx\n````\ny\n`````"


def test_a_body_cannot_leave_its_fence() -> None:
    evil = "```\n</details><script>alert(1)</script>\n# heading\n"
    changed = difference("$", "value-changed", baseline="a", candidate="b")
    text_type = ((b"content-type", b"text/plain"),)
    shown = sample(
        response(body=evil.encode(), headers=text_type),
        response(body=b"other", headers=text_type),
        changed,
    )
    text = markdown(picture(finding(shown)))
    fences = re.findall(r"^`{3,}.*$", text, re.MULTILINE)

    assert fences[2:] == ["````diff", "````"] or fences == ["```sh", "```", "````diff", "````"]
    assert "\n# heading" not in text


def test_a_comment_stays_below_the_limit_of_a_comment() -> None:
    big = "x" * 400
    found = [
        finding(
            sample({}, {}, difference(f"$.n{index}", baseline=big, candidate=1)),
            route=f"GET /{'long' * 300}{index}",
        )
        for index in range(300)
    ]
    text = markdown(picture(*found))

    assert len(text) <= LONGEST + 100
    assert text.startswith("## 1 of 2 routes")


def test_what_is_left_out_is_counted() -> None:
    found = [
        finding(sample({}, {}, difference(f"$.n{index}", baseline=1, candidate="1")))
        for index in range(52)
    ]

    assert "and 2 more findings" in markdown(picture(*found))


def test_losses_rules_and_errors_are_told() -> None:
    seen = Evidence(exchanges=3, pairs=2, incomparable={"lag": 1}, backlog=4, hook_errors=1)
    rules = (
        RuleView(id="old", reason="why", is_unused=True),
        RuleView(id="bad", reason="hm", errors=2),
    )
    alone = Judgement(verdict="no-evidence", is_left_alone=True)
    text = markdown(picture(evidence=seen, rules=rules, judgements={(READY, "orders"): alone}))

    assert "| `lag` | incomparable | 1 |" in text
    assert "4 exchanges recorded and not compared yet" in text
    assert "1 error inside shadowpact" in text
    assert "| `old` | why | unused |  |" in text
    assert "raised 2 times" in text
    assert "left alone" in text
    assert "no candidate" in text


def test_a_finding_without_samples_has_no_pair() -> None:
    bare = msgspec.structs.replace(order_finding(), samples=())

    assert "<details>" not in markdown(picture(bare))
