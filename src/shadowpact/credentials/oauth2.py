"""Tokens from an OAuth 2 token endpoint: the client credentials grant (RFC 6749, 4.4)."""

import base64
import math
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import msgspec

from shadowpact.credentials.secret import Secret
from shadowpact.credentials.settings import ClientCredentials
from shadowpact.credentials.shared import Fetched, expiring
from shadowpact.errors import CredentialError

if TYPE_CHECKING:
    import httpx

_ERROR_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_LONGEST_LIFE_S = 100 * 365 * 86400


def form(settings: ClientCredentials, secret: str) -> dict[str, str]:
    """The fields of the token request."""
    fields = {"grant_type": "client_credentials"}
    if settings.scope:
        fields["scope"] = settings.scope
    if settings.audience:
        fields["audience"] = settings.audience
    if settings.client_auth == "post":
        fields |= {"client_id": settings.client_id, "client_secret": secret}
    return fields


def headers(settings: ClientCredentials, secret: str) -> dict[str, str]:
    """The header fields of the token request (RFC 6749, 2.3.1: encoded as a form, then Basic)."""
    found = {"accept": "application/json"}
    if settings.client_auth == "basic":
        pair = f"{quote_plus(settings.client_id)}:{quote_plus(secret)}"
        found["authorization"] = "Basic " + base64.b64encode(pair.encode()).decode("ascii")
    return found


def read_answer(status: int, body: bytes) -> Fetched[Secret]:
    """The token in the endpoint's answer.

    Raises:
        CredentialError: There is none; tells the status and the error's code, not what was sent.
    """
    try:
        document: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        document = None
    document = document if isinstance(document, dict) else {}
    if status != 200:
        code = document.get("error")
        is_code = isinstance(code, str) and _ERROR_CODE.fullmatch(code)
        raise CredentialError(f"answered {status}{f' ({code})' if is_code else ''}")
    token = document.get("access_token")
    if not isinstance(token, str) or not token:
        raise CredentialError("answered 200 without an access_token in JSON")
    lifetime_s = _lifetime_s(document.get("expires_in"))
    return Fetched(Secret(token)) if lifetime_s is None else expiring(Secret(token), lifetime_s)


def _lifetime_s(expires_in: Any) -> float | None:
    """Seconds; some servers write them as text. ``None`` when nothing sensible is said."""
    if isinstance(expires_in, bool) or not isinstance(expires_in, int | float | str):
        return None
    try:
        seconds = float(expires_in)
    except ValueError:
        return None
    return min(seconds, _LONGEST_LIFE_S) if math.isfinite(seconds) and seconds > 0 else None


class TokenEndpoint:
    """Asks a token endpoint when called."""

    def __init__(
        self, settings: ClientCredentials, client_secret: Callable[[], Awaitable[str]]
    ) -> None:
        """Take the parts.

        Args:
            settings: Whom to ask, and for what.
            client_secret: Gets the secret, anew for each call: it may have been rotated.
        """
        self._settings = settings
        self._client_secret = client_secret

    async def __call__(self) -> Fetched[Secret]:
        """A new token.

        Raises:
            CredentialError: There is none to be had.
        """
        secret = await self._client_secret()
        answer = await self._ask(secret)
        try:
            return read_answer(answer.status_code, answer.content)
        except CredentialError as error:
            raise CredentialError(f"token endpoint {self._settings.token_url} {error}") from None

    async def _ask(self, secret: str) -> "httpx.Response":
        import httpx  # noqa: PLC0415 - slow, and only this kind needs it

        settings = self._settings
        try:
            async with httpx.AsyncClient(timeout=settings.timeout_ms / 1000) as client:
                return await client.post(
                    settings.token_url,
                    data=form(settings, secret),
                    headers=headers(settings, secret),
                )
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            reason = "time-out" if isinstance(error, httpx.TimeoutException) else str(error)
            text = (reason or type(error).__name__).replace(secret, "[redacted]")
            raise CredentialError(
                f"token endpoint {settings.token_url} gave no answer: {text}"
            ) from None
