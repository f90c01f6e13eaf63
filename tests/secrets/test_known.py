from shadowpact.secrets.known import KnownValues


def known(*values: str) -> KnownValues:
    found = KnownValues()
    for value in values:
        found.add(value, "secret")
    return found


def places(found: KnownValues, text: str) -> list[str]:
    return [text[start:end] for start, end, _ in found.find(text)]


def test_a_value_is_found_as_a_whole_word() -> None:
    found = known("planted-1", "planted-12")

    assert places(found, "a planted-1, planted-12; x-planted-1") == [
        "planted-1",
        "planted-12",
        "planted-1",
    ]
    assert places(found, "planted-123 aplanted-1 unplanted") == []


def test_values_of_several_words_are_found() -> None:
    assert places(known("Planted Person", "Planted"), "Hello Planted Person and Planted") == [
        "Planted Person",
        "Planted",
    ]


def test_short_values_and_common_words_are_not_looked_for_elsewhere() -> None:
    found = known("12345", "password", "true", "------")
    found.add("pending", "chosen")
    found.add("Ann", "chosen")

    assert places(found, "12345 password true ------ pending Ann") == []


def test_the_first_kind_stays() -> None:
    found = KnownValues()
    found.add("Planted", "chosen")
    found.add("Planted", "secret")

    assert [kind for _, _, kind in found.find("Planted")] == ["chosen"]


def test_nothing_is_known_at_first() -> None:
    assert places(KnownValues(), "anything at all") == []
