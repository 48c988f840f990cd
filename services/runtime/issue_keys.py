"""Makes the keys where there are none and hands ingest its half: `... -m services.runtime.issue_keys PRIVATE PUBLIC`.

For deployments in which each holder has a folder (a volume) of its own. PRIVATE is for validate alone; what is copied
to PUBLIC can hash instance ids and seal, and cannot open. Safe to run again, and to be run after a rotation.
"""

import sys
from pathlib import Path

from services.runtime import keys
from services.runtime.exit_codes import OPERATOR
from services.runtime.faults import Fatal


def main() -> None:
    if len(sys.argv) != 3:
        sys.stderr.write("Name two folders: the private one, and the public one for ingest.\n")
        sys.exit(OPERATOR)
    private, public = Path(sys.argv[1]), Path(sys.argv[2])
    try:
        keys.create(private)
        issued = keys.issue_public(private, public)
    except Fatal as fault:
        sys.stderr.write(f"{fault}\n")
        sys.exit(fault.exit_code)
    for name in issued:
        sys.stdout.write(f"issued {name}\n")


if __name__ == "__main__":
    main()
