"""What both sides agree on without having made it: the products, and which input is refused."""

from typing import Any

import msgspec


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """One product; ``cents`` is the price of a piece."""

    id: int
    name: str
    cents: int
    stock: int | None


_COLOURS = ("Red", "Blue", "Green", "Plain", "Striped")
_THINGS = ("Shoe", "Lamp", "Kettle", "Rug", "Clock", "Chair", "Basket", "Mirror")

PRODUCTS = {
    number: Product(
        id=number,
        name=f"{_COLOURS[number % 5]} {_THINGS[number % 8]}",
        cents=(number * 731) % 9000 + 99,
        stock=None if number % 9 == 0 else number * 7 % 50,
    )
    for number in range(1, 41)
}
"""By id. Their ids are also those of the baseline's first carts, and quantities."""

TAX_PER_MILLE = 77
"""Tax on an order's subtotal; half a cent is rounded up."""

MOST_PIECES = 9999


def user_problems(asked: dict[str, Any]) -> dict[str, str]:
    """What is wrong with a registration."""
    problems = {}
    email, password = asked.get("email"), asked.get("password")
    if not isinstance(email, str) or "@" not in email:
        problems["email"] = "must be an e-mail address"
    if not isinstance(password, str) or len(password) < 8:
        problems["password"] = "must have at least 8 characters"
    return problems | name_problems(asked)


def name_problems(asked: dict[str, Any]) -> dict[str, str]:
    """What is wrong with a name."""
    return {} if is_text(asked.get("name")) else {"name": "must not be empty"}


def review_problems(asked: dict[str, Any]) -> dict[str, str]:
    """What is wrong with a review."""
    problems = {}
    if not is_whole(asked.get("rating"), most=5):
        problems["rating"] = "must be a whole number from 1 to 5"
    if not is_text(asked.get("text")):
        problems["text"] = "must not be empty"
    return problems


def quantity_problems(asked: dict[str, Any]) -> dict[str, str]:
    """What is wrong with how many are wanted."""
    if is_whole(asked.get("quantity"), most=MOST_PIECES):
        return {}
    return {"quantity": f"must be a whole number from 1 to {MOST_PIECES}"}


def order_problems(asked: dict[str, Any]) -> dict[str, str]:
    """What is wrong with an order or a change of one."""
    problems = {}
    if not isinstance(asked.get("note", ""), str):
        problems["note"] = "must be text"
    if not isinstance(asked.get("gift", False), bool):
        problems["gift"] = "must be true or false"
    if asked.get("status", "open") not in ("open", "cancelled"):
        problems["status"] = "must be open or cancelled"
    return problems


def is_text(value: Any) -> bool:
    """Whether it says something."""
    return isinstance(value, str) and bool(value.strip())


def is_whole(value: Any, *, most: int) -> bool:
    """Whether it is a whole number from 1 on."""
    return type(value) is int and 1 <= value <= most
