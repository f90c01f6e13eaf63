import msgspec
import pytest

from shadowpact.model.batch import SAMPLES_KEPT, Batch, Cursor, FindingDelta, SampleRank


def test_a_batch_is_empty_until_an_exchange_has_ended() -> None:
    batch = Batch()
    assert batch.is_empty
    batch.outcomes["GET /", "orders", "pair", ""] = 1

    assert not batch.is_empty


def test_batches_share_nothing() -> None:
    one, other = Batch(), Batch()
    one.outcomes["GET /", "orders", "pair", ""] = 1
    one.rule_errors["a", "b"] = 1

    assert other == Batch()


def test_a_cursor_begins_before_everything() -> None:
    assert Cursor(recording="a") == Cursor(recording="a", segment=0, offset=0, sequence=0, ahead=())


def test_values_that_are_keys_cannot_change() -> None:
    with pytest.raises(AttributeError):
        SampleRank("min", 1).rank = 2  # type: ignore[misc]  # it is frozen, which this shows


def test_the_smallest_pair_and_a_few_others_are_kept() -> None:
    assert SAMPLES_KEPT["min"] == 1
    assert SAMPLES_KEPT["any"] > 1


def test_a_delta_adds_nothing_until_it_is_counted() -> None:
    delta = msgspec.structs.asdict(FindingDelta(severity="changed"))

    assert (delta["count"], delta["pairs"]) == (0, 0)
