"""What live capture would have kept."""

import hashlib

from shadowpact.model.exchange import Cut
from shadowpact.recording.captured import as_captured, not_recorded
from support.build import response

SSE = ((b"Content-Type", b"text/event-stream; charset=utf-8"),)


def test_of_an_event_stream_only_length_and_digest_are_kept() -> None:
    kept = as_captured(response(headers=SSE, body=b"data: 1\n\n"))

    digest = hashlib.sha256(b"data: 1\n\n").digest()
    assert kept.body == b""
    assert kept.cut == Cut(reason="event-stream", length_bytes=9, sha256=digest)


def test_an_event_stream_that_is_not_in_the_file_is_one_too() -> None:
    kept = as_captured(response(headers=SSE, body=b"", cut=not_recorded(9)))

    assert kept.cut == Cut(reason="event-stream", length_bytes=9, sha256=b"")


def test_any_other_answer_stays_as_it_is() -> None:
    answer = response({"id": 1})

    assert as_captured(answer) is answer
