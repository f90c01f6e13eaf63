from shadowpact.recording.skipped import Skipped


def test_what_was_skipped_is_known_by_its_reason() -> None:
    assert {Skipped("torn"), Skipped("torn"), Skipped("TCP")} == {Skipped("TCP"), Skipped("torn")}
