"""What sort of thing a name speaks of: ``order_id`` and ``/orders/{id}`` of an order."""

import re
from functools import lru_cache

import msgspec

from shadowpact.model.alias import TOKEN

NO, SOFT, HARD = 0, 1, 2
"""How surely a name says that its value is an id: not at all, maybe (``code``), yes (``id``)."""

_HARD = frozenset(
    {"id", "ids", "uuid", "uuids", "guid", "oid", "pk", "slug", "slugs", "uid", "urn"}
    | {"ids", "uuid", "uuids", "guid", "oid", "pk", "slug", "slugs", "uid", "urn"}
)  # fmt: skip
_SOFT = frozenset(
    {"ref", "refs", "reference", "code", "codes", "key", "keys", "number", "numbers", "no"}
    | {"nr"}
)  # fmt: skip
_TOKEN_WORDS = frozenset(
    {"token", "csrf", "xsrf", "nonce", "jwt", "session", "sessionid", "accesstoken"}
    | {"csrftoken", "refreshtoken", "idtoken", "authenticitytoken", "requestverificationtoken"}
    | {"bearer", "otp", "csrfmiddlewaretoken", "authtoken", "xsrftoken", "sid", "jsessionid"}
    | {"phpsessid", "cursor"}
)  # fmt: skip
_NOT_TOKENS = frozenset(
    {"count", "type", "expires", "expiry", "ttl", "name", "limit", "at", "in", "url", "uri"}
)  # fmt: skip
"""Last words that make of ``token_...`` something about a token."""
_CONTENT = frozenset(
    {"checksum", "hash", "digest", "etag", "md", "sha", "crc"}
    | {"signature", "version", "revision", "build", "commit", "fingerprint", "thumbprint"}
    | {"iban", "bic", "vat", "phone", "card", "email", "ean", "gtin", "isbn", "sku"}
    | {"filename", "color", "colour", "currency", "timezone", "date", "time", "timestamp"}
    | {"title", "name", "description", "message", "agent", "host", "hostname"}
)  # fmt: skip
"""Words for what a value is made from or says: where sides differ in it, that is a difference."""
_ENVELOPES = frozenset(
    {"data", "result", "results", "response", "payload", "body", "content", "contents"}
    | {"list", "rows", "row", "records", "record", "entries", "entry", "values", "value"}
    | {"objects", "object", "hits", "nodes", "node", "edges", "edge", "_embedded", "embedded"}
    | {"attributes", "resource", "resources", "entity", "entities", "documents", "collection"}
    | {"page", "_source", "member", "members", "created", "updated"}
)  # fmt: skip
"""Members that hold the resource itself."""
_ROOT_ENVELOPES = frozenset({"items", "item", "elements"})
"""Likewise where the document is nothing but the envelope."""
_AMOUNTS = frozenset(
    {"page", "limit", "offset", "size", "count", "total", "quantity", "amount", "price", "level"}
    | {"position", "rank", "priority", "sort", "index", "year", "month", "day", "version", "status"}
    | {"number", "score", "rating", "age", "weight", "width", "height", "length", "step", "state"}
)  # fmt: skip
"""Last words of names whose values are no ids, even where a kind is called so (``/pages/2``)."""
_OPERATORS = frozenset({"exact", "eq", "in"})
"""Last words of ``author__id__exact`` and ``author_id[in]``."""
_ROLES = frozenset(
    {"user", "owner", "author", "customer", "creator", "assignee", "reporter", "reviewer", "by"}
    | {"sender", "recipient", "receiver", "buyer", "seller", "member", "manager", "employee"}
    | {"person", "participant", "account", "client", "parent"}
)  # fmt: skip
"""Words for who or what stands in a relation: a number there is an id, whatever it is an id of."""
_NOT_A_KIND = frozenset(
    {"me", "self", "current", "new", "search", "all", "latest", "my", "mine", "own"}
)  # fmt: skip
_VERBS = frozenset(
    {"register", "signup", "login", "create", "batch", "bulk", "import", "query", "graphql"}
)  # fmt: skip

_ODD_PLURALS = {
    "movies": "movie",
    "cookies": "cookie",
    "series": "series",
    "species": "species",
    "statuses": "status",
    "aliases": "alias",
    "buses": "bus",
}

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+|\d+")
_PARAMETER = re.compile(r"\{([^{}]*)\}")


class Name(msgspec.Struct, frozen=True):
    """What a member's, parameter's or header's name says.

    Attributes:
        kinds: The sorts of thing its value may name, the most particular first; empty for a bare
            ``id``, which names what its object is.
        level: How surely the value is an id.
        is_token: Whether the value is a token.
        is_content: Whether the value says something of the content, so it is never bound.
        is_plural: Whether it speaks of several (``orders``), so a number there counts them.
    """

    kinds: tuple[str, ...]
    level: int
    is_token: bool
    is_content: bool
    is_plural: bool = False

    @property
    def is_bare(self) -> bool:
        """Whether it names the object it stands in."""
        return not self.kinds


@lru_cache(8192)
def words(name: str) -> tuple[str, ...]:
    """The words of a name, in lower case: ``orderId``, ``order-id`` and ``order.id`` alike."""
    return tuple(word.lower() for word in _WORD.findall(name[:128].replace("IDs", "Ids")))


@lru_cache(8192)
def singular(word: str) -> str:
    """``order`` for ``orders``; by English rules that are right for most names of resources."""
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is", "news")):
        return word
    if word in _ODD_PLURALS:
        return _ODD_PLURALS[word]
    if word.endswith("ies"):
        return word[:-3] + "y" if len(word) > 4 else word[:-1]
    if word.endswith(("sses", "shes", "ches", "xes", "zzes")):
        return word[:-2]
    return word[:-1]


@lru_cache(8192)
def entity(name: str) -> str:
    """The kind of a plain name: ``shipping_address`` for ``shippingAddresses``."""
    parts = words(name)
    return "_".join([*parts[:-1], singular(parts[-1])]) if parts else name.lower()


@lru_cache(8192)
def name_of(name: str) -> Name:
    """What a name says."""
    parts = words(name)
    if len(parts) > 1 and parts[-1] in _OPERATORS and ("__" in name or name.endswith("]")):
        parts = parts[:-1]
    if not parts:
        return Name((name.lower(),), NO, is_token=False, is_content=False)
    if is_token_name(parts):
        of = (parts[-2],) if parts[-1] == "id" and len(parts) > 1 else ()  # of ``session_id``
        return Name((TOKEN, *of), HARD, is_token=True, is_content=False)
    last = parts[-1]
    level = HARD if last in _HARD else SOFT if last in _SOFT else NO
    rest = parts[:-1] if level else parts
    if not rest:
        return Name((), level, is_token=False, is_content=False)
    whole = "_".join([*rest[:-1], singular(rest[-1])])
    kinds = (whole,) if len(rest) == 1 else (whole, singular(rest[-1]))
    is_content = not _CONTENT.isdisjoint(rest) and level != HARD
    if not level and last in _AMOUNTS:
        return Name(("",), NO, is_token=False, is_content=is_content)
    is_plural = not level and singular(last) != last
    return Name(kinds, level, is_token=False, is_content=is_content, is_plural=is_plural)


def is_token_name(parts: tuple[str, ...]) -> bool:
    """Whether these words speak of a token: ``access_token``, ``X-CSRF-Token``, ``nonce``."""
    if parts[-1] in _NOT_TOKENS:
        return False
    if parts[-1] in _TOKEN_WORDS or "".join(parts) in _TOKEN_WORDS:
        return True
    return parts[-1] in {"id", "key", "value", "param", "code"} and parts[-2:-1] != () and (
        parts[-2] in {"session", "csrf", "xsrf", "nonce"}
    )  # fmt: skip


def is_role(kinds: tuple[str, ...]) -> bool:
    """Whether a name says in what relation a thing stands, not what it is: ``customer``."""
    return bool(kinds) and kinds[-1] in _ROLES


def member_kind(name: str, around: str, *, is_envelope: bool) -> str:
    """The kind of the object in a member: the envelope's own, else what the member is called.

    Args:
        name: The member's.
        around: The kind of the object it stands in.
        is_envelope: Whether that object is a root without an id of its own.
    """
    if name in _ENVELOPES or (is_envelope and name.lower() in _ROOT_ENVELOPES):
        return around
    return entity(name)


@lru_cache(4096)
def resource(route: str) -> str:
    """What a route is about: its last literal segment, ``item`` for ``POST /carts/{id}/items``."""
    segments = route.partition(" ")[2].split("/")
    literals = [s for s in segments if s and "{" not in s and "*" not in s]
    while literals and literals[-1].lower() in _NOT_A_KIND:
        literals.pop()
    return entity(literals[-1].partition(":")[0]) if literals else "root"


@lru_cache(4096)
def is_loose(route: str) -> bool:
    """Whether a route's last literal is rather a verb (``/checkout``), so kinds are a guess."""
    segments = route.partition(" ")[2].split("/")
    literals = [s for s in segments if s and "{" not in s and "*" not in s]
    if not literals:
        return True
    last = literals[-1].lower()
    return last in _VERBS or last in _NOT_A_KIND or singular(last) == last or ":" in last


@lru_cache(4096)
def own_kinds(route: str) -> frozenset[str]:
    """The kinds that a route's answer may speak of as its own: those of all its literals."""
    return frozenset(entity(s) for s in route.partition(" ")[2].split("/") if s and "{" not in s)


@lru_cache(16_384)
def segment_kinds(before: str, parameter: str) -> tuple[str, ...]:
    """The kinds of a value in a path.

    Args:
        before: The literal to its left, ``orders``; empty when there is none.
        parameter: The route's segment there, ``{id}`` or ``{order_id}``; empty when not known.
    """
    kinds = [entity(before)] if before else []
    found = _PARAMETER.search(parameter)
    if found:
        named = name_of(found[1])
        kinds += [
            kind for kind in named.kinds if kind not in kinds and kind not in {"date", "path"}
        ]
    return tuple(kinds)


def cookie_kind(name: str) -> str:
    """The kind of a cookie's value."""
    return f"cookie:{name}"
