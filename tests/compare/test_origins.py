import pytest

from shadowpact.compare.origins import HOSTS, OWN_ORIGIN, Origins, Services, origin_of
from shadowpact.model.exchange import Headers
from support.build import request

SERVICES = Services(
    baseline="http://monolith.test:8001",
    candidates={"orders": "http://orders.test:9001", "users": "http://users.test"},
)


def origins(
    services: Services = SERVICES,
    *,
    candidate: str | None = "orders",
    authority: str = "shop.test",
    headers: Headers = (),
) -> Origins:
    asked = request(authority=authority, headers=headers)
    return Origins(services, candidate, (asked, asked))


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("HTTP://Shop.Test:80/a?b#c", "http://shop.test"),
        ("https://shop.test:443", "https://shop.test"),
        ("https://shop.test:80/", "https://shop.test:80"),
        ("http://[::1]:8080/a", "http://[::1]:8080"),
        ("//shop.test/a", None),
        ("/a", None),
        ("mailto:a@shop.test", None),
        ("http://user@shop.test/a", None),
    ],
)
def test_the_origin_is_scheme_host_and_port(url: str, origin: str | None) -> None:
    assert origin_of(url) == origin


def test_the_port_that_the_scheme_implies_is_no_difference() -> None:
    one, other = origin_of("http://shop.test:80/a"), origin_of("http://shop.test/a")

    assert one == other


@pytest.mark.parametrize("one", ["http://monolith.test:8001", "http://shop.test"])
@pytest.mark.parametrize("other", ["http://orders.test:9001", "http://shop.test"])
def test_each_side_names_itself_by_its_url_or_by_the_requests_host(one: str, other: str) -> None:
    expected = "same" if one == other else OWN_ORIGIN

    assert origins().relation(one, other) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://monolith.test:8001", "http://elsewhere.test"),
        ("http://elsewhere.test", "http://orders.test:9001"),
        ("http://monolith.test:8001", "http://users.test"),
        ("http://shop.test", "http://monolith.test:8001"),
        ("http://monolith.test:8001", "https://orders.test:9001"),
        ("http://monolith.test:8001", "http://orders.test"),
    ],
)
def test_somebody_else_is_not_the_candidate(one: str, other: str) -> None:
    assert origins().relation(one, other) is None


def test_without_a_name_any_candidate_may_be_meant() -> None:
    one = "http://monolith.test:8001"

    assert origins(candidate=None).relation(one, "http://users.test") == OWN_ORIGIN


def test_another_scheme_on_the_same_host_leads_elsewhere() -> None:
    behind_tls = origins(headers=((b"X-Forwarded-Proto", b"https"),))

    assert behind_tls.relation("https://shop.test", "http://orders.test:9001") == OWN_ORIGIN
    assert behind_tls.relation("https://shop.test", "http://shop.test") is None


def test_the_name_before_another_proxy_is_known_from_what_it_says() -> None:
    forwarded = origins(headers=((b"X-Forwarded-Host", b"Public.Test, inner.test"),))

    assert forwarded.relation("http://public.test", "http://orders.test:9001") == OWN_ORIGIN
    assert forwarded.relation("http://inner.test", "http://orders.test:9001") is None


def test_a_host_that_cannot_be_read_names_nobody() -> None:
    broken = origins(authority="[")

    assert broken.relation("http://monolith.test:8001", "http://orders.test:9001") == OWN_ORIGIN


@pytest.mark.parametrize(
    ("hosts", "one", "other"),
    [
        ({"cdn.test": "next.test:8443"}, "https://cdn.test", "https://next.test:8443"),
        ({"CDN.test:443": "next.test"}, "https://cdn.test", "https://next.test"),
        ({"https://cdn.test": "http://next.test"}, "https://cdn.test", "http://next.test"),
    ],
)
def test_declared_hosts_stand_for_each_other_one_way(
    hosts: dict[str, str], one: str, other: str
) -> None:
    declared = Origins(Services(hosts=hosts))

    assert declared.relation(one, other) == HOSTS
    assert declared.relation(other, one) is None


def test_a_host_without_a_scheme_keeps_the_scheme() -> None:
    declared = Origins(Services(hosts={"cdn.test": "next.test"}))

    assert declared.relation("https://cdn.test", "http://next.test") is None
    assert declared.relation("https://cdn.test:8443", "https://next.test") is None


def test_nobody_is_foreign_where_nothing_is_known() -> None:
    assert not Origins().is_foreign("baseline", "http://elsewhere.test")
    assert origins().is_foreign("baseline", "http://elsewhere.test")
    assert not origins().is_foreign("candidate", "http://orders.test:9001")
