"""Reads the live tables of a survey as integers, by aggregate's own description of them."""

from collections import Counter

from cli.table_figures import Figures, figures, one_way
from schemas.survey.definition import SurveyDefinition
from schemas.tables.layout import layouts
from services.aggregate.mongo_store import MongoStore
from services.runtime.settings import ServiceSettings


def read_figures(settings: ServiceSettings, survey: SurveyDefinition) -> Figures:
    """Every integer that the tables of a survey hold."""
    store = MongoStore(settings.mongodb)
    try:
        return figures(layouts(survey), store.live_pages(survey.survey), store.live_runs(survey.survey))
    finally:
        store.close()


def read_one_way(settings: ServiceSettings, survey: SurveyDefinition) -> dict[str, Counter[str]]:
    """The units by code of each one-way table, by the path of its dimension."""
    store = MongoStore(settings.mongodb)
    try:
        return one_way(layouts(survey), store.live_pages(survey.survey))
    finally:
        store.close()
