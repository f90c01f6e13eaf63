"""Who asked: the consumer that a contract is made for."""

import base64
import binascii
import re
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qsl

import msgspec
import orjson

from shadowpact.contracts.settings import ConsumerRule, ConsumerSource, ContractSettings
from shadowpact.model.exchange import Request, header

DEFAULT: Final = "default"
OTHERS: Final = "others"

CONSUMER_LIMIT: Final = 200
"""Consumers kept apart; further ones are ``others``, as what a client says can be anything."""

_CACHE_SIZE: Final = 4096
_NOT_IN_A_NAME: Final = re.compile(r"[^A-Za-z0-9._-]+")
_COMMON_NAME: Final = re.compile(
    r"""(?:^|[,/;"\s+])CN\s*=\s*(?P<name>(?:\\.|[^,/;"+\\])+)""", re.IGNORECASE
)
_SPIFFE: Final = re.compile(r"""URI=(?P<name>[^;,"]+)""", re.IGNORECASE)
_PRODUCT: Final = re.compile(r"[A-Za-z][\w.-]*")
_BOT: Final = re.compile(r"bot\b|crawl|spider|slurp|monitor", re.IGNORECASE)
_SEALED: Final = "sealed:"
_USUAL_HEADERS: Final[dict[ConsumerSource, str]] = {
    "api-key": "x-api-key",
    "client-certificate": "x-client-cert-subject",
    "bearer-claim": "authorization",
    "user-agent": "user-agent",
}


class Consumers:
    """Names the consumer of each request, as the configuration says."""

    def __init__(
        self,
        settings: ContractSettings,
        digest: Callable[[bytes], str],
        is_secret: Callable[[bytes], bool] = lambda _name: False,
    ) -> None:
        """Take the rules in their order.

        Args:
            settings: Where a name may be.
            digest: A short keyed digest, so that an API key is told from others and never shown.
            is_secret: Whether a header of this name holds a credential: its value is not shown.
        """
        first = settings.consumer_header
        given = (ConsumerRule(kind="header", header=first),) if first else ()
        self._rules = [_usual(rule, is_secret) for rule in (*given, *settings.consumers)]
        self._digest = digest
        self._known: dict[tuple[int, str], str] = {}
        self._names: set[str] = {DEFAULT}

    def of(self, request: Request) -> str:
        """The consumer's name, fit for a folder; ``default`` when the request does not say."""
        for number, rule in enumerate(self._rules):
            value = header(request.headers, rule.header.encode()) if rule.header else None
            value = value or (_parameter(request, rule.query) if rule.query else None)
            if value and not value.startswith(_SEALED):
                name = self._name(number, rule, value)
                if name:
                    return self._limited(name)
        return DEFAULT

    def _name(self, number: int, rule: ConsumerRule, value: str) -> str:
        known = self._known.get((number, value))
        if known is None:
            known = _fit(self._said(rule, value))
            if len(self._known) >= _CACHE_SIZE:
                self._known.clear()
            self._known[number, value] = known
        return known

    def _said(self, rule: ConsumerRule, value: str) -> str:
        if rule.kind == "api-key":
            digest = f"key-{self._digest(value.encode())}"
            return rule.names.get(value) or rule.names.get(digest) or digest
        said = _READERS[rule.kind](rule, value)
        return rule.names.get(said, said)

    def _limited(self, name: str) -> str:
        if name not in self._names:
            if len(self._names) > CONSUMER_LIMIT:
                return OTHERS
            self._names.add(name)
        return name


def _usual(rule: ConsumerRule, is_secret: Callable[[bytes], bool]) -> ConsumerRule:
    """The rule with its header spelled out; a header that holds credentials is an API key's."""
    name = (rule.header or _USUAL_HEADERS.get(rule.kind, "")).lower()
    if rule.kind == "api-key" and rule.query and rule.header is None:
        name = ""
    is_hidden = rule.kind in {"header", "user-agent"} and is_secret(name.encode())
    kind: ConsumerSource = "api-key" if is_hidden else rule.kind
    return msgspec.structs.replace(rule, header=name, kind=kind)


def _fit(name: str) -> str:
    return _NOT_IN_A_NAME.sub("-", name)[:64].strip("-.")


def _parameter(request: Request, name: str) -> str | None:
    query = request.target.partition("?")[2]
    return next((value for key, value in parse_qsl(query) if key == name), None)


def _plain(_rule: ConsumerRule, value: str) -> str:
    return value


def _certificate(_rule: ConsumerRule, value: str) -> str:
    """The common name of a subject as proxies write it, else a SPIFFE id, else all of it."""
    if found := _COMMON_NAME.search(value):
        return re.sub(r"\\(.)", r"\1", found["name"]).strip()
    if found := _SPIFFE.search(value):
        return found["name"].partition("://")[2] or found["name"]
    return value


def _claim(rule: ConsumerRule, value: str) -> str:
    """A claim of a JWT, which is not verified: the baseline did that, or did not."""
    scheme, _, token = value.partition(" ")
    parts = token.strip().split(".")
    if scheme.lower() != "bearer" or len(parts) != 3:
        return ""
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return ""
    if not isinstance(claims, dict):
        return ""
    said = (claims.get(name) for name in rule.claims)
    return next((one for one in said if isinstance(one, str) and one), "")


def _user_agent(_rule: ConsumerRule, value: str) -> str:
    """``browser``, ``bot``, or the client's product name without its version."""
    if _BOT.search(value):
        return "bot"
    if value.startswith("Mozilla/"):
        return "browser"
    found = _PRODUCT.match(value)
    return found[0].lower() if found else ""


_READERS: Final[dict[ConsumerSource, Callable[[ConsumerRule, str], str]]] = {
    "header": _plain,
    "client-certificate": _certificate,
    "bearer-claim": _claim,
    "user-agent": _user_agent,
}
