"""What the capture stage can be told."""

import msgspec


class CaptureSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of capture.

    Attributes:
        body_cap_bytes: A larger body flows through; its length, hash and first bytes are kept.
        hosts: In regular, upstream and transparent mode only these ``host[:port]`` are recorded.
    """

    body_cap_bytes: int = 5 * 1024 * 1024
    hosts: tuple[str, ...] = ()
