"""All settings in one value; each stage gets its own part."""

from pathlib import Path

import msgspec

from shadowpact.capture.settings import CaptureSettings
from shadowpact.compare.settings import CompareSettings, Rule
from shadowpact.contracts.settings import ContractSettings
from shadowpact.contracts.waivers import Waiver
from shadowpact.gate.settings import GateSettings
from shadowpact.mirror.replaying import ReplaySettings
from shadowpact.mirror.settings import MirrorSettings
from shadowpact.recording.settings import RecordingSettings
from shadowpact.secrets.settings import RedactSettings, SecretSettings


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a run was told, after defaults.

    Attributes:
        source: The file it came from; ``None`` when there was none.
        baseline_url: Where the monolith answers; ``None`` when not said.
        capture: Stage 1.
        recording: Stage 2.
        secrets: Sealing.
        redact: What `recordings redact` takes for personal.
        mirror: Stage 3, candidates and routes.
        replay: Stage 3 for recordings: time, order and load.
        compare: Stage 4, apart from the rules.
        rules: Stage 4, in the order of the file.
        contracts: Stage 6.
        waivers: Stage 6: interactions that may fail for a time.
        gate: Stage 7.
    """

    source: Path | None = None
    baseline_url: str | None = None
    capture: CaptureSettings = CaptureSettings()
    recording: RecordingSettings = RecordingSettings()
    secrets: SecretSettings = SecretSettings()
    redact: RedactSettings = RedactSettings()
    mirror: MirrorSettings = MirrorSettings()
    replay: ReplaySettings = ReplaySettings()
    compare: CompareSettings = CompareSettings()
    rules: tuple[Rule, ...] = ()
    contracts: ContractSettings = ContractSettings()
    waivers: tuple[Waiver, ...] = ()
    gate: GateSettings = GateSettings()
