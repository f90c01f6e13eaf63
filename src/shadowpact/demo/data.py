"""The shop's data: made by arithmetic, so it is the same in both services and every run."""

import datetime as dt
import uuid
from typing import Any

_NAMES = ("Ada", "Alan", "Barbara", "Donald", "Edsger", "Frances", "Grace", "John", "Ken", "Mary")
_NOUNS = ("lamp", "chair", "kettle", "clock", "shelf", "rug", "mirror", "basket")
_TAGS = ("wood", "new", "sale", "blue", "garden", "oak", "kids", "import")
_FIRST_DAY = dt.date(2025, 3, 1)

STATUSES = ("open", "shipped", "cancelled")
ORDERS_A_DAY = 8
DAYS = 12
PRODUCTS = 40

CUSTOMER_IDS = tuple(
    str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://shop.example/customers/{number}"))
    for number in range(len(_NAMES) + 2)
)
"""The last two have never ordered anything: the edge case."""


def customers() -> dict[str, dict[str, Any]]:
    """Customers by id."""
    return {
        customer_id: {
            "id": customer_id,
            "name": _NAMES[number % len(_NAMES)],
            "since": (_FIRST_DAY - dt.timedelta(days=37 * number)).isoformat(),
            "phone": f"+1-555-01{number:02d}",
            "vip": number % 4 == 0,
        }
        for number, customer_id in enumerate(CUSTOMER_IDS)
    }


def products() -> dict[int, dict[str, Any]]:
    """Products by id; tags in order of weight, the heaviest first."""
    return {
        number: {
            "id": number,
            "name": f"{_TAGS[number % 8]} {_NOUNS[number % 7]}",
            "price": price(number),
            "tags": [_TAGS[(number * 3 + step * 5) % 8] for step in range(3)],
            "stock": None if number % 9 == 0 else number * 7 % 50,
        }
        for number in range(1, PRODUCTS + 1)
    }


def orders() -> dict[int, dict[str, Any]]:
    """Orders by id, eight a day."""
    return {number: _order(number) for number in range(1, DAYS * ORDERS_A_DAY + 1)}


def days() -> tuple[str, ...]:
    """The days with orders, ISO 8601."""
    return tuple((_FIRST_DAY + dt.timedelta(days=day)).isoformat() for day in range(DAYS))


def price(product: int) -> float:
    """Price of a product: cents, never a round amount for all of them."""
    return (product * 731 % 9000 + 99) / 100


def _order(number: int) -> dict[str, Any]:
    lines = [
        {
            "product": (number * 5 + line * 11) % PRODUCTS + 1,
            "quantity": 1 + (number + line * 7) % 17,
        }
        for line in range(1 + number % 3)
    ]
    cents = sum(round(price(line["product"]) * 100) * line["quantity"] for line in lines)
    return {
        "id": number,
        "customer": CUSTOMER_IDS[number % len(_NAMES)],
        "status": STATUSES[number % 3],
        "placed_on": days()[(number - 1) // ORDERS_A_DAY],
        "lines": lines,
        "total": cents / 100,
    }
