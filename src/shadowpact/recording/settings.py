"""What the recording stage can be told."""

import msgspec


class RecordingSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of the live recording.

    Attributes:
        segment_bytes: A segment file is closed when it has grown to this.
        max_bytes: Finished segments are removed above this; when the unfinished backlog itself
            reaches it, new exchanges are dropped and counted.
        max_age_s: Finished segments older than this are removed; 0 keeps them.
    """

    segment_bytes: int = 64 * 1024 * 1024
    max_bytes: int = 4 * 1024 * 1024 * 1024
    max_age_s: int = 7 * 24 * 3600
