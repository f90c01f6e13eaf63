"""Tells a candidate that does not know our credentials from one that answers differently."""

import hashlib
from collections import OrderedDict
from typing import Literal

from shadowpact.credentials.headers import REQUEST_CREDENTIALS
from shadowpact.model.exchange import Request

REMEMBERED = 100_000
"""Credentials known to be accepted; of more, those are forgotten that were not seen for longest."""

REFUSALS = frozenset({401, 403})


class RefusalWatch:
    """Judges the 401 and 403 of one candidate, by what it did with the same credential before.

    A credential that the candidate has never accepted says nothing about the route: it was issued
    by the baseline alone, or has expired since. One that it has accepted, and no credential at all,
    make the refusal an answer like any other. Nor is there anything to compare where the baseline
    refused a credential and the candidate got another instead. Credentials are kept as digests.
    """

    def __init__(
        self,
        candidate: str,
        *,
        has_credentials: bool,
        supplied: frozenset[bytes] = frozenset(),
        limit: int = REMEMBERED,
    ) -> None:
        """Start with nothing accepted.

        Args:
            candidate: Its name, for the warning.
            has_credentials: Whether a ``credentials`` table is configured for it.
            supplied: Headers (lower case) whose recorded value the candidate does not get.
            limit: Credentials remembered.
        """
        self._candidate = candidate
        self._has_credentials = has_credentials
        self._supplied = supplied
        self._limit = limit
        self._accepted: OrderedDict[bytes, None] = OrderedDict()
        self._warning: str | None = None
        self._has_warned = False

    def judge(
        self, request: Request, baseline_status: int, candidate_status: int
    ) -> Literal["compare", "credentials"]:
        """Whether a pair is to be compared, or says only that the credential is not accepted.

        Args:
            request: As recorded, credentials opened.
            baseline_status: The baseline's answer.
            candidate_status: The candidate's answer.
        """
        digests = _credentials(request)
        if not digests:
            return "compare"
        if candidate_status not in REFUSALS:
            if candidate_status < 500:  # who is broken has not looked at it
                self._accept(digests)
            is_refused = baseline_status in REFUSALS and candidate_status < 500
            return "credentials" if is_refused and self._is_replaced(request) else "compare"
        if baseline_status in REFUSALS or any(one in self._accepted for one in digests):
            return "compare"
        self._note(candidate_status)
        return "credentials"

    def first_warning(self) -> str | None:
        """What a person should do about it; once, after the first refusal."""
        if self._has_warned or self._warning is None:
            return None
        self._has_warned = True
        return self._warning

    def _is_replaced(self, request: Request) -> bool:
        return any(name.lower() in self._supplied for name, value in request.headers if value)

    def _accept(self, digests: list[bytes]) -> None:
        for digest in digests:
            self._accepted[digest] = None
            self._accepted.move_to_end(digest)
        while len(self._accepted) > self._limit:
            self._accepted.popitem(last=False)

    def _note(self, status: int) -> None:
        if self._warning is not None:
            return
        table = f"[candidates.{self._candidate}.credentials]"
        advice = (
            f"Check what {table} in shadowpact.toml gives it."
            if self._has_credentials
            else f"Give it its own with {table} in shadowpact.toml."
        )
        self._warning = (
            f"candidate {self._candidate} answers {status} where the baseline does not, to "
            "credentials that it has never accepted; such exchanges are incomparable "
            f"(credentials), not different. {advice}"
        )


def _credentials(request: Request) -> list[bytes]:
    """A digest of every credential in the request."""
    return [
        hashlib.blake2b(name.lower() + b"\0" + value, digest_size=12).digest()
        for name, value in request.headers
        if name.lower() in REQUEST_CREDENTIALS and value
    ]
