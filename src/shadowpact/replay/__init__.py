"""Replays a finished recording through the pipeline, into a store of its own."""

from shadowpact.replay.options import RECORDED, ReplayOptions, settings_for
from shadowpact.replay.run import Ended, check, run

__all__ = ["RECORDED", "Ended", "ReplayOptions", "check", "run", "settings_for"]
