from shadowpact.aliases.table import Binding, Table
from shadowpact.model.alias import Scalar

UUID = "7f9c24e8-3b1a-4c5d-9e2f-0a1b2c3d4e5f"


def binding(recorded: Scalar, side: Scalar, *, kind: str = "order", session: str = "s") -> Binding:
    return Binding(
        kind=kind, session=session, recorded=recorded, side=side, learnt_from="e", last_seen_us=0
    )


def side_of(found: Binding | None) -> Scalar | None:
    return None if found is None else found.side


def test_a_weak_value_is_found_by_its_kind_alone() -> None:
    table = Table(10)
    table.add(binding(12, 17))

    assert side_of(table.find(("order",), "12", "s")) == 17
    assert table.find(("cart",), "12", "s") is None
    assert table.find((), "12", "s") is None


def test_a_strong_value_is_found_by_itself() -> None:
    table = Table(10)
    table.add(binding(UUID, 17))

    assert side_of(table.find((), UUID, "s")) == 17
    assert table.find_back((), "17", "s") is None
    assert table.find_back(("order",), "17", "s") is not None


def test_a_session_asks_itself_first_and_then_all_that_agree() -> None:
    table = Table(10)
    table.add(binding(1, 5, session="one"))
    table.add(binding(1, 6, session="two"))
    table.add(binding(2, 7, session="one"))
    table.add(binding(2, 7, session="two"))

    assert side_of(table.find(("order",), "1", "one")) == 5
    assert side_of(table.find(("order",), "1", "two")) == 6
    assert table.find(("order",), "1", "three") is None
    assert side_of(table.find(("order",), "2", "three")) == 7


def test_the_way_back_is_the_sessions_own_too() -> None:
    table = Table(10)
    table.add(binding(100, 1, session="one"))
    table.add(binding(101, 1, session="two"))

    found = table.find_back(("order",), "1", "two")

    assert found is not None
    assert found.recorded == 101
    assert table.find_back(("order",), "1", "three") is None


def test_what_is_demoted_is_not_found() -> None:
    table = Table(10)
    one = binding(12, 17)
    table.add(one)

    table.demote(one)
    table.demote(one)

    assert table.find(("order",), "12", "s") is None
    assert table.find_back(("order",), "17", "s") is None
    assert table.pair("12", "17") is None
    assert table.knows(("order",), "12")
    assert table.demoted == 1


def test_the_one_not_used_for_longest_makes_room() -> None:
    table = Table(8)
    first = binding(0, 100)
    table.add(first)
    for number in range(1, 20):
        table.touch(first)
        table.add(binding(number, 100 + number))

    assert len(table) == 8
    assert table.find(("order",), "0", "s") is first
    assert table.find(("order",), "19", "s") is not None
    assert table.find(("order",), "1", "s") is None


def test_nothing_is_left_of_what_is_dropped() -> None:
    table = Table(8)
    for number in range(50):
        table.add(binding(number, f"größe-{number}", session=f"s{number}"))
    for one in list(table):
        table.drop(one.key)
    table.drop(("order", "none", "s"))

    assert len(table) == 0
    assert (table.kinds, table.texts, table.side_texts, table.side_tokens) == ({}, {}, {}, {})
    assert table.odd_side == 0
    assert [len(i) for i in (table._forward, table._back, table._pairs)] == [0] * 3


def test_the_newest_of_one_name_counts() -> None:
    table = Table(8)
    table.add(binding(12, 17))
    table.add(binding(12, 18))

    assert len(table) == 1
    assert side_of(table.find(("order",), "12", "s")) == 18
    assert table.find_back(("order",), "17", "s") is None


def test_rows_are_kept_until_they_are_saved() -> None:
    table = Table(8)
    one, two = binding(12, 17), binding(13, 18)
    for each in (one, two):
        table.add(each)
        table.changed(each)
    unsaved = table.dirty("candidate")
    one.confirmations = 5
    table.changed(one)

    table.saved(unsaved.mark)
    left = table.dirty("candidate").rows

    assert [row.recorded for row in unsaved.rows] == [12, 13]
    assert [(row.recorded, row.confirmations) for row in left] == [(12, 5)]


def test_rows_that_nobody_saves_are_bounded() -> None:
    table = Table(8)
    for number in range(100):
        one = binding(number, 1000 + number)
        table.add(one)
        table.changed(one)

    assert len(table.dirty("candidate").rows) == 16
