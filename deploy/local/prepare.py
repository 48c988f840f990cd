"""What the services need before they start: keys and topics, then the database. `python -m deploy.local.prepare`."""

from services.aggregate import provision as database
from services.release import provision as releases
from services.runtime import provision as kafka


def main() -> None:
    """Ends the process with the exit code of the fault if one of them refuses."""
    kafka.main()
    database.main(go_on=True)
    releases.main()


if __name__ == "__main__":
    main()
