import msgspec

from shadowpact.model.behaviour import Behaviour


def test_a_behaviour_needs_no_sample() -> None:
    behaviour = Behaviour(
        consumer="web", candidate="orders", route="GET /", status=200, shape="a", count=3
    )

    assert behaviour.samples == ()
    assert msgspec.json.decode(msgspec.json.encode(behaviour), type=Behaviour) == behaviour
