"""Passes an interaction's request on to the provider, made ready, and keeps what came of it."""

import http.client
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from shadowpact.contracts.client import Client
from shadowpact.contracts.interaction import notes_of
from shadowpact.contracts.means import Judge, Means, Session
from shadowpact.contracts.mismatch import Mismatch
from shadowpact.contracts.scratch import accept_encoding, unseen
from shadowpact.contracts.states import StateError
from shadowpact.errors import CredentialError
from shadowpact.model.exchange import Request, Response

_UNAUTHORISED: Final = frozenset({401, 403})
_KEPT_BYTES: Final = 64 * 1024
"""Of an answer's body, to be shown."""


class Passage(msgspec.Struct):
    """What became of one interaction's request.

    Attributes:
        sent: As the provider got it; ``None`` when it was not sent.
        answer: The provider's, its body cut.
        no_answer: Why there is none.
        state_failure: Why what has to come before failed.
        besides: What the answer lacks besides what Pact says.
    """

    sent: Request | None = None
    answer: Response | None = None
    no_answer: str = ""
    state_failure: str = ""
    besides: Sequence[Mismatch] = ()


class _Errand(msgspec.Struct, frozen=True, kw_only=True):
    """What has to be known of an interaction before its request is sent.

    Attributes:
        takes_credentials: Whether whoever asked said who they are.
        accept_encoding: Instead of the verifier's.
        session: What comes before.
    """

    takes_credentials: bool = True
    accept_encoding: str | None = None
    session: Session | None = None


class Passing:
    """Makes requests ready and passes them on; used by the relay, from its threads."""

    def __init__(
        self,
        client: Client,
        interactions: Sequence[Mapping[str, Any]],
        *,
        headers: Mapping[str, str],
        means: Means,
        judge: Judge,
    ) -> None:
        """Take the parts.

        Args:
            client: Asks the provider.
            interactions: By their numbers.
            headers: Put into every request, instead of the pact's of the same name.
            means: How requests are made ready.
            judge: Looks at every answer, besides Pact.
        """
        self.passages: dict[int, Passage] = {}
        self.crash: Exception | None = None
        """An error of our own, which the relay's thread cannot raise."""
        self._client = client
        self._interactions = interactions
        self._means = means
        self._judge = judge
        self._errands = [_errand(one, means) for one in interactions]
        self._headers = tuple((k.encode(), v.encode("latin-1")) for k, v in headers.items())

    @property
    def steps(self) -> list[int]:
        """Of each interaction, the requests that come before its own."""
        return [0 if one.session is None else one.session.length for one in self._errands]

    def __call__(self, number: int | None, request: Request) -> Response | None:
        """See :data:`.relay.PassOn`."""
        errand = _Errand() if number is None else self._errands[number]
        passage = Passage()
        if number is not None:
            self.passages[number] = passage
        try:
            answer = self._ready(errand, request, passage)
            if number is not None:
                found = unseen(self._interactions[number], answer)
                passage.besides = [*found, *self._judge(number, answer)]
        except StateError as error:
            passage.state_failure = str(error)
        except CredentialError as error:
            passage.no_answer = f"no credentials: {error}"
        except (OSError, ValueError, http.client.HTTPException) as error:
            passage.no_answer = self._client.reason(error)
        except Exception as error:  # noqa: BLE001 - raised again where the run ends
            self.crash = error
        else:
            passage.answer = _shown(answer)
            return answer
        return None

    def _ready(self, errand: _Errand, request: Request, passage: Passage) -> Response:
        if self._means.reset is not None:
            self._means.reset()

        def ask(asked: Request) -> Response:
            passage.sent = asked
            return self._client.ask(asked)

        def ask_in_session(asked: Request) -> Response:
            says_who = any(_says_who(*one) for one in asked.headers)
            return ask(self._with_headers(asked, takes_credentials=says_who))

        if (encoding := errand.accept_encoding) is not None:
            request = _replaced(request, [(b"accept-encoding", encoding.encode("latin-1"))])
        if errand.session is not None:
            return errand.session.play(request, ask_in_session)
        if self._means.shape is not None:
            request = self._means.shape(request)
        request = self._with_headers(request, takes_credentials=errand.takes_credentials)
        if self._means.credentials is None or not errand.takes_credentials:
            return ask(request)
        sent = self._means.credentials.apply(request)
        answer = ask(sent)
        if answer.status in _UNAUTHORISED and self._means.credentials.refused(sent):
            answer = ask(self._means.credentials.apply(request))
        return answer

    def _with_headers(self, request: Request, *, takes_credentials: bool) -> Request:
        given = [one for one in self._headers if takes_credentials or not _says_who(*one)]
        return _replaced(request, given)


def _replaced(request: Request, given: Sequence[tuple[bytes, bytes]]) -> Request:
    """The request with these headers instead of its own of the same names."""
    if not given:
        return request
    names = {name.lower() for name, _ in given}
    kept = [(k, v) for k, v in request.headers if k.lower() not in names]
    return msgspec.structs.replace(request, headers=(*kept, *given))


def _errand(interaction: Mapping[str, Any], means: Means) -> _Errand:
    notes = notes_of(interaction)
    status = (interaction.get("response") or {}).get("status")
    was_anonymous = bool(notes.kind) and (not notes.credentials or status == 401)
    return _Errand(
        takes_credentials=not was_anonymous,
        accept_encoding=accept_encoding(interaction),
        session=means.sessions.of(interaction) if means.sessions is not None else None,
    )


def _says_who(name: bytes, _value: bytes) -> bool:
    from shadowpact.secrets import CREDENTIAL_HEADERS  # noqa: PLC0415 - slow, and rarely needed

    return name.lower().decode() in CREDENTIAL_HEADERS


def _shown(answer: Response) -> Response:
    if len(answer.body) <= _KEPT_BYTES:
        return answer
    return msgspec.structs.replace(answer, body=answer.body[:_KEPT_BYTES])
