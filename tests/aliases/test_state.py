from shadowpact.aliases.state import Lost, Proposal, State, keep, keys
from shadowpact.aliases.table import ANY

UUID = "7f9c24e8-3b1a-4c5d-9e2f-0a1b2c3d4e5f"
PLACE = ("GET /orders", "$[*].id")


def test_a_strong_id_is_remembered_by_itself_too() -> None:
    assert keys("order", "12") == (("order", "12"),)
    assert keys("order", UUID) == (("order", UUID), (ANY, UUID))


def test_the_oldest_make_room() -> None:
    held: dict[int, int] = {}
    for number in range(10):
        keep(held, number, number, 3)

    assert list(held) == [7, 8, 9]


def test_what_is_bound_is_no_longer_lost() -> None:
    state = State(10)
    for way in keys("order", UUID):
        state.lost[way] = Lost("s", is_mirrored=True)

    state.bind("order", UUID, 5, "s", "exc_1", 0)

    assert state.lost == {}
    assert not state.is_idle


def test_nothing_known_is_idle() -> None:
    assert State(10).is_idle


def test_a_weak_proposal_is_the_sessions_own_and_a_strong_one_everybodys() -> None:
    state = State(10)
    state.propose(Proposal("order", 12, 17, "one", PLACE, "exc_1", 0))
    state.propose(Proposal("order", UUID, 18, ANY, PLACE, "exc_1", 0))

    assert state.proposed(("order",), "12", "one") is not None
    assert state.proposed(("order",), "12", "two") is None
    assert state.proposed(("order",), UUID, "two") is not None


def test_two_numbers_prove_another_word_and_one_does_not() -> None:
    state = State(10)
    first, second = (state.bind("user", n, 10 + n, "s", "e", 0) for n in (1, 2))

    state.note_synonym("owner", first)
    state.note_synonym("owner", first)
    after_one = dict(state.synonyms)
    state.note_synonym("owner", second)
    state.note_synonym("root", second)

    assert after_one == {}
    assert state.synonyms == {"owner": "user"}
    assert state.with_synonyms(("owner",)) == ("owner", "user")
    assert state.with_synonyms(("cart",)) == ("cart",)
