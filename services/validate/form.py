"""What expressions may ask of a form beside answers (schemas.expressions.scope.Form): the present, secondary instances,
labels, texts."""

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property

from lxml import etree

from schemas.expressions import EvaluationError
from schemas.expressions.elements import Element
from schemas.survey.definition import SurveyDefinition
from schemas.survey.xform_text import XF, read_texts
from services.validate.row import TooMuchWork

MAX_CONDITIONS = 1_000_000
"""In brackets, of all expressions of one submission: a second of work. A household of 40 that looks through a list of
5,000 villages by another rule than an equal code has 200,000 for each such question."""


class FormData:
    """The part that is the same for all submissions of a version. `instances` are its secondary instances by name."""

    def __init__(self, definition: SurveyDefinition, instances: Mapping[str, Element]) -> None:
        self._definition = definition
        self.instances = instances
        self._lists = {question.path: question.choices for question in definition.fields}
        self._labels: dict[str, dict[str, str]] = {}

    def label(self, path: str, value: str) -> str:
        """Of a choice, in the default language."""
        name = self._lists.get(path)
        if name is None:
            return ""
        labels = self._labels.get(name)
        if labels is None:
            language = self._definition.default_language
            labels = self._labels[name] = {
                choice.name: choice.labels.get(language, choice.labels.get("", ""))
                for choice in self._definition.choice_lists.get(name, [])
            }
        return labels.get(value, "")

    @cached_property
    def texts(self) -> dict[str, str]:
        """The itext of the default language."""
        if not self._definition.xform:
            return {}
        model = etree.fromstring(self._definition.xform.encode(), _PARSER).find(f".//{XF}model")
        texts = read_texts(model) if model is not None else None
        if texts is None:
            return {}
        return {name: by_language.get(texts.default, "") for name, by_language in texts.by_id.items()}


_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


class Form:
    """The form around one submission. `now` is when that was made; `visits` counts the rows that node sets looked at,
    `conditions` those in brackets, `written` the characters that calculates have stored; `departs` is set once a result
    is not that of a phone, because there it is broken."""

    __slots__ = ("_data", "conditions", "departs", "now", "visits", "written")

    def __init__(self, data: FormData, now: datetime) -> None:
        self._data = data
        self.now = now
        self.conditions = 0
        self.visits = 0
        self.written = 0
        self.departs = False

    def instance(self, name: str) -> Element | None:
        return self._data.instances.get(name)

    def choice_label(self, path: str, value: str) -> str:
        return self._data.label(path, value)

    def spend(self, conditions: int) -> None:
        self.conditions += conditions
        if self.conditions > MAX_CONDITIONS:
            raise TooMuchWork

    def itext(self, name: str) -> str:
        texts = self._data.texts
        if not texts:
            raise EvaluationError("the form has no translations.")
        return texts.get(name, f"[itext:{name}]")

    def property(self, name: str) -> str:
        """Unknown here: it is the phone's."""
        return ""
