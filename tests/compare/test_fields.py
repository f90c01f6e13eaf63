import pytest

from shadowpact.compare.headers import compare_header, compare_headers, is_compared
from shadowpact.compare.origins import HOSTS, OWN_ORIGIN, Origins, Services
from shadowpact.model.exchange import Headers

REPRESENTATION = "representation-changed"
ORIGINS = Origins(
    Services(
        baseline="http://monolith.test",
        candidates={"orders": "http://orders.test:9001"},
        hosts={"cdn.test": "cdn.next.test"},
    )
)


def found(name: str, one: str | tuple[str, ...], other: str | tuple[str, ...]) -> list[str]:
    first, second = [(v,) if isinstance(v, str) else v for v in (one, other)]
    return [item.kind for item in compare_header(name, first, second)]


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("content-type", "application/json; charset=UTF-8", 'Application/JSON;charset="utf-8"'),
        ("content-type", "multipart/mixed; boundary=a", "multipart/mixed; boundary=b"),
        ("cache-control", "no-cache, max-age=60", "Max-Age=60,no-cache"),
        ("vary", "Accept, Origin", "origin,accept"),
        ("allow", "GET, POST", "POST, GET"),
        ("www-authenticate", 'Basic realm="a"', "basic realm=a"),
        ("www-authenticate", 'Digest realm="a", nonce="1"', 'Digest nonce="2", realm="a"'),
        ("content-disposition", 'attachment; filename="a.txt"', "Attachment; filename=a.txt"),
        (
            "content-disposition",
            "attachment; filename*=UTF-8''%e2%82%ac.txt; filename=EUR.txt",
            'attachment; filename="€.txt"',
        ),
        ("link", '<a>; rel="next", <b>; rel=last', "<b>; rel=last, <a>; rel=next"),
        ("x-other", ("a", "b"), "a, b"),
    ],
)
def test_another_spelling_of_the_same_is_no_difference(
    name: str, one: str | tuple[str, ...], other: str | tuple[str, ...]
) -> None:
    assert found(name, one, other) == []


@pytest.mark.parametrize(
    ("name", "one", "other", "kinds"),
    [
        ("content-type", "application/json", "text/html", ["value-changed"]),
        (
            "content-type",
            "text/html; charset=utf-8",
            "text/html; charset=latin-1",
            ["value-changed"],
        ),
        ("content-type", "text/html; charset=utf-8", "text/html", ["representation-changed"]),
        ("location", "/a%7eb", "/a~b", ["representation-changed"]),
        ("location", "http://a.test/x", "/x", ["representation-changed"]),
        ("location", "http://a.test/x", "http://b.test/x", ["value-changed"]),
        ("location", "/x", "/y", ["value-changed"]),
        ("location", "http://[", "/y", ["value-changed"]),
        ("link", "<a>; rel=next", "<b>; rel=next", ["value-changed"]),
        ("link", "<a>; rel=next", "<a>; rel=last", ["missing", "added"]),
        ("link", "<http://A.test/x>; rel=next", "<http://a.test/x>; rel=next", [REPRESENTATION]),
        ("link", "<http://a.test/x>; rel=next", "</x>; rel=next", [REPRESENTATION]),
        ("link", "<http://[>; rel=next", "</x>; rel=next", ["value-changed"]),
        ("location", "http://a.test:80/x", "http://a.test/x", [REPRESENTATION]),
        ("location", "//a.test/x", "//b.test/x", ["value-changed"]),
        ("cache-control", "no-cache", "no-store", ["value-changed"]),
        ("vary", "Accept", "Accept, Origin", ["value-changed"]),
        ("allow", "GET", "get", ["value-changed"]),
        ("link", "broken <<<", "broken >>>", ["value-changed"]),
        ("link", "<a>; rel=next, nonsense", "<a>; rel=next", ["value-changed"]),
        ("www-authenticate", 'Basic realm="a"', 'Bearer realm="a"', ["value-changed"]),
        ("content-disposition", "inline", "attachment", ["value-changed"]),
        ("etag", '"a"', 'W/"a"', ["value-changed"]),
    ],
)
def test_a_difference_in_meaning_is_found(
    name: str, one: str, other: str, kinds: list[str]
) -> None:
    assert found(name, one, other) == kinds


@pytest.mark.parametrize(
    ("name", "one", "other", "builtin"),
    [
        ("etag", '"a"', '"b"', "builtin:etag"),
        ("retry-after", "5", "6", "builtin:retry-after"),
    ],
)
def test_volatile_values_are_left_to_a_built_in_rule(
    name: str, one: str, other: str, builtin: str
) -> None:
    [item] = compare_header(name, (one,), (other,))

    assert item.builtin == builtin


def test_names_are_compared_whatever_their_case_and_order() -> None:
    one: Headers = ((b"Vary", b"Accept"), (b"Allow", b"GET"))
    other: Headers = ((b"allow", b"GET"), (b"vary", b"Accept"))

    assert compare_headers(one, other, is_compared("all")) == []


def test_other_bytes_are_another_value_whatever_their_charset() -> None:
    one: Headers = ((b"x-a", b"\xff"),)
    other: Headers = ((b"x-a", b"\xfe"),)

    assert [item.kind for item in compare_headers(one, other, is_compared("all"))] == [
        "value-changed"
    ]


def test_the_same_pair_twice_is_not_the_same_as_once() -> None:
    once: Headers = ((b"x-a", b"1"),)

    [item] = compare_headers(once, once * 2, is_compared("all"))

    assert (item.baseline, item.candidate) == ("1", "1, 1")


@pytest.mark.parametrize(
    ("choice", "names"),
    [("meaningful", {"etag", "date"}), ("all", {"etag", "date", "x-a"}), (("X-A",), {"x-a"})],
)
def test_the_choice_of_headers_is_kept_to(choice: tuple[str, ...], names: set[str]) -> None:
    one: Headers = ((b"ETag", b"W/1"), (b"Date", b"1"), (b"X-A", b"1"))
    other: Headers = ((b"ETag", b"2"), (b"Date", b"2"), (b"X-A", b"2"))

    items = compare_headers(one, other, is_compared(choice))

    assert {item.token for item in items} == names


def test_a_missing_header_breaks_only_where_a_client_acts_on_it() -> None:
    [location] = compare_header("location", ("/x",), ())
    [vary] = compare_header("vary", ("accept",), ())

    assert (location.severity, vary.severity) == ("breaking", "changed")


@pytest.mark.parametrize("name", ["location", "content-location", "link"])
@pytest.mark.parametrize(
    ("one", "other", "builtin"),
    [
        ("http://monolith.test/x?y=1", "http://orders.test:9001/x?y=1", OWN_ORIGIN),
        ("http://monolith.test", "http://orders.test:9001/", OWN_ORIGIN),
        ("http://monolith.test/%7ex", "http://orders.test:9001/~x", OWN_ORIGIN),
        ("https://cdn.test/x", "https://cdn.next.test/x", HOSTS),
    ],
)
def test_a_url_at_each_sides_own_origin_is_marked_as_representation(
    name: str, one: str, other: str, builtin: str
) -> None:
    sides = [f"<{url}>; rel=next" if name == "link" else url for url in (one, other)]

    [item] = compare_header(name, (sides[0],), (sides[1],), ORIGINS)

    assert (item.kind, item.severity, item.builtin) == (REPRESENTATION, "cosmetic", builtin)


@pytest.mark.parametrize("name", ["location", "content-location", "link"])
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://monolith.test/x", "http://orders.test:9001/y"),
        ("http://monolith.test/x", "http://orders.test:9001/x?y"),
        ("http://monolith.test/x", "http://elsewhere.test/x"),
        ("http://elsewhere.test/x", "http://orders.test:9001/x"),
        ("http://monolith.test/x", "https://orders.test:9001/x"),
        ("http://monolith.test/x", "http://orders.test:9001@elsewhere.test/x"),
        ("http://elsewhere.test/x", "/x"),
        ("/x", "http://elsewhere.test/x"),
    ],
)
def test_another_path_or_somebody_elses_host_is_a_difference(
    name: str, one: str, other: str
) -> None:
    sides = [f"<{url}>; rel=next" if name == "link" else url for url in (one, other)]

    [item] = compare_header(name, (sides[0],), (sides[1],), ORIGINS)

    assert (item.kind, item.builtin) == ("value-changed", None)


def test_links_are_paired_by_what_they_name_before_their_relation() -> None:
    one = "<http://monolith.test/a>; rel=item, <http://monolith.test/b>; rel=item"
    other = "<http://orders.test:9001/b>; rel=item, <http://orders.test:9001/c>; rel=item"

    items = compare_header("link", (one,), (other,), ORIGINS)

    assert [(item.kind, item.builtin) for item in items] == [
        (REPRESENTATION, OWN_ORIGIN),
        ("value-changed", None),
    ]


@pytest.mark.parametrize(
    "more",
    [
        (),
        ((b"x-a", b"0"),),
        ((b"X-A", b"1"),),
        ((b"x-b", b"1"), (b"X-a", b"1")),
    ],
)
def test_a_header_is_compared_alike_wherever_its_name_stands_again(more: Headers) -> None:
    one: Headers = ((b"X-A", b"1"), (b"Date", b"a"), *more)
    other: Headers = ((b"X-A", b"2"), (b"Date", b"b"), *more)
    moved: Headers = ((b"Date", b"b"), (b"X-A", b"2"), *more)

    in_place = compare_headers(one, other, is_compared("all"))
    assert in_place == compare_headers(one, moved, is_compared("all"))
    assert [item.token for item in in_place] == ["date", "x-a"]
