"""Sealing before the disk, redaction before anything a person or a contract sees."""

from shadowpact.secrets.credentials import REDACTED, Credentials
from shadowpact.secrets.key import KEY_VARIABLE, existing_key, load_key
from shadowpact.secrets.redact import redact_difference, redact_request, redact_response
from shadowpact.secrets.seal import Sealer
from shadowpact.secrets.settings import CREDENTIAL_HEADERS, SecretSettings

__all__ = [
    "CREDENTIAL_HEADERS",
    "KEY_VARIABLE",
    "REDACTED",
    "Credentials",
    "Sealer",
    "SecretSettings",
    "existing_key",
    "load_key",
    "redact_difference",
    "redact_request",
    "redact_response",
]
