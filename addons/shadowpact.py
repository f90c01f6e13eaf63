"""shadowpact for mitmdump: ``mitmdump -s addons/shadowpact.py --mode reverse:http://monolith``."""

import sys
from pathlib import Path

# mitmproxy puts a script's folder first on the path, where this file would hide the package
here = Path(__file__).resolve().parent
sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != here]

from shadowpact.addon import Shadowpact  # noqa: E402  the path comes first

addons = [Shadowpact()]
