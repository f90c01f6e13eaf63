from shadowpact.aliases.seen import Seen


def test_what_went_by_is_known_by_kind_and_text() -> None:
    seen = Seen()
    seen.add("order", "12", "one")

    assert seen.holds("order", "12")
    assert not seen.holds("cart", "12")
    assert seen.holds_in("order", "12", "one")
    assert not seen.holds_in("order", "12", "two")


def test_the_last_session_counts() -> None:
    seen = Seen()
    seen.add("order", "12", "one")
    seen.add("order", "12", "two")

    assert seen.holds_in("order", "12", "two")
    assert not seen.holds_in("order", "12", "one")


def test_the_oldest_are_forgotten_and_the_newest_never() -> None:
    seen = Seen(generation=10)
    for number in range(100):
        seen.add("order", str(number), "one")

    known = [number for number in range(100) if seen.holds("order", str(number))]

    assert 10 <= len(known) <= 20
    assert known == list(range(100 - len(known), 100))


def test_what_was_deleted_is_forgotten() -> None:
    seen = Seen()
    seen.add("order", "12", "one")

    seen.forget("order", "12")
    seen.forget("order", "13")

    assert not seen.holds("order", "12")
