"""Personal data by its form: e-mail, payment cards, IBANs, phone numbers, IP addresses."""

import ipaddress
import re
from collections.abc import Callable, Collection, Iterator

import msgspec

from shadowpact.secrets.settings import Detector


class Found(msgspec.Struct, frozen=True):
    """Something personal in a text.

    Attributes:
        start: Where it begins.
        end: Behind it.
        kind: What it is.
    """

    start: int
    end: int
    kind: Detector


_LOCAL = r"A-Za-z0-9._+\-\u0080-\uffff"
_EMAIL = re.compile(
    rf"(?<![{_LOCAL}])[{_LOCAL}][{_LOCAL}']{{0,63}}@(?:[A-Za-z0-9\-\u0080-\uffff]+\.)+"
    r"(?P<last>[A-Za-z\u0080-\uffff][A-Za-z0-9\-\u0080-\uffff]{1,23})(?![\w-])"
)
_NO_DOMAINS = frozenset({"png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "js", "css", "map"})
"""``logo@2x.png`` is a file."""

_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_CARD = re.compile(r"(?<![0-9A-Za-z.])[2-6](?:[ -]?\d){12,18}(?!-?[0-9A-Za-z])(?! \d)(?!\.\d)")
_BRANDS = (
    (re.compile(r"4"), {13, 16, 19}),  # Visa
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), {16}),  # Mastercard
    (re.compile(r"3[47]"), {15}),  # American Express
    (re.compile(r"30[0-5]|309|36|3[89]"), {14, 16, 19}),  # Diners Club
    (re.compile(r"35(?:2[89]|[3-8])"), {16, 17, 18, 19}),  # JCB
    (re.compile(r"6011|65|64[4-9]|62"), {16, 17, 18, 19}),  # Discover, UnionPay
    (re.compile(r"50|5[6-9]|6[0-9]"), {16, 17, 18, 19}),  # Maestro
)

_IBANS = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 "
    "DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 "
    "IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 "
    "MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 "
    "SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
)
IBAN_LENGTHS = {entry[:2]: int(entry[2:]) for entry in _IBANS.split()}
"""Characters of an IBAN by country (the registry of SWIFT)."""
_IBAN_START = re.compile(r"(?<![0-9A-Za-z])([A-Za-z]{2})[0-9]{2}(?=[ -]?[0-9A-Za-z])")
_IBAN_REST = re.compile(r"(?:[ -]?[0-9A-Za-z])*")

_PHONE = re.compile(
    r"(?<![\w+.])\+[1-9]\d{0,2}[ ]?(?:\(\d{1,4}\)[ ]?)?\d?(?:[ .\-/]?\d){5,13}(?!\w)(?!\.\d)"
    r"|(?<![\w.+-])(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\w-])(?!\.\d)"
)
_PHONE_NAME = re.compile(
    r"(?:.*[^a-z]|.*(?=[A-Z]))?(?i:tele)?(?i:phone|mobile|tel|fax|msisdn|cell|handy)"
    r"(?i:[-_]?(?:number|no|nr|num))?(?:[-_]?[0-9]{1,2})?"
)
_PHONE_VALUE = re.compile(r"\+?[0-9(][0-9 ().\-/]{4,22}[0-9]")

_IPV4 = re.compile(
    r"(?<![\w.-])(?<![^/:]/)(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)"
    r"(?!\.?\d)(?![A-Za-z_-])"
)
_IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f:]{3,39}(?![\w:.])")
_HAS_DIGITS = re.compile(r"\d.*\d", re.DOTALL).search


def detect(text: str, kinds: Collection[Detector], *, name: str = "") -> list[Found]:
    """What is personal in a text, in order and without overlaps.

    Args:
        text: Without escapes.
        kinds: What to look for; where two could be meant, the earlier of ``email``, ``iban``,
            ``card``, ``ip``, ``phone`` wins.
        name: What the text is the value of, if anything: a number under ``phone`` is one.
    """
    found: list[Found] = []
    has_digits = _HAS_DIGITS(text) is not None
    for kind, finder in _FINDERS.items():
        if kind in kinds and (("@" in text) if kind == "email" else has_digits or ":" in text):
            for start, end in finder(text, name):
                if all(end <= one.start or start >= one.end for one in found):
                    found.append(Found(start, end, kind))
    return sorted(found, key=lambda one: one.start)


def luhn_digit(digits: str) -> str:
    """The check digit to append (ISO/IEC 7812)."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if position % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def is_card(digits: str) -> bool:
    """Whether digits are the number of a payment card: an issuer's prefix, a length, Luhn."""
    return luhn_digit(digits[:-1]) == digits[-1] and any(
        prefix.match(digits) and len(digits) in lengths for prefix, lengths in _BRANDS
    )


def iban_remainder(iban: str) -> int:
    """The remainder by 97 (ISO 13616) of letters and digits; 1 when it is valid."""
    moved = iban[4:] + iban[:4]
    return int("".join(str(int(character, 36)) for character in moved)) % 97


def _emails(text: str, name: str) -> Iterator[tuple[int, int]]:
    del name
    for match in _EMAIL.finditer(text):
        if match["last"].lower() not in _NO_DOMAINS:
            yield match.span()


def _ibans(text: str, name: str) -> Iterator[tuple[int, int]]:
    del name
    for match in _IBAN_START.finditer(text):
        length = IBAN_LENGTHS.get(match[1].upper())
        rest = _IBAN_REST.match(text, match.start())
        if length is None or rest is None:
            continue
        count, end = 0, match.start()
        while end < rest.end() and count < length:
            count += text[end] not in " -"
            end += 1
        compact = re.sub("[ -]", "", text[match.start() : end]).upper()
        if count == length and not text[end : end + 1].isalnum() and iban_remainder(compact) == 1:
            yield match.start(), end


def _cards(text: str, name: str) -> Iterator[tuple[int, int]]:
    del name
    uuids = [match.span() for match in _UUID.finditer(text)] if text.count("-") >= 4 else []
    for match in _CARD.finditer(text):
        start, end = match.span()
        if is_card(re.sub("[ -]", "", match[0])) and not any(
            start < last and end > first for first, last in uuids
        ):
            yield start, end


def _phones(text: str, name: str) -> Iterator[tuple[int, int]]:
    if name and _PHONE_NAME.fullmatch(name) and _PHONE_VALUE.fullmatch(text.strip()):
        start = len(text) - len(text.lstrip())
        yield start, start + len(text.strip())
        return
    for match in _PHONE.finditer(text):
        if 8 <= sum(map(str.isdigit, match[0])) <= 15:
            yield match.span()


def _ips(text: str, name: str) -> Iterator[tuple[int, int]]:
    if "version" in name.lower():
        return
    for match in _IPV4.finditer(text):
        if not _is_nobodys(ipaddress.IPv4Address(match[0])):
            yield match.span()
    for match in _IPV6.finditer(text) if text.count(":") >= 2 else ():
        try:
            address = ipaddress.IPv6Address(match[0])
        except ValueError:
            continue
        if not _is_nobodys(address) and any(character.isdigit() for character in match[0]):
            yield match.span()


def _is_nobodys(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Loopback, unspecified and broadcast addresses and netmasks say nothing about anybody."""
    if isinstance(address, ipaddress.IPv4Address) and int(address) >> 24 in {0, 255}:
        return True
    return address.is_loopback or address.is_unspecified


_FINDERS: dict[Detector, Callable[[str, str], Iterator[tuple[int, int]]]] = {
    "email": _emails,
    "iban": _ibans,
    "card": _cards,
    "ip": _ips,
    "phone": _phones,
}
