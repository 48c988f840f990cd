"""Compiled surveys, by version, as they are needed."""

from collections.abc import Callable, Collection

from schemas.survey.definition import SurveyDefinition
from schemas.tables.layout import Layout
from services.aggregate.contributor import Contributor
from services.aggregate.registering import Registrar
from services.aggregate.targets import Composite, contributor_to
from services.runtime.faults import Fatal

Find = Callable[[str, str], SurveyDefinition | None]
"""Survey and version; reads the topic `surveys` to its end before it says None."""


class Contributors:
    """`declare` is told of the tables of each version before the first contribution to them is made. Without
    `registrar` every table is one of its version alone, and never filled."""

    def __init__(
        self, find: Find, declare: Callable[[Collection[Layout]], None], registrar: Registrar | None = None
    ) -> None:
        self._find = find
        self._declare = declare
        self._registrar = registrar
        self._known: dict[tuple[str, str], Contributor | Composite] = {}

    def __call__(self, survey: str, version: str) -> Contributor | Composite:
        """Raises `Fatal` for a survey that is not on the topic though validate has read it, and what `find` and
        `Store.transact` raise."""
        known = self._known.get((survey, version))
        if known is not None:
            return known
        definition = self._find(survey, version)
        if definition is None:
            raise Fatal(
                f"validate has accepted a submission of survey {survey}, version {version!r}, which is not on the "
                f"topic `surveys`. If it was removed from there, publish it again."
            )
        contributor: Contributor | Composite
        if self._registrar is None:
            contributor = Contributor(definition)
            self._declare(contributor.layouts)
        else:
            generations = self._registrar(survey)
            for name in generations.versions:
                # Another worker may have heard of a version first.
                self._find(survey, name)
            others = self._registrar.versions(survey)
            contributor = contributor_to(definition, others, generations.targets(version), generations.epoch)
        self._known[survey, version] = contributor
        return contributor

    def forget(self) -> None:
        """Contributions were made for generations that are no longer the stored ones."""
        self._known.clear()
