from pathlib import Path

import pytest

from shadowpact import config
from shadowpact.errors import UsageError
from shadowpact.replay.options import ReplayOptions, settings_for

RECORDING = Path("traffic.har")
TWO = """
[candidates.orders]
url = "http://orders.test"
routes = ["/orders/**"]

[candidates.users]
url = "http://users.test"
routes = [{ match = "/users/**", writes = "on" }]
"""
ONE = TWO.partition("[candidates.users]")[0]


def named(**fields: object) -> str:
    options = ReplayOptions(recording=RECORDING, **fields)  # type: ignore[arg-type]  # its fields
    return options.name(settings_for(config.loads(""), to="http://new.test"))


def test_the_url_alone_is_a_candidate_for_everything() -> None:
    (candidate,) = settings_for(config.loads(""), to="http://new.test").mirror.candidates

    assert (candidate.name, candidate.url) == ("candidate", "http://new.test")
    assert [route.pattern for route in candidate.routes] == ["/**"]


def test_the_url_is_another_one_of_the_only_candidate_that_is_configured() -> None:
    (candidate,) = settings_for(config.loads(ONE), to="http://new.test").mirror.candidates

    assert (candidate.name, candidate.url) == ("orders", "http://new.test")
    assert [route.pattern for route in candidate.routes] == ["/orders/**"]


def test_of_several_that_are_configured_nobody_is_meant_by_a_url() -> None:
    (candidate,) = settings_for(config.loads(TWO), to="http://new.test").mirror.candidates

    assert candidate.name == "candidate"


def test_without_a_url_all_that_are_configured_are_asked() -> None:
    settings = settings_for(config.loads(TWO), to=None)

    assert [one.name for one in settings.mirror.candidates] == ["orders", "users"]
    with pytest.raises(UsageError, match="where to"):
        settings_for(config.loads(""), to=None)


@pytest.mark.parametrize("writes", ["on", "off"])
def test_the_word_on_writes_goes_for_every_route(writes: str) -> None:
    settings = settings_for(config.loads(TWO), to=None, writes=writes)  # type: ignore[arg-type]  # one of the two words

    for candidate in settings.mirror.candidates:
        assert candidate.writes == writes
        assert all(route.writes is None for route in candidate.routes)


def test_a_name_is_of_the_recording_and_the_sides() -> None:
    assert named() == named(limit=3)
    assert named().startswith("traffic-")
    assert len({named(), named(baseline="http://old.test"), named(twin="http://twin.test")}) == 3


def test_each_worker_has_a_cursor() -> None:
    options = ReplayOptions(recording=RECORDING, part=(1, 2))

    assert options.cursors == ("replay 0 of 2", "replay 1 of 2")
    assert options.cursor == "replay 1 of 2"
