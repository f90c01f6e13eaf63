"""What a whole exchange teaches, and what later ones make of it."""

import orjson

from shadowpact.aliases import Aliases
from shadowpact.model.exchange import Headers
from support.build import JSON, exchange, request, response
from support.sides import FORM, Side, cookie, document, location, post, route_of

UUID = "7f9c24e8-3b1a-4c5d-9e2f-0a1b2c3d4e5f"
OTHER = "0b44a7c1-92d3-4f60-8a51-6b7c8d9e0f1a"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJlLW9uZQ"
OTHER_JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI5In0.c2lnbmF0dXJlLXR3bw"


def headers(**fields: str) -> Headers:
    return tuple(
        (name.replace("_", "-").encode(), value.encode()) for name, value in fields.items()
    )


def test_a_created_id_is_rewritten_in_the_path_of_later_requests() -> None:
    side = Side()

    side.creates("/orders", 12, 17)

    assert side.target("/orders/12") == "/orders/17"
    assert side.target("/orders/12/items?page=12") == "/orders/17/items?page=12"
    assert side.target("/orders/13") == "/orders/13"


def test_the_quantity_12_is_not_the_order_12() -> None:
    side = Side()
    side.creates("/orders", 12, 17)

    sent = side.body({"order_id": 12, "quantity": 12, "note": "12", "lines": [12, {"count": 12}]})

    assert sent == {"order_id": 17, "quantity": 12, "note": "12", "lines": [12, {"count": 12}]}


def test_an_integer_on_one_side_and_a_uuid_on_the_other() -> None:
    side = Side()

    compared = side.creates("/orders", 12, UUID)

    assert document(compared) == {"id": 12}
    assert side.target("/orders/12") == f"/orders/{UUID}"
    assert side.body({"orderId": 12, "order-id": "12"}) == {"orderId": UUID, "order-id": UUID}


def test_a_uuid_recorded_and_an_integer_on_the_side() -> None:
    side = Side()

    compared = side.creates("/orders", UUID, 17)

    assert document(compared) == {"id": UUID}
    assert side.target(f"/orders/{UUID}") == "/orders/17"
    assert side.body({"whatever": UUID}) == {"whatever": 17}


def test_the_same_number_means_another_thing_for_another_kind() -> None:
    side = Side()
    side.creates("/orders", 12, 17)
    side.creates("/carts", 12, 99)

    assert side.target("/orders/12") == "/orders/17"
    assert side.target("/carts/12") == "/carts/99"
    assert side.body({"cart": {"id": 12}, "order": {"id": 12}}) == {
        "cart": {"id": 99},
        "order": {"id": 17},
    }


def test_an_id_learnt_in_one_session_is_known_in_all() -> None:
    side = Side()

    side.creates("/orders", 12, 17, session="one")

    assert side.target("/orders/12", session="two") == "/orders/17"


def test_where_each_tenant_counts_for_itself_each_session_has_its_own() -> None:
    side = Side()
    side.creates("/carts", 1, UUID, session="one")
    side.creates("/carts", 1, OTHER, session="two")

    assert side.target("/carts/1", session="one") == f"/carts/{UUID}"
    assert side.target("/carts/1", session="two") == f"/carts/{OTHER}"
    stranger = side.gets(request("GET", "/carts/1"), session="three")

    assert stranger.request.target == "/carts/1"
    assert [(use.reason, use.is_certain) for use in stranger.unknown] == [("conflict", True)]


def test_a_constant_id_for_everything_is_a_conflict_and_is_not_hidden() -> None:
    side = Side()
    side.creates("/orders", 12, UUID)

    compared = side.creates("/orders", 13, UUID)

    assert document(compared) == {"id": UUID}
    assert side.aliases.counts().conflicts == 2
    assert side.aliases.counts().bound == 0
    assert side.target("/orders/12") == "/orders/12"


def test_a_constant_number_for_everything_is_a_conflict_within_a_session() -> None:
    side = Side()
    side.creates("/orders", 12, 1)

    compared = side.creates("/orders", 13, 1)

    assert document(compared) == {"id": 1}
    assert side.aliases.counts().conflicts == 2


def test_the_wrong_customer_in_the_answer_is_not_hidden() -> None:
    side = Side()
    asked = post("/orders", {"customer_id": 7})
    recorded = response({"id": 12, "customer_id": 7}, 201)

    compared = side.takes(asked, recorded, response({"id": 17, "customer_id": 8}, 201))

    assert document(compared) == {"id": 12, "customer_id": 8}


def test_a_reference_that_was_seen_before_is_not_bound_anew() -> None:
    side = Side()
    same = response({"id": 7, "name": "Ann"})
    side.takes(request("GET", "/customers/7"), same, same)

    compared = side.takes(
        post("/orders"),
        response({"id": 12, "customer_id": 7}, 201),
        response({"id": 17, "customer_id": OTHER}, 201),
    )

    assert document(compared) == {"id": 12, "customer_id": OTHER}


def test_the_wrong_order_after_a_good_start_is_not_hidden() -> None:
    side = Side()
    side.creates("/orders", 12, 17)
    side.creates("/orders", 13, 18)

    compared = side.takes(request("GET", "/orders/12"), response({"id": 12}), response({"id": 18}))

    assert document(compared) == {"id": 13}


def test_an_order_answered_with_its_recorded_id_instead_of_its_own_is_not_hidden() -> None:
    side = Side()
    side.creates("/orders", 12, 13)
    side.creates("/orders", 13, 14)

    compared = side.takes(request("GET", "/orders/13"), response({"id": 13}), response({"id": 13}))

    assert document(compared) == {"id": 12}


def test_a_token_from_a_get_is_bound_at_once() -> None:
    side = Side()

    compared = side.takes(
        request("GET", "/csrf"),
        response({"csrf_token": "aB3dE5fG7hJ9kL1m"}),
        response({"csrf_token": "zY8xW6vU4tS2rQ0p"}),
    )
    sent = side.gets(request("POST", "/orders", headers=headers(x_csrf_token="aB3dE5fG7hJ9kL1m")))

    assert document(compared) == {"csrf_token": "aB3dE5fG7hJ9kL1m"}
    assert sent.request.headers == headers(x_csrf_token="zY8xW6vU4tS2rQ0p")
    assert sent.replacements[0].is_secret


def test_a_token_in_a_hidden_input_is_bound_by_its_name() -> None:
    side = Side()
    html = ((b"content-type", b"text/html; charset=utf-8"),)
    page = '<form><input type="hidden" name="_csrf" value="{}"><input name="q" value="x"></form>'

    compared = side.takes(
        request("GET", "/form"),
        response(headers=html, body=page.format("aB3dE5fG7hJ9kL1m").encode()),
        response(headers=html, body=page.format("zY8xW6vU4tS2rQ0p").encode()),
    )
    sent = side.gets(request("POST", "/f", headers=FORM, body=b"q=1&_csrf=aB3dE5fG7hJ9kL1m"))

    assert compared.body == page.format("aB3dE5fG7hJ9kL1m").encode()
    assert sent.request.body == b"q=1&_csrf=zY8xW6vU4tS2rQ0p"


def test_a_jwt_from_a_login_goes_into_the_authorization_header() -> None:
    side = Side()
    side.takes(
        post("/login"), response({"access_token": JWT}), response({"access_token": OTHER_JWT})
    )

    sent = side.gets(request("GET", "/me", headers=headers(Authorization=f"Bearer {JWT}")))

    assert sent.request.headers == headers(Authorization=f"Bearer {OTHER_JWT}")


def test_a_session_cookie_is_replaced_by_the_sides() -> None:
    side = Side()
    compared = side.takes(
        post("/login"),
        response({}, headers=cookie("sid=s3cr3t; Path=/; HttpOnly")),
        response({}, headers=cookie("sid=0ther; Path=/; HttpOnly")),
    )

    sent = side.gets(request("GET", "/me", headers=headers(cookie="lang=en; sid=s3cr3t; a=b")))

    assert sent.request.headers == headers(cookie="lang=en; sid=0ther; a=b")
    assert compared.headers == cookie("sid=s3cr3t; Path=/; HttpOnly")


def test_a_cookie_that_only_the_side_renews_is_the_newest_one() -> None:
    side = Side()
    login = response({}, headers=cookie("sid=recorded1"))
    side.takes(post("/login"), login, response({}, headers=cookie("sid=side1")))
    asked = request("GET", "/me", headers=headers(cookie="sid=recorded1"))

    side.takes(asked, response({}), response({}, headers=cookie("sid=side2")))

    assert side.gets(asked).request.headers == headers(cookie="sid=side2")


def test_a_cookie_that_only_the_baseline_renews_stands_for_the_same() -> None:
    side = Side()
    login = response({}, headers=cookie("sid=recorded1"))
    side.takes(post("/login"), login, response({}, headers=cookie("sid=side1")))
    asked = request("GET", "/me", headers=headers(cookie="sid=recorded1"))

    side.takes(asked, response({}, headers=cookie("sid=recorded2")), response({}))
    sent = side.gets(request("GET", "/me", headers=headers(cookie="sid=recorded2")))

    assert sent.request.headers == headers(cookie="sid=side1")


def test_a_location_relative_on_one_side_and_absolute_on_the_other() -> None:
    side = Side()

    compared = side.takes(
        post("/orders"),
        response(headers=location("/orders/12"), body=b"", status=201),
        response(headers=location(f"https://new.test/v2/orders/{UUID}"), body=b"", status=201),
    )

    assert side.target("/orders/12") == f"/orders/{UUID}"
    assert compared.headers == location("https://new.test/v2/orders/12")


def test_ids_in_links_are_learnt_and_translated() -> None:
    side = Side()
    recorded = response({"links": {"self": "/orders/12", "items": "http://a/orders/12/items?x=1"}})
    answer = response({"links": {"self": "/orders/17", "items": "http://b/orders/17/items?x=1"}})

    compared = side.takes(post("/orders"), recorded, answer)

    assert document(compared) == {
        "links": {"self": "/orders/12", "items": "http://b/orders/12/items?x=1"}
    }
    assert side.target("/orders/12") == "/orders/17"


def test_escaped_segments_are_compared_by_what_they_mean() -> None:
    side = Side()
    side.takes(
        post("/products"),
        response({"slug": "größe m"[:5] + "-x1y2z3"}, 201),
        response({"slug": "größe-a9b8c7"}, 201),
    )

    assert side.target("/products/gr%C3%B6%C3%9Fe-x1y2z3") == "/products/gr%C3%B6%C3%9Fe-a9b8c7"


def test_ids_in_forms_and_queries() -> None:
    side = Side()
    side.creates("/orders", 12, 17)
    side.creates("/orders", 14, 19)

    form = side.gets(request("POST", "/pay", headers=FORM, body=b"order_id=12&amount=12&x=%2B"))

    assert form.request.body == b"order_id=17&amount=12&x=%2B"
    assert side.target("/search?order=12&limit=12&order_ids=12,14") == (
        "/search?order=17&limit=12&order_ids=17,19"
    )
    assert side.target("/orders?id=12&ids[]=14") == "/orders?id=17&ids[]=19"


def test_nested_lists_bind_each_element_by_what_it_says() -> None:
    side = Side()
    recorded = {"id": 5, "items": [{"id": 1, "sku": "A"}, {"id": 2, "sku": "B"}]}
    given = {"id": 50, "items": [{"id": 22, "sku": "B"}, {"id": 11, "sku": "A"}]}

    compared = side.takes(post("/orders"), response(recorded, 201), response(given, 201))

    assert document(compared)["items"] == [{"id": 2, "sku": "B"}, {"id": 1, "sku": "A"}]
    assert side.target("/orders/5/items/1") == "/orders/50/items/11"


def test_large_integers_keep_every_digit() -> None:
    side = Side()
    recorded, given = 9007199254740993123, 18446744073709551557
    side.creates("/orders", recorded, given)

    sent = side.gets(post("/x", {"order_id": recorded}))

    assert sent.request.body == b'{"order_id":18446744073709551557}'
    assert side.target(f"/anything/{recorded}") == f"/anything/{given}"


def test_a_proposal_from_a_get_becomes_an_alias_by_its_use() -> None:
    side = Side()
    recorded, answer = response([{"id": 3, "x": "a"}]), response([{"id": 8, "x": "a"}])
    first = side.takes(request("GET", "/products"), recorded, answer)

    target = side.target("/products/3")
    second = side.takes(request("GET", "/products"), recorded, answer)

    assert document(first) == [{"id": 8, "x": "a"}]
    assert target == "/products/8"
    assert document(second) == [{"id": 3, "x": "a"}]


def test_a_place_that_once_gave_an_id_binds_at_once_from_then_on() -> None:
    side = Side()
    side.takes(request("GET", "/p"), response([{"id": 3}]), response([{"id": 8}]))
    side.takes(request("GET", "/products"), response([{"id": 3}]), response([{"id": 8}]))
    side.target("/products/3")

    compared = side.takes(request("GET", "/products"), response([{"id": 4}]), response([{"id": 9}]))

    assert document(compared) == [{"id": 4}]


def test_things_alike_but_for_an_unmistakable_id_are_the_same_thing() -> None:
    side = Side()

    compared = side.takes(
        request("GET", "/products"),
        response([{"id": 3, "name": "Mug"}]),
        response([{"id": UUID, "name": "Mug"}]),
    )

    assert document(compared) == [{"id": 3, "name": "Mug"}]


def test_things_that_differ_otherwise_are_not_bound_by_a_get() -> None:
    side = Side()

    side.takes(
        request("GET", "/customers/7/latest"),
        response({"id": UUID, "name": "Mug"}),
        response({"id": OTHER, "name": "Cup"}),
    )

    assert side.aliases.counts().bound == 0


def test_what_was_deleted_may_give_its_id_to_another() -> None:
    side = Side()
    side.creates("/orders", 12, UUID)
    side.takes(request("DELETE", "/orders/12"), response({}), response({}))

    gone = side.target("/orders/12")
    side.creates("/orders", 12, OTHER)

    assert gone == f"/orders/{UUID}"
    assert side.target("/orders/12") == f"/orders/{OTHER}"
    assert side.aliases.counts().conflicts == 0


def test_a_validator_is_the_sides_own_for_the_same_target() -> None:
    side = Side()
    tagged = headers(content_type="application/json", etag='"v1"')
    other = headers(content_type="application/json", etag='W/"9f"')
    side.takes(
        request("GET", "/orders/1"),
        response({"a": 1}, headers=tagged),
        response({"a": 1}, headers=other),
    )

    sent = side.gets(request("GET", "/orders/1", headers=headers(if_match='"v1"')))
    elsewhere = side.gets(request("GET", "/orders/2", headers=headers(if_match='"v1"')))

    assert sent.request.headers == headers(if_match='W/"9f"')
    assert elsewhere.request.headers == headers(if_match='"v1"')


def test_the_same_answers_bind_nothing() -> None:
    side = Side()
    for target in ("/orders", "/carts", "/login"):
        same = response(
            {"id": UUID, "token": JWT, "order": {"id": 12}},
            201,
            headers=(*cookie("sid=abc"), (b"location", b"/orders/12"), (b"etag", b'"1"')),
        )
        assert side.takes(post(target), same, same) is same

    assert side.aliases.counts().bound == 0
    assert side.gets(request("GET", "/orders/12")).unknown == ()


def test_content_that_differs_is_not_bound() -> None:
    side = Side()
    recorded = {"id": 1, "checksum": "a" * 16 + "1", "sku": "ABCD-123456", "status": "open"}
    given = {"id": 1, "checksum": "b" * 16 + "2", "sku": "EFGH-654321", "status": "shut"}

    compared = side.takes(post("/files"), response(recorded, 201), response(given, 201))

    assert document(compared) == given


def test_times_and_counts_are_not_bound() -> None:
    side = Side()
    recorded = {"created": 1750000000, "at": "2026-01-01T00:00:00Z", "total": 12, "orders": 3}
    given = {"created": 1750000001, "at": "2026-01-01T00:00:01Z", "total": 13, "orders": 4}

    compared = side.takes(post("/orders"), response(recorded, 201), response(given, 201))

    assert document(compared) == given


def test_a_number_that_became_a_text_stays_a_difference() -> None:
    side = Side()

    compared = side.creates("/orders", 12, "17")

    assert document(compared) == {"id": "12"}
    assert side.target("/orders/12") == "/orders/17"


def test_a_verb_gives_the_id_of_what_it_makes() -> None:
    side = Side()

    side.takes(post("/checkout"), response({"id": 55}, 201), response({"id": 7}, 201))

    assert side.target("/orders/55") == "/orders/7"
    assert side.target("/orders/55", session="other") == "/orders/7"


def test_what_a_verb_made_is_no_quantity() -> None:
    side = Side()
    side.takes(post("/checkout"), response({"id": 55}, 201), response({"id": 7}, 201))

    sent = side.body({"units": 55, "order_id": 55})

    assert sent == {"units": 55, "order_id": 7}


def test_the_second_page_of_a_list_is_not_the_page_2() -> None:
    side = Side()
    side.creates("/pages", 2, 9)

    assert side.target("/pages/2?page=2") == "/pages/9?page=2"


def test_an_exchange_that_uses_a_binding_keeps_it_young() -> None:
    side = Side()
    side.creates("/orders", 12, 17)
    side.aliases.saved(side.aliases.dirty().mark)
    later = exchange(
        request("GET", "/orders/12"), response({"id": 12}), started_us=2_000_000_000_000_000
    )

    answer, recorded = response({"id": 17}), response({"id": 12})
    for _ in range(2):
        side.aliases.learn(later, answer, "s", "GET /orders/{id}", "exc_9")
        side.aliases.translate(answer, recorded, "s", "GET /orders/{id}")

    assert [row.last_seen_us for row in side.aliases.dirty().rows] == [2_000_000_000_000_000]


def test_a_refused_creation_is_known_to_have_failed() -> None:
    side = Side()
    taken = exchange(post("/orders"), response({"id": 12}, 201))
    side.aliases.expect(taken, "s", "POST /orders", "exc_1")
    side.aliases.learn(taken, response({}, 500), "s", "POST /orders", "exc_1")
    side.aliases.settle("exc_1")

    unknown = side.gets(request("GET", "/orders/12")).unknown

    assert [(u.kind, u.recorded, u.reason, u.is_certain) for u in unknown] == [
        ("order", "12", "failed", True)
    ]
    assert side.aliases.counts().unknown == 1


def test_an_id_of_a_kind_that_differs_is_suspected() -> None:
    side = Side()
    side.creates("/orders", 12, UUID)

    unknown = side.gets(request("GET", "/orders/99")).unknown
    words = side.gets(request("GET", "/orders/new")).unknown

    assert [(u.reason, u.is_certain, u.differs) for u in unknown] == [("never-seen", False, True)]
    assert words == ()


def test_what_is_bound_survives_in_rows() -> None:
    side = Side()
    side.creates("/orders", 12, UUID)
    unsaved = side.aliases.dirty()
    side.aliases.saved(unsaved.mark)

    restored = Aliases("candidate")
    restored.load(unsaved.rows)
    stranger = Aliases("other")
    stranger.load(unsaved.rows)

    assert side.aliases.dirty().rows == ()
    assert Side(restored).target("/orders/12") == f"/orders/{UUID}"
    assert restored.dirty().rows == ()
    assert stranger.counts().bound == 0
    row = unsaved.rows[0]
    assert (row.kind, row.recorded, row.side, row.learnt_from) == ("order", 12, UUID, "exc_1")


def test_rows_of_tokens_are_secret() -> None:
    side = Side()
    side.takes(
        post("/login"),
        response({"id": 1, "token": JWT}, headers=cookie("sid=a1b2c3d4e5")),
        response({"id": 2, "token": OTHER_JWT}, headers=cookie("sid=f6g7h8i9j0")),
    )

    secrets = {row.kind: row.is_secret for row in side.aliases.dirty().rows}

    assert secrets == {"token": True, "cookie:sid": True, "login": False}


def test_the_explanation_says_where_and_from_which_exchange() -> None:
    side = Side()
    side.creates("/orders", 12, UUID)

    sent = side.gets(post("/orders/12/notes", {"ref": {"order_id": 12}}))

    assert [(r.where, r.kind, r.recorded, r.sent, r.learnt_from) for r in sent.replacements] == [
        ("path", "order", "12", UUID, "exc_1"),
        ("$.ref.order_id", "order", 12, UUID, "exc_1"),
    ]


def test_a_request_waits_for_the_answer_that_gives_its_id() -> None:
    aliases = Aliases("candidate")
    made = exchange(post("/orders"), response({"id": 12, "status": "open"}, 201))
    asked = request("GET", "/orders/12?status=open")
    aliases.expect(made, "s", "POST /orders", "exc_1")

    before = aliases.awaits(asked, "s", route_of(asked))
    other = aliases.awaits(request("GET", "/carts/12"), "s", "GET /carts/{id}")
    aliases.learn(made, response({"id": 17}, 201), "s", "POST /orders", "exc_1")
    aliases.settle("exc_1")

    assert before == {"exc_1"}
    assert other == frozenset()
    assert aliases.awaits(asked, "s", route_of(asked)) == frozenset()


def test_json_keeps_its_form_where_nothing_is_replaced() -> None:
    side = Side()
    side.creates("/orders", 12, UUID)
    body = b'{ "order_id" : 12,\n\t"price": 1.10, "big": 1e400, "text": "caf\\u00e9 \\/ 12" }'

    sent = side.gets(request("POST", "/x", headers=JSON, body=body))

    assert sent.request.body == body.replace(b": 12,", f': "{UUID}",'.encode())
    assert not sent.is_reformatted


def test_an_answer_in_another_order_is_translated_where_its_ids_stand() -> None:
    aliases = Aliases("orders")
    recorded, given = {"n": 1, "id": UUID}, {"id": OTHER, "n": 2}
    taken = exchange(request("POST", "/orders"), response(recorded, 201))
    answer = response(given, 201)
    aliases.learn(taken, answer, "s", "POST /orders", "exc_1")
    translated = aliases.translate(answer, response(recorded, 201), "s", "POST /orders")

    assert translated.body == orjson.dumps({"id": UUID, "n": 2})
