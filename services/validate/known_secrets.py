"""The derived keys of each survey, as the folder of keys has them: what is rotated or destroyed there is followed
within `LOOK_S`, without a new start."""

import time
from collections.abc import Callable
from pathlib import Path

from services.runtime.keys import PrivateKeys
from services.validate.pseudonym import SurveySecrets

LOOK_S = 1.0
"""Between two looks at the names in the folder: 30 microseconds each."""


class KnownSecrets:
    """Not thread-safe. `clock` in seconds, only its differences count."""

    def __init__(self, keys: PrivateKeys, clock: Callable[[], float] = time.monotonic) -> None:
        self._keys = keys
        self._clock = clock
        self._names = _names(keys.folder)
        self._looked = clock()
        self._known: dict[str, SurveySecrets | None] = {}

    def __call__(self, survey: str) -> SurveySecrets | None:
        """None if the survey's keys were destroyed. Raises `OperatorStop` if they are missing."""
        now = self._clock()
        if now - self._looked >= LOOK_S:
            self._looked = now
            names = _names(self._keys.folder)
            if names != self._names:
                self._names = names
                self._known.clear()
        if survey not in self._known:
            keys = self._keys.of_survey(survey)
            self._known[survey] = None if keys is None else SurveySecrets(keys.secret, keys.pseudonyms)
        return self._known[survey]


def _names(folder: Path) -> frozenset[str]:
    return frozenset(path.name for path in folder.iterdir() if not path.name.startswith("."))
