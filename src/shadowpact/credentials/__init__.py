"""Credentials of the candidate: what its requests carry instead of what the recording holds."""

from shadowpact.credentials.recorded import first_request

__all__ = ["first_request"]
