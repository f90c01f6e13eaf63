import pytest

from shadowpact.aliases.names import (
    HARD,
    NO,
    SOFT,
    entity,
    is_loose,
    is_role,
    member_kind,
    name_of,
    own_kinds,
    resource,
    segment_kinds,
    singular,
    words,
)


@pytest.mark.parametrize(
    "name",
    [
        "order_id",
        "orderId",
        "OrderID",
        "order-id",
        "order.id",
        "order_ids",
        "orderIDs",
        "order__id__exact",
        "order_id[in]",
    ],
)
def test_all_spellings_name_the_same_kind(name: str) -> None:
    assert name_of(name).kinds == ("order",)
    assert name_of(name).level == HARD


@pytest.mark.parametrize("name", ["id", "uuid", "slug", "_id", "ids"])
def test_a_bare_id_names_what_it_stands_in(name: str) -> None:
    assert name_of(name).is_bare
    assert name_of(name).level == HARD


def test_words_for_a_relation_name_things_of_another_kind() -> None:
    assert is_role(name_of("customer").kinds)
    assert is_role(name_of("created_by").kinds)
    assert not is_role(name_of("stock").kinds)
    assert not is_role(name_of("id").kinds)


def test_an_operator_is_no_part_of_a_name() -> None:
    assert name_of("author__in").kinds == ("author",)
    assert name_of("checked_in").kinds == ("checked_in", "in")


def test_a_long_name_names_the_whole_and_its_last_word() -> None:
    assert name_of("shipping_address_id").kinds == ("shipping_address", "address")


def test_codes_and_numbers_may_be_ids() -> None:
    assert name_of("order_number").level == SOFT
    assert name_of("quantity").level == NO


@pytest.mark.parametrize(
    "name",
    [
        "token",
        "access_token",
        "next_cursor",
        "endCursor",
        "accessToken",
        "csrf",
        "X-XSRF-TOKEN",
        "csrfmiddlewaretoken",
        "nonce",
        "sessionid",
        "JSESSIONID",
        "_csrf",
    ],
)
def test_tokens_by_name(name: str) -> None:
    assert name_of(name).is_token


@pytest.mark.parametrize("name", ["token_type", "token_count", "expires_in", "tokenExpires"])
def test_what_is_said_of_a_token_is_none(name: str) -> None:
    assert not name_of(name).is_token


def test_the_id_of_a_session_may_be_a_token_or_name_a_session() -> None:
    assert name_of("session_id").kinds == ("token", "session")


@pytest.mark.parametrize("name", ["checksum", "sha256", "file_hash", "sku", "version", "etag"])
def test_content_is_never_an_id(name: str) -> None:
    assert name_of(name).is_content


def test_a_plural_counts() -> None:
    assert name_of("orders").is_plural
    assert not name_of("order").is_plural


@pytest.mark.parametrize(
    ("plural", "one"),
    [
        ("orders", "order"),
        ("categories", "category"),
        ("addresses", "address"),
        ("boxes", "box"),
        ("status", "status"),
        ("address", "address"),
        ("analysis", "analysis"),
        ("news", "news"),
        ("movies", "movie"),
        ("cases", "case"),
        ("houses", "house"),
        ("statuses", "status"),
        ("gas", "gas"),
        ("ties", "tie"),
        ("branches", "branch"),
    ],
)
def test_singulars(plural: str, one: str) -> None:
    assert singular(plural) == one


def test_the_resource_of_a_route() -> None:
    assert resource("POST /orders") == "order"
    assert resource("GET /orders/{id}") == "order"
    assert resource("POST /carts/{id}/items") == "item"
    assert resource("GET /users/me") == "user"
    assert resource("GET /{id}") == "root"
    assert resource("POST /orders:batch") == "order"


def test_verbs_make_a_kind_a_guess() -> None:
    assert is_loose("POST /carts/{id}/checkout")
    assert is_loose("POST /users/register")
    assert is_loose("GET /me")
    assert not is_loose("POST /orders")


def test_the_kinds_of_a_routes_own() -> None:
    assert own_kinds("POST /carts/{id}/items") == {"cart", "item"}


def test_the_kinds_of_a_segment() -> None:
    assert segment_kinds("orders", "{id}") == ("order",)
    assert segment_kinds("orders", "{order_id}") == ("order",)
    assert segment_kinds("repos", "{owner}") == ("repo", "owner")
    assert segment_kinds("", "{id}") == ()


def test_envelopes_hold_the_resource_itself() -> None:
    assert member_kind("data", "order", is_envelope=False) == "order"
    assert member_kind("items", "order", is_envelope=True) == "order"
    assert member_kind("items", "order", is_envelope=False) == "item"
    assert member_kind("customer", "order", is_envelope=False) == "customer"


def test_names_without_words_are_their_own_kind() -> None:
    assert words("___") == ()
    assert entity("___") == "___"
    assert name_of("$$").kinds == ("$$",)
