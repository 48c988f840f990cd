"""What a maker asks of others, wired: the topic `surveys`, the key files, the broker's ends, the clock."""

import time
from collections.abc import Mapping

from schemas.topics import SUBMISSIONS
from services.release.erasures import unapplied_erasures
from services.release.maker import Surroundings
from services.runtime import release_keys
from services.runtime.admin import connect
from services.runtime.settings import ServiceSettings
from services.runtime.surveys import SurveyCatalogue


def surroundings(settings: ServiceSettings, catalogue: SurveyCatalogue) -> Surroundings:
    def ends() -> Mapping[int, int]:
        with connect(settings.kafka) as admin:
            return admin.end_offsets(SUBMISSIONS)

    return Surroundings(
        versions=lambda survey: [one for one in catalogue.all() if one.survey == survey],
        closed_ms=lambda survey: catalogue.closed.get(survey),
        key=lambda survey: release_keys.load(settings.keys.release_folder, survey),
        ends=ends,
        unapplied_erasures=lambda: unapplied_erasures(settings),
        now_ms=lambda: time.time_ns() // 1_000_000,
    )
