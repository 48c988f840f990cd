"""Makes what the services need before they start: topics, keys, and for the database whatever aggregate asks for.

Idempotent. `rihla up` calls it, and so does a production deployment (`python -m services.runtime.provision`), with
`--without-keys` where keys are issued apart (services.runtime.issue_keys).
"""

import sys

from schemas.topics import SUBMISSIONS
from services.runtime import keys
from services.runtime.admin import Change, connect, difference
from services.runtime.faults import Fatal
from services.runtime.settings import ServiceSettings


def provision(settings: ServiceSettings, make_keys: bool = True) -> list[Change]:
    """Returns what had to be changed in Kafka. Raises `OperatorStop` where it refuses.

    Keys are made only while nothing was ever submitted: later, a new instance key would count every retry twice, and
    a new sealing key cannot open what is in Kafka. So keys that are gone by then are for the operator to restore.
    """
    with connect(settings.kafka) as admin:
        changes = difference(settings.kafka, admin.existing())
        admin.apply(changes)
        submitted = any(admin.end_offsets(SUBMISSIONS).values())
    if make_keys and submitted:
        keys.load_private(settings.keys.folder)
    elif make_keys:
        keys.create(settings.keys.folder)
    return changes


def main() -> None:
    try:
        for change in provision(ServiceSettings(), make_keys="--without-keys" not in sys.argv[1:]):
            sys.stdout.write(f"{change.topic}: {change.text}\n")
    except Fatal as fault:
        sys.stderr.write(f"{fault}\n")
        sys.exit(fault.exit_code)


if __name__ == "__main__":
    main()
