"""Ask a broker, follow its links, and say in words why it did not do what was asked."""

import re
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote, urlsplit

import httpx

from shadowpact.contracts.broker.access import PASSWORD, TOKEN, USERNAME, Access
from shadowpact.errors import ShadowpactError, UsageError

_TIMEOUT_S: Final = 30.0
_AGAIN: Final = frozenset({408, 429, 500, 502, 503, 504})
_FIRST_PAUSE_S: Final = 0.5
_SHOWN_CHARACTERS: Final = 300
_HAL: Final = {"accept": "application/hal+json, application/json"}


class BrokerError(ShadowpactError):
    """The broker cannot be reached, or does not work."""


class Broker:
    """A broker that answers; its index is asked for when the first link is needed."""

    def __init__(self, access: Access, *, sleep: Callable[[float], None] = time.sleep) -> None:
        """Take where it is; nothing is opened yet."""
        self.access = access
        self._sleep = sleep
        headers = dict(_HAL)
        auth: httpx.BasicAuth | None = None
        if access.token:
            headers["authorization"] = f"Bearer {access.token}"
        elif access.username:
            auth = httpx.BasicAuth(access.username, access.password or "")
        self._client = httpx.Client(headers=headers, auth=auth, timeout=_TIMEOUT_S)
        self._links: Mapping[str, Any] | None = None

    def __enter__(self) -> Self:
        """Nothing: connections are opened when they are needed."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self._client.close()

    def link(self, name: str, usual: str, /, **values: str) -> str:
        """The address that the broker's index gives for a relation.

        Args:
            name: The relation, ``pb:environments``.
            usual: The path that brokers have there, for one whose index does not name it.
            values: What stands for the placeholders.
        """
        if self._links is None:
            self._links = self.index()
        link = self._links.get(name)
        href = link.get("href") if isinstance(link, dict) else None
        return filled(href if isinstance(href, str) else self.access.url + usual, values)

    def index(self) -> Mapping[str, Any]:
        """The links of the broker's front page.

        Raises:
            UsageError: It does not accept our credentials, or it is no broker.
            BrokerError: It cannot be reached, or does not work.
        """
        links = self.ask("GET", self.access.url + "/").get("_links")
        if not isinstance(links, dict) or not any(name.startswith("pb:") for name in links):
            raise UsageError(f"{self.access.url} answers, but not like a Pact Broker")
        return links

    def ask(self, method: str, url: str, document: Any = None) -> dict[str, Any]:
        """The document at an address of the broker.

        The address is taken from its links, host and port from what we were told: a broker behind
        a proxy often does not know them, and nobody else gets our credentials.

        Raises:
            UsageError: The caller has to change something: credentials, a name, a version.
            BrokerError: It cannot be reached, or does not work.
        """
        parts = urlsplit(url)
        origin = urlsplit(self.access.url)
        target = f"{origin.scheme}://{origin.netloc}{parts.path}"
        answer = self._answer(
            method, f"{target}?{parts.query}" if parts.query else target, document
        )
        if not answer.is_success:
            raise refusal(self.access, answer.status_code, f"{method} {parts.path}", answer.text)
        try:
            told = answer.json() if answer.content else {}
        except ValueError as error:
            raise UsageError(
                f"{self.access.url} answers {method} {parts.path} with something that is no JSON"
            ) from error
        return told if isinstance(told, dict) else {}

    def _answer(self, method: str, url: str, document: Any) -> httpx.Response:
        for attempt in range(self.access.retries + 1):
            try:
                answer = self._client.request(method, url, json=document)
            except httpx.HTTPError as error:
                reason = re.sub(r"^\[Errno -?\d+\] ", "", str(error)) or type(error).__name__
                raise BrokerError(
                    f"the broker at {self.access.url} cannot be reached: "
                    f"{self.access.hidden(reason)}"
                ) from error
            if answer.status_code not in _AGAIN or attempt == self.access.retries:
                return answer
            self._sleep(_FIRST_PAUSE_S * 2**attempt)
        raise AssertionError("unreachable: the last attempt returns")


def filled(template: str, values: Mapping[str, str]) -> str:
    """A link with its placeholders replaced, whatever they hold."""
    return re.sub(
        r"\{(\w+)\}", lambda found: quote(values.get(found[1], found[0]), safe=""), template
    )


def refusal(access: Access, status: int, asked: str, text: str) -> ShadowpactError:
    """Why the broker did not do it, by its status."""
    where = f"the broker at {access.url}"
    said = access.hidden(" ".join(text.split()))[:_SHOWN_CHARACTERS]
    match status:
        case 401 | 403 if not access.has_credentials:
            return UsageError(
                f"{where} asks for credentials ({status}): "
                f"set {TOKEN}, or {USERNAME} and {PASSWORD}"
            )
        case 401 | 403:
            which = TOKEN if access.token else f"{USERNAME} and {PASSWORD}"
            return UsageError(f"{where} does not accept {which} for {asked} ({status})")
        case 404:
            return UsageError(f"{where} knows nothing at {asked} (404): {said}")
        case 409:
            return UsageError(f"{where} has something else under this version (409): {said}")
        case _ if status < 500:
            return UsageError(f"{where} refuses {asked} ({status}): {said}")
        case _:
            return BrokerError(f"{where} does not work: {asked} gave {status} {said}".rstrip())
