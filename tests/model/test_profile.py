from shadowpact.model.profile import VALUES_KEPT, FieldStats, combined, merged, profile_of


def test_facts_become_the_statistics_of_their_places() -> None:
    profile = profile_of(
        [
            ("$", "object", 3),
            ("$.a", "string", 2),
            ("$.a", "null", 1),
            ("$.a", "value:x: y", 2),
            ("$.d", "format:date", 3),
            ("$.l", "list", 3),
            ("$.l", "empty", 1),
            ("$.m", "key:uuid", 4),
        ]
    )

    assert profile.documents == 3
    assert profile.fields["$.a"] == FieldStats(kinds={"string": 2, "null": 1}, values={"x: y": 2})
    assert profile.fields["$.a"].count == 3
    assert profile.fields["$.d"].formats == {"date": 3}
    assert (profile.fields["$.l"].of("list"), profile.fields["$.l"].empty) == (3, 1)
    assert profile.fields["$.m"].keys == {"uuid": 4}


def test_too_many_values_are_none_also_when_only_together_they_are_too_many() -> None:
    told = profile_of([("$.a", "value:x", 1), ("$.a", "many", 1)]).fields["$.a"]
    summed = profile_of([("$.a", f"value:{n}", 1) for n in range(VALUES_KEPT + 1)]).fields["$.a"]

    assert (told.values, told.has_many) == ({}, True)
    assert (summed.values, summed.has_many) == ({}, True)


def test_facts_of_replicas_add_up() -> None:
    assert merged([{("$", "object"): 1}, {("$", "object"): 2, ("$.a", "null"): 1}]) == {
        ("$", "object"): 3,
        ("$.a", "null"): 1,
    }


def test_nothing_seen_is_no_document() -> None:
    assert profile_of([]).documents == 0


def test_several_behaviours_are_taken_together() -> None:
    facts = [
        ("$", "object", 2),
        ("$.l", "list", 2),
        ("$.l", "empty", 1),
        ("$.s", "string", 2),
        ("$.s", "value:x", 2),
        ("$.s", "format:date", 1),
        ("$.s", "key:uuid", 1),
    ]
    one, other = profile_of(facts), profile_of([("$.s", "many", 1)])

    assert combined([one]) == one
    assert combined([one, one]) == profile_of((path, fact, 2 * n) for path, fact, n in facts)
    assert combined([one, other]).fields["$.s"].has_many
