"""Makes of a pair what may be kept of it: decoded, redacted, bounded."""

import hashlib

import msgspec

from shadowpact.model.difference import Difference
from shadowpact.model.encoding import UndecodableError, codings, decode
from shadowpact.model.exchange import Cut, Request, Response
from shadowpact.model.pair import Pair, Sample
from shadowpact.secrets import Credentials, redact_difference, redact_request, redact_response

LARGEST_BODY_BYTES = 1024 * 1024
"""A larger body is cut in samples: six of them for each of many findings would fill the store."""

HEAD_BYTES = 16 * 1024
MAX_DIFFERENCES = 200
"""Differences kept with a sample; the finding's count has them all."""


def make_sample(
    pair: Pair,
    baseline: Response,
    differences: tuple[Difference, ...],
    consumer: str,
    credentials: Credentials,
) -> Sample:
    """The redacted sample of a pair.

    Bodies are without their content encoding, so that a secret inside is found and a person can
    read them; the header that named it is left out.
    """
    asked, ours, theirs = _messages(pair, baseline)
    secrets = credentials.found_in_messages(asked, ours, theirs)
    shown_request = redact_request(_looked_into(asked, secrets), credentials, secrets)
    return Sample(
        exchange_id=pair.exchange_id,
        consumer=consumer,
        request=_bounded(shown_request, secrets),
        baseline=_shown(ours, credentials, secrets),
        candidate=theirs and _shown(theirs, credentials, secrets),
        differences=tuple(
            redact_difference(difference, secrets, credentials)
            for difference in differences[:MAX_DIFFERENCES]
        ),
        started_us=pair.exchange.started_us,
    )


def shown_baseline(pair: Pair, baseline: Response, credentials: Credentials) -> Response:
    """The baseline's answer as :func:`make_sample` shows it, without what else is in a sample."""
    asked, ours, theirs = _messages(pair, baseline)
    return _shown(ours, credentials, credentials.found_in_messages(asked, ours, theirs))


def _messages(pair: Pair, baseline: Response) -> tuple[Request, Response, Response | None]:
    """What was asked and answered, readable: secrets of any of them may stand in the others."""
    answer = pair.answer if isinstance(pair.answer, Response) else None
    return _readable(pair.exchange.request), _readable(baseline), answer and _readable(answer)


def _shown(response: Response, credentials: Credentials, secrets: tuple[bytes, ...]) -> Response:
    shown = redact_response(_looked_into(response, secrets), credentials, secrets)
    return _bounded(shown, secrets)


def _readable[Message: (Request, Response)](message: Message) -> Message:
    """Without content encoding, where it can be taken off a whole body."""
    body = message.body
    if not body or message.cut is not None or not (applied := codings(message.headers)):
        return message
    try:
        plain = decode(body, applied, limit_bytes=4 * LARGEST_BODY_BYTES)
    except UndecodableError:
        return message
    headers = tuple(f for f in message.headers if f[0].lower() != b"content-encoding")
    return msgspec.structs.replace(message, headers=headers, body=plain)


def _looked_into[Message: (Request, Response)](
    message: Message, secrets: tuple[bytes, ...]
) -> Message:
    """A body that stayed encoded could hide a secret of the pair and is left out."""
    if not message.body or not secrets or not codings(message.headers):
        return message
    return msgspec.structs.replace(message, body=b"", cut=message.cut or _cut(message.body))


def _bounded[Message: (Request, Response)](message: Message, secrets: tuple[bytes, ...]) -> Message:
    body, cut = message.body, message.cut
    if cut is not None and secrets:
        body = _without_half_a_secret(body, secrets)
    if len(body) > LARGEST_BODY_BYTES:
        cut = cut or _cut(body)
        body = body[:HEAD_BYTES]
    return msgspec.structs.replace(message, body=body, cut=cut)


def _without_half_a_secret(body: bytes, secrets: tuple[bytes, ...]) -> bytes:
    """Where the body was cut, the beginning of a secret may stand."""
    for secret in secrets:
        for size in range(min(len(secret) - 1, len(body)), 0, -1):
            if body.endswith(secret[:size]):
                body = body[:-size]
                break
    return body


def _cut(body: bytes) -> Cut:
    return Cut(reason="over-cap", length_bytes=len(body), sha256=hashlib.sha256(body).digest())
