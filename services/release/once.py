"""Makes one release now: `python -m services.release.once SURVEY`, where release itself runs and has its rights."""

import sys

from services.release.maker import Maker, Refused
from services.release.mongo_store import MongoStore
from services.release.settings import Settings
from services.release.store import Unavailable
from services.release.surroundings import surroundings
from services.runtime.exit_codes import OPERATOR
from services.runtime.follower import NotCaughtUp
from services.runtime.surveys import READ_TO_END_S, SurveyCatalogue


def main() -> None:
    if len(sys.argv) != 2:
        sys.stderr.write("Name a survey.\n")
        sys.exit(OPERATOR)
    settings = Settings()
    catalogue = SurveyCatalogue(settings.kafka)
    store = MongoStore(settings.mongodb)
    catalogue.start()
    try:
        catalogue.follower.read_to_end(READ_TO_END_S)
        mine = settings.release
        maker = Maker(store, surroundings(settings, catalogue), mine.policy(), round(mine.closing_after_s * 1000))
        made = maker.make(sys.argv[1])
    except (NotCaughtUp, Unavailable) as error:
        sys.stderr.write(f"Broker or database do not answer ({error}).\n")
        sys.exit(1)
    finally:
        catalogue.stop()
        store.close()
    if isinstance(made, Refused):
        sys.stderr.write(f"{made.reason}\n")
        sys.exit(1)
    sys.stdout.write(f"release {made.manifest.epoch} of {made.manifest.survey}: {made.manifest.content}\n")


if __name__ == "__main__":
    main()
