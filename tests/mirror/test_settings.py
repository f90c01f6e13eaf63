from shadowpact.mirror.settings import CandidateSettings, MirrorSettings


def test_a_candidate_gets_everything_and_no_writes_unless_told_otherwise() -> None:
    settings = CandidateSettings(name="orders", url="http://127.0.0.1:9001")

    assert [(route.pattern, route.writes) for route in settings.routes] == [("/**", None)]
    assert settings.writes == "off"
    assert settings.host == "preserve"


def test_without_candidates_nothing_is_mirrored() -> None:
    assert MirrorSettings().candidates == ()
