"""The errors a person meets; each carries the exit status of the command it ends.

``ShadowpactError``
├── ``UsageError``        2  an argument, file or extra that the caller has to change
│   └── ``ConfigError``   2  shadowpact.toml or a rule is wrong
├── ``RecordingError``    4  a recording cannot be read or written
├── ``StoreError``        4  the store cannot be read or written
├── ``CredentialError``   4  there are no credentials to send
└── ``NoEvidenceError``   3  nothing was compared, so nothing can be said

The text says where, what, got and expected, and what to do. Never a body or a secret.
"""

EXIT_PASS = 0
EXIT_FINDINGS = 1
EXIT_USAGE = 2
EXIT_NO_EVIDENCE = 3
EXIT_BROKEN = 4


class ShadowpactError(Exception):
    """Something the user can understand and act on; ends a command with ``exit_status``."""

    exit_status = EXIT_BROKEN


class UsageError(ShadowpactError):
    """The command was called with something that cannot work as given."""

    exit_status = EXIT_USAGE


class ConfigError(UsageError):
    """The configuration is wrong: names file, line, field and the nearest valid name."""


class RecordingError(ShadowpactError):
    """A recording cannot be read or written."""


class StoreError(ShadowpactError):
    """The store cannot be read or written."""


class CredentialError(ShadowpactError):
    """There are no credentials to send: says where they should come from, never what they are."""


class NoEvidenceError(ShadowpactError):
    """There is nothing to judge by; no evidence is not a pass."""

    exit_status = EXIT_NO_EVIDENCE
