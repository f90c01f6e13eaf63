"""What sealing and redaction can be told."""

from typing import Literal

import msgspec

CREDENTIAL_HEADERS = (
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
    "api-key",
    "apikey",
    "x-auth-token",
    "x-access-token",
    "x-csrf-token",
    "x-xsrf-token",
    "csrf-token",
    "xsrf-token",
    "x-csrftoken",
    "requestverificationtoken",
)

SECRET_MEMBERS = (
    "*password",
    "*passwd",
    "*passphrase",
    "*passcode",
    "pwd",
    "pin",
    "otp",
    "cvv",
    "cvc",
    "*secret",
    "*secret-key",
    "*private-key",
    "token",
    "jwt",
    "*access-token",
    "*refresh-token",
    "*id-token",
    "*auth-token",
    "*session-token",
    "*security-token",
    "*bearer-token",
    "*csrf-token",
    "*xsrf-token",
    "*csrf",
    "*xsrf",
    "*authenticity-token",
    "*request-verification-token",
    "csrfmiddlewaretoken",
    "*api-key",
    "*api-token",
    "access-key",
    "session-id",
    "jsessionid",
    "code-verifier",
    "client-assertion",
    "sig",
    "x-amz-signature",
)
"""Names under which logins, OAuth 2 and signed URLs carry secrets."""

type Detector = Literal["email", "card", "iban", "phone", "ip"]
DETECTORS: tuple[Detector, ...] = ("email", "card", "iban", "phone", "ip")


class SecretSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of sealing.

    Attributes:
        headers: Lower-case names whose values are credentials.
        members: Names of members of bodies and of query parameters whose values are secrets, in
            lower case; ``-`` stands for ``-``, ``_``, ``.`` or nothing, ``*`` at the beginning for
            anything.
    """

    headers: tuple[str, ...] = CREDENTIAL_HEADERS
    members: tuple[str, ...] = SECRET_MEMBERS


class RedactSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What is personal in a recording, besides the secrets.

    Attributes:
        paths: RFC 9535 paths into JSON bodies; what they lead to and all below it.
        headers: Names of headers, in any case.
        query: Names of query parameters and form fields.
        detect: What is recognised by its form, wherever it stands.
        keep: Values to leave as they are; ``*`` stands for anything.
    """

    paths: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    query: tuple[str, ...] = ()
    detect: tuple[Detector, ...] = DETECTORS
    keep: tuple[str, ...] = ()
