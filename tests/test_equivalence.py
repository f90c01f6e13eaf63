import doctest
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import shadowpact
from shadowpact import Rules, assert_equivalent, compare, equivalence
from shadowpact.compare.settings import Rule
from shadowpact.errors import ConfigError


def multipart(boundary: str, value: str) -> bytes:
    head = 'Content-Disposition: form-data; name="a"'
    return f"--{boundary}\r\n{head}\r\n\r\n{value}\r\n--{boundary}--\r\n".encode()


def test_each_side_may_say_its_own_content_type() -> None:
    types: dict[str, Any] = {
        "content_type": "multipart/form-data; boundary=one",
        "candidate_content_type": "multipart/form-data; boundary=other",
    }

    assert compare(multipart("one", "1"), multipart("other", "1"), **types).equal
    assert not compare(multipart("one", "1"), multipart("other", "2"), **types).equal
    assert_equivalent(multipart("one", "1"), multipart("other", "1"), **types)
    with pytest.raises(AssertionError, match="content-type: value-changed"):
        assert_equivalent("a", "a", content_type="text/html", candidate_content_type="text/plain")


def test_two_bodies_are_compared_by_their_content_type() -> None:
    comparison = compare(b"<a><b>1</b></a>", b"<a><b>2</b></a>", content_type="application/xml")

    assert [d.path for d in comparison.differences] == ["$.a.b"]
    assert not comparison.equal


def test_rules_mark_what_they_cover() -> None:
    rules = Rules().ignore("$.at", reason="own clock").number("$.total", absolute=0.01)

    comparison = compare(b'{"at":1,"total":1.5}', b'{"at":2,"total":1.51}', rules=rules)

    assert comparison.equal
    assert [d.ignored_by for d in comparison.differences] == ["ignore-1", "number-2"]


def test_every_way_to_add_a_rule_adds_one() -> None:
    rules = (
        Rules()
        .ignore("$.a")
        .shape("$.b")
        .number("$.c", relative=0.1)
        .time("$.d", tolerance_ms=5, formats=["rfc3339"])
        .text("$.e", case=False)
        .unordered("$.f")
        .add("key", "$.g", key="sku", id="by-sku")
    )

    assert [rule.kind for rule in rules] == [
        "ignore",
        "shape",
        "number",
        "time",
        "text",
        "unordered",
        "key",
    ]
    assert list(rules)[-1].key == ("sku",)
    assert repr(rules).endswith("unordered-6, by-sku)")
    assert len(rules) == 7


def test_a_set_of_rules_is_not_changed_by_adding_to_it() -> None:
    rules = Rules()
    rules.ignore("$.a")

    assert len(rules) == 0


def test_a_rule_that_cannot_work_is_refused() -> None:
    with pytest.raises(ConfigError, match="not valid at character"):
        Rules().ignore("$.a[")
    with pytest.raises(ConfigError, match="unknown kind"):
        Rules([Rule(id="r", kind="igrone", path="$", reason="")])


def test_rules_are_loaded_from_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "shadowpact.toml"
    file.write_text('[[rules]]\nid = "a"\nkind = "ignore"\npath = "$.a"\nreason = "r"\n')

    assert [rule.id for rule in Rules.load(file)] == ["a"]


def test_equivalent_values_pass() -> None:
    assert_equivalent({"a": [1, 2.5, None]}, b'{"a": [1, 2.5, null]}')
    assert_equivalent('{"a": 1}', {"a": 1})
    assert_equivalent("text", "text", content_type="text/plain")


def test_the_assertion_says_what_differs_where_and_what_was_ignored() -> None:
    one = {"id": 1, "at": 5, "items": [{"sku": "A", "price": 2.5}]}
    other = {"at": 6, "items": [{"sku": "A", "price": "2.5"}], "new": True}

    with pytest.raises(AssertionError) as caught:
        assert_equivalent(one, other, rules=Rules().ignore("$.at"))

    assert str(caught.value) == (
        "3 differences that no rule covers:\n"
        "  $.id: missing (breaking)\n"
        "    baseline:  1\n"
        "  $.new: added (additive)\n"
        "    candidate: true\n"
        "  $.items[0].price: type-changed (breaking)\n"
        "    baseline:  2.5\n"
        '    candidate: "2.5"\n'
        "ignored: $.at (ignore-1)"
    )


def test_a_long_list_is_cut_and_counted() -> None:
    with pytest.raises(AssertionError, match=r"30 differences .*(?s:.)*\.\.\. and 10 more$"):
        assert_equivalent({f"n{n}": 1 for n in range(30)}, {f"n{n}": 2 for n in range(30)})


def test_what_cannot_be_read_says_why() -> None:
    with pytest.raises(AssertionError, match=r"undecodable .* candidate: not valid JSON"):
        assert_equivalent(b"{}", b"{")


def test_the_examples_of_the_documentation_hold() -> None:
    results = doctest.testmod(equivalence)

    assert results.attempted >= 6
    assert results.failed == 0


def test_the_function_compare_is_there_whatever_was_imported_before() -> None:
    program = (
        "import shadowpact.compare.walk, shadowpact\n"
        "from shadowpact import compare\n"
        "assert shadowpact.compare(b'1', b'1').equal and not compare(b'1', b'2').equal\n"
        "from shadowpact.compare import Comparer\n"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_importing_the_package_loads_none_of_its_parts() -> None:
    program = (
        "import shadowpact, sys; sys.exit(any(m.startswith('shadowpact.') for m in sys.modules))"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_package_offers_what_it_promises_and_no_more() -> None:
    assert shadowpact.__all__ == [
        "Comparison",
        "Rules",
        "__version__",
        "assert_equivalent",
        "compare",
        "provider_state",
    ]
    assert set(shadowpact.__all__) <= set(dir(shadowpact))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = shadowpact.nothing


def test_what_counts_in_xml_can_be_said() -> None:
    one, other = b"<a><b/></a>", b"<a>\n  <b/><!-- c --></a>"

    def differ(**options: Any) -> bool:
        return not compare(one, other, content_type="text/xml", **options).equal

    assert not differ()
    assert differ(xml_white_space="significant")
    assert differ(xml_comments="compared")
    with pytest.raises(AssertionError, match="#comment"):
        assert_equivalent(one, other, content_type="text/xml", xml_comments="compared")
