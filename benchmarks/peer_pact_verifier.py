"""The peer: pact-python's own verifier, one run for each file of a folder: ``PORT FOLDER``."""

import os
import sys
from pathlib import Path

os.environ["PACT_DO_NOT_TRACK"] = "true"

from pact import Verifier


def main() -> None:
    """Verify every file of the folder; raises when one fails."""
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    for file in sorted(folder.rglob("*.json")):
        verifier = Verifier("orders", host="127.0.0.1")
        verifier.add_transport(protocol="http", port=port, scheme="http", path="/")
        verifier.add_source(str(file))
        verifier.follow_redirects(False)
        verifier.disable_ssl_verification()
        verifier.set_coloured_output(enabled=False)
        verifier.verify()


if __name__ == "__main__":
    main()
