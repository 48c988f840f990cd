"""What breaks comparability, code by code. D1 nothing differs: nothing is said. D2 what does no harm is not said. D3
each code has a change that brings it about, and names place, before, after and version. D4 further changes take no
break away. D5 harmless changes together are harmless. D6 a table that aggregate would keep anew is always told of."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.survey.definition import (
    FieldDefinition,
    FieldType,
    IndicatorKind,
    Itemset,
    Privacy,
    PrivacyKind,
    SurveyDefinition,
    TableDefinition,
)
from schemas.survey.drift import breaking, drift
from schemas.survey.finding import Severity
from schemas.tables.layout import layouts
from tests.unit.schemas.survey.survey_changes import (
    BASE,
    KEEP,
    Change,
    choice,
    in_turn,
    places,
    with_,
    with_field,
    with_group,
    with_list,
    with_named,
    with_root,
    without_field,
)

STATUS = BASE.choice_lists["status"]
E, W, N = Severity.ERROR, Severity.WARNING, Severity.NOTE

CHANGES: dict[str, tuple[Change, str, Severity, tuple[str, ...]]] = {
    "removed": (without_field("age"), "SUR-101", E, ("age", "by_age")),
    "moved": (
        in_turn(with_field("age", path="person/age"), with_named("tables", "by_age", dimensions=["person/age"])),
        "SUR-102",
        E,
        ("age", "person/age", "by_age"),
    ),
    "type": (with_field("psu", type=FieldType.STRING), "SUR-103", E, ("psu", "int", "string")),
    "class": (
        with_field("age", privacy=Privacy(kind=PrivacyKind.BAND, argument="18,65")),
        "SUR-104",
        E,
        ("age", "band:15,65", "band:18,65"),
    ),
    "concept": (with_field("age", concept=None), "SUR-105", E, ("age", "AGE", "none")),
    "code_removed": (with_list("status", *STATUS[:2]), "SUR-106", E, ("status", "away")),
    "code_removed_far": (with_list("area", choice("u", "Urban")), "SUR-106", E, ("area", "r")),
    "recoded": (
        with_list("yes_no", choice("yes", "No"), BASE.choice_lists["yes_no"][1]),
        "SUR-107",
        E,
        ("consent", "yes was 'Yes'", "is 'No', which had the code no"),
    ),
    "label": (
        with_list("status", choice("back", "Returned for good"), *STATUS[1:]),
        "SUR-108",
        W,
        ("status", "'Came back'", "'Returned for good'"),
    ),
    "code_added": (
        with_list("area", *BASE.choice_lists["area"], choice("c", "Camp")),
        "SUR-109",
        N,
        ("area", "c added"),
    ),
    "code_added_to_universe": (with_list("status", *STATUS, choice("x", "X")), "SUR-109", W, ("status", "shares")),
    "list_to_file": (with_field("area", choices=None, external=True), "SUR-110", W, ("area", "a file")),
    "filter": (
        with_field("status", itemset=Itemset(nodeset="instance('status')/root/item[ok = 'u']")),
        "SUR-111",
        W,
        ("status", "ok=/data/area", "ok='u'"),
    ),
    "universe_of_group": (with_group("cost", relevant=None), "SUR-112", E, ("cost", "/data/status = 'back'", "empty")),
    "universe_of_question": (
        with_field("cost/visa", relevant="/data/area = 'r'"),
        "SUR-112",
        E,
        ("cost/visa", "/data/area = 'u'", "/data/area = 'r'"),
    ),
    "universe_of_dimension": (with_field("age", relevant="/data/area = 'u'"), "SUR-112", W, ("age", "empty")),
    "rows_of_repeat": (with_group("member", count="2"), "SUR-112", W, ("member", "its count was empty", "is 2")),
    "calculation": (with_field("cost/total", calculate="/data/cost/visa + 2"), "SUR-113", E, ("cost/total", "+ 1")),
    "calculation_far": (with_field("stratum", calculate="/data/country"), "SUR-113", E, ("stratum", "concat")),
    "wording": (
        with_field("age", labels={"English (en)": "Your mother's age?"}),
        "SUR-114",
        W,
        ("age", "'Your age?'", "mother"),
    ),
    "kind": (with_named("indicators", "cost", kind=IndicatorKind.TOTAL), "SUR-121", E, ("cost", "mean", "total")),
    "numerator": (
        with_named("indicators", "cost", numerator="/data/cost/total * 2"),
        "SUR-122",
        E,
        ("cost", "numerator", "* 2"),
    ),
    "denominator": (
        with_named("indicators", "ratio", denominator="/data/weight"),
        "SUR-122",
        E,
        ("ratio", "denominator", "/data/psu", "/data/weight"),
    ),
    "universe": (with_named("indicators", "cost", universe=None), "SUR-123", E, ("cost", "= 'back'", "everyone")),
    "unit": (with_named("indicators", "cost", unit="EUR"), "SUR-124", E, ("cost", "USD", "EUR")),
    "scale": (with_named("indicators", "cost", scale=0), "SUR-125", E, ("cost", "was 2", "is 0")),
    "largest": (with_named("indicators", "cost", largest=5), "SUR-125", E, ("cost", "largest", "is 5")),
    "series": (with_named("indicators", "ratio", series=None), "SUR-126", W, ("ratio", "X_1", "none")),
    "currency": (with_named("indicators", "cost", currency="area"), "SUR-127", E, ("cost", "was none", "is area")),
    "table_removed": (with_(tables=BASE.tables[1:]), "SUR-131", E, ("by_age",)),
    "dimension_removed": (
        with_named("tables", "by_area_status", dimensions=["area"]),
        "SUR-132",
        E,
        ("by_area_status", "status"),
    ),
    "dimension_added": (with_named("tables", "by_age", dimensions=["age", "area"]), "SUR-133", E, ("by_age", "area")),
    "unit_of_table": (with_named("tables", "by_age", unit="member"), "SUR-134", E, ("by_age", "submissions", "member")),
    "indicator_removed": (with_named("tables", "by_age", indicators=["n"]), "SUR-135", E, ("by_age", "cost")),
    "indicator_added": (
        with_named("tables", "by_age", indicators=["n", "cost", "ratio"]),
        "SUR-136",
        W,
        ("by_age", "ratio added"),
    ),
    "order_of_dimensions": (
        with_named("tables", "by_area_status", dimensions=["status", "area"]),
        "SUR-136",
        W,
        ("by_area_status", "another order"),
    ),
    "protection": (with_named("tables", "by_age", threshold=3), "SUR-137", N, ("by_age", "10", "3")),
    "weight": (with_field("weight", role=None), "SUR-141", E, ("weight",)),
    "stratum": (with_field("stratum", role=None), "SUR-142", E, ("stratum",)),
    "psu": (with_field("psu", role=None), "SUR-143", E, ("psu",)),
    "consent": (with_field("consent", role=None), "SUR-144", E, ("consent",)),
    "period": (with_field("wave", role=None), "SUR-145", E, ("wave",)),
    "country": (with_field("country", role=None), "SUR-146", E, ("country",)),
    "enumerator": (with_field("team", role=None), "SUR-147", N, ("team",)),
    "root": (with_root("visit"), "SUR-148", E, ("data", "visit")),
    "weight_scale": (with_(weight_scale=2), "SUR-149", E, ("6", "2")),
    "file": (with_(media=[places("1")]), "SUR-151", W, ("places.csv",)),
    "language": (with_(languages=["English (en)"]), "SUR-152", N, ("French (fr)",)),
}

HARMLESS: dict[str, Change] = {
    "question_without_use": with_field("remarks", labels={"English (en)": "More?"}, required="true()"),
    "question_removed_without_use": without_field("remarks"),
    "new_question": lambda survey: survey.model_copy(
        update={"fields": [*survey.fields, FieldDefinition(path="new", type=FieldType.INT)]}
    ),
    "new_table": lambda survey: survey.model_copy(
        update={"tables": [*survey.tables, TableDefinition(name="new", dimensions=["area"])]}
    ),
    "new_language": with_(languages=[*BASE.languages, "Arabic (ar)"]),
    "translation": with_field("age", labels={"English (en)": "Your age?", "French (fr)": "Quel âge avez-vous ?"}),
    "spelling": with_list("area", choice("u", "urban "), choice("r", "Rural.", "À la campagne")),
    "order_of_choices": with_list("status", *reversed(STATUS)),
    "blanks": with_named("indicators", "cost", universe=" /data/status='back' "),
    "blanks_in_relevant": with_group("cost", relevant="/data/status   =  'back'"),
    "constraint": with_field("age", constraint=". < 130", required="true()"),
    "title": with_(title="Visits", version="8"),
}


def test_d1_nothing_differs() -> None:
    assert drift(BASE, BASE) == []


@pytest.mark.parametrize("name", HARMLESS)
def test_d2_what_does_no_harm_is_not_said(name: str) -> None:
    assert drift(BASE, HARMLESS[name](BASE)) == []


@pytest.mark.parametrize("name", CHANGES)
def test_d3_each_code(name: str) -> None:
    change, code, severity, words = CHANGES[name]
    found = [finding for finding in drift(BASE, change(BASE)) if finding.code == code]
    assert len(found) == 1, drift(BASE, change(BASE))
    assert found[0].severity is severity
    assert all(word in found[0].message for word in (*words, "version 7" if code != "SUR-126" else "7"))


def test_d3_only_what_changed_is_said() -> None:
    for name, (change, code, _, _) in CHANGES.items():
        codes = [finding.code for finding in drift(BASE, change(BASE))]
        assert codes == [code], (name, codes)


def test_d3_what_is_gone_takes_its_tables_along() -> None:
    gone = BASE.model_copy(update={"fields": [f for f in BASE.fields if f.path != "age"], "tables": BASE.tables[1:]})
    assert [finding.code for finding in drift(BASE, gone)] == ["SUR-101", "SUR-131"]


def test_d3_a_moved_question_takes_its_formulas_along() -> None:
    moved = with_field("cost/total", path="money/total")(BASE)
    indicators = [
        each.model_copy(update={"numerator": each.numerator.replace("/data/cost/", "/data/money/")})
        if each.numerator
        else each
        for each in BASE.indicators
    ]
    [finding] = drift(BASE, moved.model_copy(update={"indicators": indicators}))
    assert finding.code == "SUR-102" and "money/total" in finding.message


def test_d3_a_default_table_is_named_after_its_question() -> None:
    def survey(path: str) -> SurveyDefinition:
        field = FieldDefinition(path=path, type=FieldType.SELECT_ONE, choices="area", privacy=KEEP)
        table = TableDefinition(name=path.replace("/", "."), dimensions=[path])
        return BASE.model_copy(update={"fields": [field], "tables": [table], "indicators": [], "groups": []})

    assert [finding.code for finding in drift(survey("home/area"), survey("place/area"))] == ["SUR-102"]


def parts_changed(one: SurveyDefinition, other: SurveyDefinition) -> set[tuple[str, str]]:
    before, after = parts(one), parts(other)
    return {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}


def parts(survey: SurveyDefinition) -> dict[tuple[str, str], object]:
    # A list that no field names any more cannot be compared, which is a warning of its own (SUR-110).
    named = {field.choices for field in survey.fields}
    found: dict[tuple[str, str], object] = {
        ("choices", name): each for name, each in survey.choice_lists.items() if name in named
    }
    found |= {("group", each.path): each for each in survey.groups}
    found |= {("field", each.path): each for each in survey.fields}
    found |= {("indicator", each.name): each for each in survey.indicators}
    found |= {("table", each.name): each for each in survey.tables}
    return found | {("form", name): getattr(survey, name) for name in ("root", "weight_scale", "languages", "media")}


@given(st.lists(st.sampled_from([*CHANGES]), unique=True, max_size=5))
@settings(max_examples=300, deadline=None)
def test_d4_further_changes_take_no_break_away(names: list[str]) -> None:
    """Each changes other parts than those before it, so that none puts right what another broke."""
    survey, broken = BASE, False
    touched: set[tuple[str, str]] = set()
    for name in names:
        change, _, severity, _ = CHANGES[name]
        touches = parts_changed(BASE, change(BASE))
        if touches & touched:
            continue
        survey = change(survey)
        touched |= touches
        broken = broken or severity is Severity.ERROR
        assert bool(breaking(drift(BASE, survey))) >= broken


@given(st.lists(st.sampled_from([*HARMLESS]), unique=True))
@settings(max_examples=100, deadline=None)
def test_d5_harmless_changes_together_are_harmless(names: list[str]) -> None:
    survey = BASE
    for name in names:
        try:
            survey = HARMLESS[name](survey)
        except AssertionError:
            continue  # what it changes is gone
    assert drift(BASE, survey) == []


@pytest.mark.parametrize("name", [*CHANGES, *HARMLESS])
def test_d6_a_table_that_starts_anew_is_told_of(name: str) -> None:
    new = CHANGES[name][0](BASE) if name in CHANGES else HARMLESS[name](BASE)
    before, after = ({table.id for table in layouts(survey)} for survey in (BASE, new))
    findings = drift(BASE, new)
    if not before <= after:
        assert breaking(findings) or "SUR-136" in [finding.code for finding in findings]
    elif name in HARMLESS:
        assert findings == []
