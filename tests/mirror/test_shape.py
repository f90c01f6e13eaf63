"""What one candidate wants changed in every request."""

import pytest

from shadowpact.credentials.settings import JwtCredentials, LoginCredentials
from shadowpact.mirror.settings import CandidateSettings, RewriteSettings
from shadowpact.mirror.shape import Rewrite, Shape, rewritten, shape_of, supplied_headers
from shadowpact.model.exchange import Headers
from shadowpact.routes import TemplateError
from support.build import request


def rewrite(source: str, target: str) -> Rewrite:
    return Rewrite(RewriteSettings(source=source, target=target))


def shape(
    *rewrites: tuple[str, str], remove: tuple[str, ...] = (), add: tuple[tuple[str, str], ...] = ()
) -> Shape:
    found = shape_of(
        CandidateSettings(
            name="orders",
            url="http://candidate.test",
            rewrite_path=tuple(RewriteSettings(source=a, target=b) for a, b in rewrites),
            remove_headers=remove,
            set_headers=add,
        )
    )
    assert found is not None
    return found


def test_who_wants_nothing_changed_has_no_shape() -> None:
    assert shape_of(CandidateSettings(name="orders", url="http://candidate.test")) is None


@pytest.mark.parametrize(
    ("source", "target", "path", "new"),
    [
        ("/api/v1/**", "/v2/**", "/api/v1/orders/17", "/v2/orders/17"),
        ("/api/v1/**", "/v2/**", "/api/v1/", "/v2/"),
        ("/api/v1/**", "/v2/**", "/api/v1", "/v2"),
        ("/api/v1/**", "/v2/**", "/api/v10", None),
        ("/api/**", "/**", "/api", "/"),
        ("/api/**", "/**", "/api/orders", "/orders"),
        ("/**", "/shop/**", "/orders//1/", "/shop/orders//1/"),
        ("/orders/{id}", "/v2/orders/{id}", "/orders/a%2Fb", "/v2/orders/a%2Fb"),
        ("/orders/{id}", "/v2/orders/{id}", "/orders/1/lines", None),
        ("/orders/{id}", "/v2/orders/{id}", "/orders/", None),
        ("/{shop}/orders/{id}", "/orders/{id}/of/{shop}", "/a/orders/7", "/orders/7/of/a"),
        ("/orders/{id}.json", "/orders/{id}", "/orders/7.json", "/orders/7"),
        ("/orders/{id}.json", "/orders/{id}", "/orders/7xjson", None),
        ("/a.b", "/c", "/axb", None),
        ("/café", "/c", "/caf%C3%A9", "/c"),
        ("/orders/*", "/o/*", "/orders/7", "/o/7"),
        ("/old", "/", "/old", "/"),
        ("/", "/index", "/", "/index"),
        ("GET /a", "/b", "/a", "/b"),
        ("POST /a", "/b", "/a", None),
    ],
)
def test_a_path_is_rewritten_by_its_template(
    source: str, target: str, path: str, new: str | None
) -> None:
    assert rewrite(source, target).applied("GET", path) == new


@pytest.mark.parametrize(
    ("source", "target", "problem"),
    [
        ("api/**", "/**", "a path starts with '/'"),
        ("/api/**", "**", "a path starts with '/'"),
        ("/api/**", "GET /**", "expected a path alone"),
        ("*", "/", "'*' alone is no path"),
        ("/a", "*", "expected a path alone"),
        ("/a/{id}", "/b/{key}", "'from' has no {key}"),
        ("/a", "/b/**", "'from' has no **"),
        ("/a", "/b/*", "'from' has no *"),
        ("/a/{id}/{id}", "/b", "{id} stands twice"),
        ("/a/*/*", "/b", "* stands twice"),
        ("/**/a", "/b", "stands at the end of a path"),
    ],
)
def test_a_template_that_cannot_be_followed_is_refused(
    source: str, target: str, problem: str
) -> None:
    with pytest.raises(TemplateError) as raised:
        rewrite(source, target)

    assert problem in str(raised.value)


def test_of_several_entries_the_first_that_fits_counts_and_the_query_stays() -> None:
    entries = (rewrite("/a/{id}", "/first/{id}"), rewrite("/**", "/second/**"))

    assert rewritten("GET", "/a/1?next=/a/2?", entries) == "/first/1?next=/a/2?"
    assert rewritten("GET", "/b?", entries) == "/second/b?"
    assert rewritten("OPTIONS", "*", entries) == "*"


def test_headers_are_removed_and_set_in_any_spelling() -> None:
    headers: Headers = ((b"X-Internal", b"1"), (b"X-Tenant", b"live"), (b"accept", b"*/*"))
    asked = request(headers=headers)

    shaped = shape(remove=("x-internal",), add=(("x-tenant", "test"), ("x-new", "é")))(asked)

    assert shaped.headers == (
        (b"x-tenant", b"test"),
        (b"accept", b"*/*"),
        (b"x-new", "é".encode()),
    )


def test_what_is_both_removed_and_set_is_set() -> None:
    asked = request(headers=((b"x-a", b"1"), (b"b", b"2")))

    assert shape(remove=("x-a",), add=(("x-a", "3"),))(asked).headers == (
        (b"b", b"2"),
        (b"x-a", b"3"),
    )


def test_method_body_and_authority_stay() -> None:
    asked = request("POST", "/a", body=b"x", authority="shop.test")

    shaped = shape(("/a", "/b"))(asked)

    assert (shaped.method, shaped.target, shaped.body, shaped.authority) == (
        "POST",
        "/b",
        b"x",
        "shop.test",
    )


def test_what_a_candidate_does_not_get_as_recorded_may_be_missing() -> None:
    settings = CandidateSettings(
        name="orders",
        url="http://candidate.test",
        set_headers=(("x-tenant", "test"),),
        remove_headers=("x-internal",),
        credentials=(
            LoginCredentials(request="POST /login"),
            LoginCredentials(request="POST /login", token_path="$.token", header="x-token"),
            JwtCredentials(key_from_env="KEY"),
        ),
    )

    assert supplied_headers(settings) == {b"x-tenant", b"x-internal", b"cookie", b"x-token"}
