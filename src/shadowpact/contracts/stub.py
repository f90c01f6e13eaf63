"""A server on the loopback that answers with recorded samples, for the two-sided self-check."""

from collections.abc import Sequence

import msgspec

from shadowpact.contracts.loopback import Loopback
from shadowpact.contracts.shape import BODY_LIMIT_BYTES
from shadowpact.model.encoding import UndecodableError, codings, decode
from shadowpact.model.exchange import Request, Response


class SampleServer(Loopback):
    """Answers ``/<number>`` with the sample of that number, its content codings undone.

    They are undone because Pact's client understands gzip and deflate only; a body that cannot
    be decoded is sent as it is.
    """

    def __init__(self, samples: Sequence[Response]) -> None:
        """Take the answers to give."""
        super().__init__(self._answer)
        self._samples = samples

    def _answer(self, request: Request) -> Response:
        sample = self._samples[int(request.target.strip("/"))]
        headers = tuple((k, v) for k, v in sample.headers if k.lower() != b"content-encoding")
        try:
            body = decode(sample.body, codings(sample.headers), limit_bytes=BODY_LIMIT_BYTES)
        except UndecodableError:
            body = sample.body
        return msgspec.structs.replace(sample, headers=headers, body=body)
