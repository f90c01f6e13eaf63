from shadowpact.demo import data


def test_an_order_costs_what_its_lines_cost() -> None:
    for order in data.orders().values():
        cents = sum(
            round(data.price(li["product"]) * 100) * li["quantity"] for li in order["lines"]
        )

        assert round(order["total"] * 100) == cents


def test_every_order_names_a_customer_and_products_that_exist() -> None:
    customers, products = data.customers(), data.products()
    for order in data.orders().values():
        assert order["customer"] in customers
        assert {line["product"] for line in order["lines"]} <= products.keys()


def test_two_customers_have_never_ordered() -> None:
    buyers = {order["customer"] for order in data.orders().values()}

    assert data.customers().keys() - buyers == set(data.CUSTOMER_IDS[-2:])


def test_no_product_has_its_tags_in_the_order_of_their_names() -> None:
    assert all(p["tags"] != sorted(p["tags"]) for p in data.products().values())


def test_every_day_has_as_many_orders() -> None:
    placed = [order["placed_on"] for order in data.orders().values()]

    assert {day: placed.count(day) for day in data.days()} == dict.fromkeys(
        data.days(), data.ORDERS_A_DAY
    )
