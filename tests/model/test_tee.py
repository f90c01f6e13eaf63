import hashlib

from hypothesis import given
from hypothesis import strategies as st

from shadowpact.model.exchange import Cut
from shadowpact.model.tee import HEAD_BYTES, Tee


@given(st.lists(st.binary(max_size=20), max_size=10), st.integers(0, 120))
def test_every_piece_passes_and_length_and_digest_are_of_the_whole(
    pieces: list[bytes], keep_bytes: int
) -> None:
    tee = Tee(keep_bytes=keep_bytes)
    whole = b"".join(pieces)

    assert b"".join(tee(piece) for piece in pieces) == whole
    body, cut = tee.body()
    assert body == whole[:HEAD_BYTES]
    if len(whole) <= keep_bytes:
        assert cut is None
    else:
        assert cut == Cut(
            reason="over-cap", length_bytes=len(whole), sha256=hashlib.sha256(whole).digest()
        )


def test_a_body_up_to_the_cap_is_kept_whole() -> None:
    tee = Tee(keep_bytes=3 * HEAD_BYTES)
    tee(b"x" * 3 * HEAD_BYTES)

    assert tee.body() == (b"x" * 3 * HEAD_BYTES, None)


def test_of_a_longer_one_only_the_beginning_is_remembered() -> None:
    tee = Tee(keep_bytes=2 * HEAD_BYTES)
    for _ in range(100):
        tee(b"x" * HEAD_BYTES)
    body, cut = tee.body()

    assert len(tee._kept) <= 2 * HEAD_BYTES
    assert len(body) == HEAD_BYTES
    assert cut is not None
    assert cut.length_bytes == 100 * HEAD_BYTES


def test_what_was_cut_says_why() -> None:
    tee = Tee(keep_bytes=0, reason="event-stream")
    tee(b"data: 1\n\n")
    _, cut = tee.body()

    assert cut is not None
    assert cut.reason == "event-stream"


def test_a_stream_in_which_nothing_came_is_an_empty_body() -> None:
    assert Tee(keep_bytes=0, reason="event-stream").body() == (b"", None)
