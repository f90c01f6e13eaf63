import gzip
import hashlib
from typing import Any

import brotli
import pytest

from shadowpact.findings.sample import (
    HEAD_BYTES,
    LARGEST_BODY_BYTES,
    MAX_DIFFERENCES,
    make_sample,
    shown_baseline,
)
from shadowpact.model.difference import Difference
from shadowpact.model.exchange import Cut, Failure, Headers, Request, Response
from shadowpact.model.pair import Pair, Sample
from shadowpact.secrets import CREDENTIAL_HEADERS, REDACTED, Credentials
from support.build import exchange, request, response

SECRET = b"made-up-secret"
COOKIE = ((b"cookie", b"sid=" + SECRET),)
GZIP = ((b"Content-Encoding", b"gzip"), (b"X-A", b"1"))
CREDENTIALS = Credentials(CREDENTIAL_HEADERS)


def sampled(
    asked: Request | None = None,
    baseline: Response | None = None,
    answer: Response | Failure | None = None,
    differences: tuple[Difference, ...] = (),
) -> Sample:
    known = baseline or response({"id": 1})
    pair = paired(asked, known, answer)
    return make_sample(pair, known, differences, "default", CREDENTIALS)


def paired(asked: Request | None, baseline: Response, answer: Response | Failure | None) -> Pair:
    return Pair(
        exchange_id="exc_a_1",
        exchange=exchange(asked, baseline),
        candidate="orders",
        route="GET /orders/{id}",
        answer=answer or response({"id": 1}),
    )


def difference(**fields: Any) -> Difference:
    return Difference(
        location="body",
        path="$.a",
        general_path="$.a",
        kind="value-changed",
        severity="changed",
        **fields,
    )


def test_a_sample_shows_request_and_both_answers() -> None:
    asked, baseline, answer = request("POST", body=b"x"), response({"a": 1}), response({"a": 2})
    sample = sampled(asked, baseline, answer, (difference(baseline=1, candidate=2),))

    assert (sample.request, sample.baseline, sample.candidate) == (asked, baseline, answer)
    assert sample.differences == (difference(baseline=1, candidate=2),)
    assert (sample.exchange_id, sample.consumer) == ("exc_a_1", "default")


def test_without_an_answer_the_sample_has_none() -> None:
    assert sampled(answer=Failure(kind="time-out")).candidate is None


def test_secrets_of_any_side_are_taken_out_of_all() -> None:
    sample = sampled(
        request(target="/?t=made-up-secret", headers=COOKIE),
        response({"t": "made-up-secret", "u": "other-secret"}),
        response(
            {"t": "made-up-secret", "u": "other-secret"},
            headers=((b"set-cookie", b"sid=other-secret; Path=/"),),
        ),
        (difference(baseline="made-up-secret", candidate="other-secret"),),
    )

    assert b"secret" not in repr(sample).encode()
    assert sample.request.target == f"/?t={REDACTED}"
    assert sample.differences[0].baseline == sample.differences[0].candidate == REDACTED


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        (b"gzip", gzip.compress(b"plain " + SECRET, mtime=0)),
        (b"br", brotli.compress(b"plain " + SECRET)),
    ],
)
def test_a_compressed_body_is_shown_plain_and_redacted(coding: bytes, body: bytes) -> None:
    headers: Headers = ((b"Content-Encoding", coding), (b"X-A", b"1"))
    sample = sampled(request(headers=COOKIE), response(body=body, headers=headers))

    assert sample.baseline.body == b"plain [redacted]"
    assert sample.baseline.headers == ((b"X-A", b"1"),)


def test_a_body_that_cannot_be_decoded_is_left_out_where_it_could_hide_a_secret() -> None:
    broken = gzip.compress(SECRET * 100, compresslevel=0, mtime=0)[:-8]
    plain = sampled(request(), response(body=broken, headers=GZIP))
    secret = sampled(request(headers=COOKIE), response(body=broken, headers=GZIP))

    assert plain.baseline == response(body=broken, headers=GZIP)
    assert secret.baseline.body == b""
    assert secret.baseline.cut is not None
    assert secret.baseline.cut.length_bytes == len(broken)


def test_the_beginning_of_a_compressed_body_is_left_out_beside_secrets_too() -> None:
    cut = Cut(reason="over-cap", length_bytes=10**9, sha256=bytes(32))
    answered = response(body=gzip.compress(SECRET, 0, mtime=0), headers=GZIP, cut=cut)

    assert sampled(request(headers=COOKIE), answered).baseline.body == b""
    assert sampled(request(headers=COOKIE), answered).baseline.cut == cut


@pytest.mark.parametrize("kept", range(1, len(SECRET) + 1))
def test_half_a_secret_at_the_end_of_a_cut_body_is_left_out(kept: int) -> None:
    cut = Cut(reason="over-cap", length_bytes=10**9, sha256=bytes(32))
    answered = response(body=b"<p>" + SECRET[:kept], cut=cut)
    body = sampled(request(headers=COOKIE), answered).baseline.body

    assert body in {b"<p>", b"<p>[redacted]"}


def test_a_secret_where_a_large_body_is_cut_is_taken_out() -> None:
    body = b"x" * (HEAD_BYTES - 5) + SECRET + b"y" * LARGEST_BODY_BYTES
    sample = sampled(request(headers=COOKIE), response(body=body))

    assert b"made" not in sample.baseline.body


def test_a_large_body_is_cut_and_says_what_it_was() -> None:
    body = bytes(LARGEST_BODY_BYTES + 1)
    cut = sampled(baseline=response(body=body)).baseline.cut

    assert cut == Cut(
        reason="over-cap", length_bytes=len(body), sha256=hashlib.sha256(body).digest()
    )
    assert len(sampled(baseline=response(body=body)).baseline.body) == HEAD_BYTES
    assert sampled(baseline=response(body=body[1:])).baseline.body == body[1:]


def test_a_body_that_decodes_to_too_much_stays_encoded() -> None:
    bomb = gzip.compress(bytes(5 * LARGEST_BODY_BYTES))

    assert sampled(baseline=response(body=bomb, headers=GZIP)).baseline.body == bomb


def test_a_body_that_was_cut_keeps_what_is_known_of_the_whole() -> None:
    cut = Cut(reason="event-stream", length_bytes=7, sha256=bytes(32))
    answered = response(body=b"data: 1", cut=cut)

    assert sampled(answer=answered).candidate == answered


def test_only_so_many_differences_are_kept() -> None:
    differences = tuple(difference(baseline=n) for n in range(MAX_DIFFERENCES + 50))

    assert sampled(differences=differences).differences == differences[:MAX_DIFFERENCES]


def test_a_password_without_any_credential_is_taken_out_of_all() -> None:
    body = gzip.compress(b'{"echo":"made-up-word","pin":1234}', mtime=0)
    sample = sampled(
        request("POST", body=b'{"password":"made-up-word"}'),
        response(body=body, headers=GZIP),
        response({"echo": "made-up-word", "pin": 1}),
        (difference(baseline="made-up-word", candidate=None),),
    )

    assert b"made-up-word" not in repr(sample).encode()
    assert sample.baseline.body == b'{"echo":"[redacted]","pin":0}'
    assert sample.differences[0].baseline == REDACTED


@pytest.mark.parametrize(
    ("asked", "baseline", "answer"),
    [
        (None, None, None),
        (request(headers=COOKIE), response({"you": SECRET.decode()}), None),
        (None, response({"echo": "hunter22"}), response({"password": "hunter22"})),
        (None, response(headers=GZIP, body=gzip.compress(b'{"password": "x"}')), None),
        (request(headers=COOKIE), response(headers=GZIP, body=b"no gzip"), None),
        (None, response(body=b"x" * (LARGEST_BODY_BYTES + 1)), Failure(kind="reset")),
    ],
)
def test_the_baseline_alone_is_shown_as_in_the_sample(
    asked: Request | None, baseline: Response | None, answer: Response | Failure | None
) -> None:
    known = baseline or response({"id": 1})
    pair = paired(asked, known, answer)

    assert shown_baseline(pair, known, CREDENTIALS) == sampled(asked, baseline, answer).baseline
