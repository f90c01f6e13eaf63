"""``python -m shadowpact``."""

from shadowpact.cli import main

main()
