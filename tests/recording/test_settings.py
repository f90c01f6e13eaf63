from shadowpact.recording.settings import RecordingSettings


def test_by_default_a_recording_has_many_segments() -> None:
    settings = RecordingSettings()

    assert settings.segment_bytes * 16 <= settings.max_bytes
