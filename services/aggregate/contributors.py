"""Compiled surveys, by version, as they are needed."""

from collections.abc import Callable, Collection

from schemas.survey.definition import SurveyDefinition
from schemas.tables.layout import Layout
from services.aggregate.contributor import Contributor
from services.runtime.faults import Fatal

Find = Callable[[str, str], SurveyDefinition | None]
"""Survey and version; reads the topic `surveys` to its end before it says None."""


class Contributors:
    """`declare` is told of the tables of each version before the first contribution to them is made."""

    def __init__(self, find: Find, declare: Callable[[Collection[Layout]], None]) -> None:
        self._find = find
        self._declare = declare
        self._known: dict[tuple[str, str], Contributor] = {}

    def __call__(self, survey: str, version: str) -> Contributor:
        """Raises `Fatal` for a survey that is not on the topic though validate has read it, and what `find` raises."""
        known = self._known.get((survey, version))
        if known is not None:
            return known
        definition = self._find(survey, version)
        if definition is None:
            raise Fatal(
                f"validate has accepted a submission of survey {survey}, version {version!r}, which is not on the "
                f"topic `surveys`. If it was removed from there, publish it again."
            )
        contributor = Contributor(definition)
        self._declare(contributor.layouts)
        self._known[survey, version] = contributor
        return contributor
