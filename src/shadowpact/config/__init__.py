"""``shadowpact.toml`` to the settings of each stage; errors that name line and nearest name."""

from shadowpact.config.load import DEFAULT_FILE, load, load_rules, loads
from shadowpact.config.settings import Settings

__all__ = ["DEFAULT_FILE", "Settings", "load", "load_rules", "loads"]
