"""Keyed pseudonyms that keep type, format and equality (HMAC-SHA-256).

The same input gives the same pseudonym under the same key, and nobody without the key can tell
which input it was, or try.
"""

import base64
import hashlib
import hmac
import ipaddress
import re
import string
from collections.abc import Iterator

from shadowpact.secrets.detect import iban_remainder, luhn_digit

_TEST_PREFIXES = (
    ("34", "378282"),
    ("37", "378282"),
    ("35", "353011"),
    ("30", "305693"),
    ("36", "362272"),
    ("38", "385200"),
    ("39", "385200"),
    ("2", "222300"),
    ("4", "424242"),
    ("5", "555555"),
    ("62", "620000"),
    ("6", "601111"),
)
"""What the numbers that payment providers publish for tests begin with, by what a number does."""

_CALLING_CODES = re.compile(
    r"1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3}|\d{1,2}"
)
"""Country codes of one and two digits (ITU E.164); all others have three."""

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MOMENT = re.compile(
    r"(?P<year>\d{4})(?P<dash>[-/])(?P<month>\d{2})(?P=dash)(?P<day>\d{2})"
    r"(?:[T ](?P<hour>\d{2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"(?P<zone>Z|[+-]\d{2}:?\d{2})?)?"
)
_DAY = re.compile(r"(?P<day>\d{1,2})(?P<dot>[./-])(?P<month>\d{1,2})(?P=dot)(?P<year>\d{4}|\d{2})")
_YEARS = 1930, 2009
_LIMITS = {"month": (1, 12), "day": (1, 28), "hour": (0, 23), "minute": (0, 59), "second": (0, 59)}
"""From and to."""
_SCHEME = re.compile(r"(?i:https?|ftps?|wss?|mailto|urn|tel):")
_SEPARATORS = re.compile(r"[ -]")
KEY_CONTEXT = b"shadowpact redact v1"


class Pseudonyms:
    """Makes pseudonyms.

    Args:
        key: Any secret bytes; a key for nothing else is derived from them.
    """

    def __init__(self, key: bytes) -> None:
        self._key = hmac.digest(key, KEY_CONTEXT, "sha256")

    def email(self, address: str) -> str:
        """``user-1a2b3c4d5e6f@example.com``; spellings in lower and upper case stay apart."""
        name = f"user-{self._hex('email', address.lower(), 12)}@example.com"
        if address.islower() or address.upper() == address.lower():
            return name
        return name.upper() if address.isupper() else name.capitalize()

    def card(self, number: str) -> str:
        """A number of the same length and grouping with a test prefix and a right check digit."""
        digits = _SEPARATORS.sub("", number)
        prefix = next(test for start, test in _TEST_PREFIXES if digits.startswith(start))
        count = len(digits) - len(prefix) - 1
        body = prefix + "".join(self._digits("card", digits, count))
        return _laid_over(number, body + luhn_digit(body))

    def iban(self, iban: str) -> str:
        """A valid IBAN of the same country, length, grouping and case."""
        compact = _SEPARATORS.sub("", iban)
        account = self._alike("iban", compact[4:], compact.upper())
        checked = 98 - iban_remainder(f"{compact[:2]}00{account}".upper())
        return _laid_over(iban, f"{compact[:2]}{checked:02}{account}")

    def phone(self, number: str) -> str:
        """As many digits in the same layout; country code and leading zeros stay."""
        digits = re.sub(r"\D", "", number)
        kept = 0
        if number.lstrip().startswith("+"):
            code = _CALLING_CODES.match(digits)
            kept = code.end() if code else 0
        else:
            kept = len(digits) - len(digits.lstrip("0"))
        rest = list(self._digits("phone", digits, len(digits) - kept))
        if rest and rest[0] == "0":
            rest[0] = "9"
        made = iter(digits[:kept] + "".join(rest))
        return "".join(next(made) if c.isdigit() else c for c in number)

    def ip(self, address: str) -> str:
        """An address in 10.0.0.0/8, or in 2001:db8::/32, which is reserved for documentation."""
        known = ipaddress.ip_address(address)
        bits = int.from_bytes(self._bytes("ip", known.packed, 12))
        if known.version == 4:
            return str(ipaddress.IPv4Address((10 << 24) | (bits % (1 << 24))))
        return str(ipaddress.IPv6Address((0x20010DB8 << 96) | bits))

    def secret(self, value: str) -> str:
        """``redacted-1a2b3c4d5e6f``; digits give digits, a UUID a UUID."""
        if value.isdigit() and value.isascii():
            return self.alike(value)
        if _UUID.fullmatch(value):
            made = iter(self._hex("secret", value.lower(), 32))
            return "".join("-" if character == "-" else next(made) for character in value)
        return f"redacted-{self._hex('secret', value, 12)}"

    def user(self, name: str) -> str:
        """``user-1a2b3c4d5e6f``."""
        return f"user-{self._hex('user', name, 12)}"

    def signature(self, signature: str) -> str:
        """Base64url of as many bytes."""
        made = self._bytes("signature", signature.encode(), len(signature) * 3 // 4)
        return base64.urlsafe_b64encode(made).decode().rstrip("=")

    def alike(self, value: str) -> str:
        """Letters for letters of the same case, digits for digits, everything else as it is.

        A first digit that is not 0 does not become one, and ``0`` before a decimal point stays, so
        that a JSON number is one again. A UUID stays one, a date and a time too, and a URL keeps
        its scheme.
        """
        moment = _MOMENT.fullmatch(value) or _DAY.fullmatch(value)
        if moment is not None and value.isascii():
            return self._moment(moment)
        made = self._alike("alike", value, value)
        if _UUID.fullmatch(value):
            return made.translate(_TO_HEX)
        scheme = _SCHEME.match(value)
        return made if scheme is None else scheme[0] + made[scheme.end() :]

    def _moment(self, found: re.Match[str]) -> str:
        """Another date or time in the same layout, in the same zone."""
        stream = self._characters("alike", found[0])
        made = list("".join(_like(character, next(stream)) for character in found[0]))
        for name, text in found.groupdict().items():
            if text is None:
                continue
            start, end = found.span(name)
            if name == "year":
                first, last = _YEARS
                made[start:end] = str(first + next(stream) % (last - first + 1))[-len(text) :]
            elif name in _LIMITS:
                low, high = _LIMITS["month" if found.re is _DAY else name]  # either may come first
                high = min(high, 9) if len(text) == 1 else high
                made[start:end] = f"{low + next(stream) % (high - low + 1):0{len(text)}}"
            else:
                made[start:end] = text
        if found[0].startswith("T", 10):
            made[10] = "T"
        return "".join(made)

    def _alike(self, purpose: str, value: str, text: str) -> str:
        stream = self._characters(purpose, text)
        made = "".join(_like(character, next(stream)) for character in value)
        number = re.fullmatch(r"(-?)(\d+)(\.\d+)?([eE][+-]?\d+)?", value)
        if number is None:
            return made
        whole = made[len(number[1]) : len(number[1]) + len(number[2])]
        if number[2].startswith("0"):
            whole = "0" + whole[1:]
        elif whole.startswith("0"):
            whole = "9" + whole[1:]
        fraction = made[number.start(3) : number.end(3)] if number[3] else ""
        return number[1] + whole + fraction + (number[4] or "")

    def _digits(self, purpose: str, text: str, count: int) -> Iterator[str]:
        stream = self._characters(purpose, text)
        return (str(next(stream) % 10) for _ in range(count))

    def _hex(self, purpose: str, text: str, count: int) -> str:
        return self._bytes(purpose, text.encode("utf-8", "surrogatepass"), count).hex()[:count]

    def _characters(self, purpose: str, text: str) -> Iterator[int]:
        """Numbers from 0 to 65,535 without end."""
        data = text.encode("utf-8", "surrogatepass")
        block = 0
        while True:
            digest = self._block(purpose, data, block)
            yield from (int.from_bytes(digest[at : at + 2]) for at in range(0, len(digest), 2))
            block += 1

    def _bytes(self, purpose: str, data: bytes, count: int) -> bytes:
        blocks = -(-count // hashlib.sha256().digest_size)
        return b"".join(self._block(purpose, data, block) for block in range(blocks))[:count]

    def _block(self, purpose: str, data: bytes, block: int) -> bytes:
        head = purpose.encode() + b"\0" + block.to_bytes(4) + b"\0"
        return hmac.digest(self._key, head + data, "sha256")


_TO_HEX = str.maketrans(
    {c: "abcdef"[n % 6] for n, c in enumerate(string.ascii_lowercase)}
    | {c: "ABCDEF"[n % 6] for n, c in enumerate(string.ascii_uppercase)}
)


def _like(character: str, number: int) -> str:
    if character.isdigit():
        return string.digits[number % 10]
    if not character.isalpha():
        return character
    letter = string.ascii_lowercase[number % 26]
    return letter.upper() if character.isupper() else letter


def _laid_over(layout: str, text: str) -> str:
    """The text with the separators of the layout."""
    made = iter(text)
    return "".join(character if character in " -" else next(made) for character in layout)
