"""The recorded JWT, with its times moved to now, signed anew with a test key."""

import json
import re
import warnings
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import jwt

from shadowpact.credentials.headers import with_header
from shadowpact.credentials.settings import Algorithm, JwtCredentials
from shadowpact.credentials.shared import LARGEST_MARGIN_S
from shadowpact.errors import CredentialError
from shadowpact.model.clock import Clock
from shadowpact.model.exchange import Request, header

REMEMBERED = 4096
"""Tokens whose new form is remembered."""

DEFAULT_LIFE_S = 3600
"""Of a token that does not say when it was issued."""

_MOVED = ("iat", "nbf", "auth_time", "exp")
_KEPT_HEADER = ("typ", "cty")
_TOKEN = re.compile(r"(?P<before>(?i:bearer +)?)(?P<token>[\w-]+\.[\w-]+\.[\w-]*)")


def moved_claims(
    claims: Mapping[str, Any], overrides: Mapping[str, Any], *, now_s: int
) -> dict[str, Any]:
    """The claims as if the token had been issued now; a configured one replaces the token's own.

    ``iat``, ``nbf``, ``auth_time`` and ``exp`` keep their distances. A token without ``exp`` gets
    none.
    """
    moved = dict(claims)
    if _is_time(claims.get("exp")):
        by_s = now_s + _life_s(claims) - int(claims["exp"])
        moved |= {name: claims[name] + by_s for name in _MOVED if _is_time(claims.get(name))}
    return moved | dict(overrides)


def _life_s(claims: Mapping[str, Any]) -> int:
    for name in ("iat", "nbf"):
        if _is_time(claims.get(name)) and claims["exp"] > claims[name]:
            return int(claims["exp"] - claims[name])
    return DEFAULT_LIFE_S


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


class SigningKey:
    """Signs; never shown."""

    def __init__(self, text: str, algorithm: Algorithm) -> None:
        """Read a key.

        Args:
            text: A secret for HS256, a private key in PEM for RS256 and ES256.
            algorithm: What it is for.

        Raises:
            CredentialError: It is no such key.
        """
        self.algorithm = algorithm
        self._signer = jwt.PyJWS(algorithms=[algorithm])
        given = text.rstrip("\r\n")
        try:
            self._key = self._signer.get_algorithm_by_name(algorithm).prepare_key(given)
            if not given or (algorithm != "HS256" and not hasattr(self._key, "private_bytes")):
                raise ValueError("no secret, or a public key")  # noqa: TRY301  said below
        except (jwt.PyJWTError, ValueError, TypeError):
            wanted = "a secret" if algorithm == "HS256" else "a private key in PEM"
            raise CredentialError(f"it is no key for {algorithm}, expected {wanted}") from None

    def sign(self, claims: Mapping[str, Any], headers: Mapping[str, Any]) -> str:
        """A token with these claims."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a test key may be short
            payload = json.dumps(claims, separators=(",", ":")).encode()
            return self._signer.encode(payload, self._key, self.algorithm, dict(headers))


class Resigner:
    """Puts the new form of its own token into each request; what is no JWT stays as it is."""

    def __init__(self, settings: JwtCredentials, key: SigningKey, clock: Clock) -> None:
        self._settings = settings
        self._key = key
        self._clock = clock
        self._header = settings.header.encode()
        self._signed: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def put(self, request: Request) -> Request:
        """The request with its token signed anew."""
        value = header(request.headers, self._header)
        found = _TOKEN.fullmatch(value) if value else None
        if found is None:
            return request
        signed = self._of(found["token"])
        if signed is None:
            return request
        return with_header(request, self._header, (found["before"] + signed).encode())

    def _of(self, token: str) -> str | None:
        now_s = self._clock.now_us() / 1_000_000
        known = self._signed.get(token)
        if known is not None and now_s < known[1]:
            self._signed.move_to_end(token)
            return known[0]
        signed = self._sign(token, int(now_s))
        if signed is None:
            return None
        self._signed[token] = signed
        self._signed.move_to_end(token)
        if len(self._signed) > REMEMBERED:
            self._signed.popitem(last=False)
        return signed[0]

    def _sign(self, token: str, now_s: int) -> tuple[str, float] | None:
        """The token signed anew, and until when (epoch seconds) that may be used."""
        try:
            read = jwt.decode_complete(token, options={"verify_signature": False})
        except jwt.PyJWTError:
            return None
        claims = moved_claims(read["payload"], self._settings.claims, now_s=now_s)
        headers = {name: read["header"][name] for name in _KEPT_HEADER if name in read["header"]}
        if self._settings.key_id is not None:
            headers["kid"] = self._settings.key_id
        until_s = float("inf")
        if _is_time(claims.get("exp")):
            life_s = claims["exp"] - now_s
            until_s = claims["exp"] - min(LARGEST_MARGIN_S, life_s / 10)
        return self._key.sign(claims, headers), until_s
