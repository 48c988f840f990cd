"""REL answers: of which questions a dimension tells. RA1 paths as forms write them. RA2 what cannot be read to its end
tells of all."""

import pytest

from schemas.survey.definition import FieldDefinition, FieldType, GroupDefinition, SurveyDefinition, TableDefinition
from services.release.answers import answers
from services.release.live_table import LiveTable
from services.release.policy import Policy, treatments


def survey(**calculated: str) -> SurveyDefinition:
    """Members with their age in one group, and in another what is calculated."""
    fields = [
        FieldDefinition(path="member/ga/age", type=FieldType.INT),
        FieldDefinition(path="member/ga/work", type=FieldType.STRING),
        *(
            FieldDefinition(path=f"member/gb/{name}", type=FieldType.STRING, asked=False, calculate=text)
            for name, text in calculated.items()
        ),
    ]
    paths = ("member/ga", "member/gb")
    groups = [GroupDefinition(path="member", repeat=True), *(GroupDefinition(path=path) for path in paths)]
    return SurveyDefinition(
        survey="s", version="1", title="t", root="data", xform="", groups=groups, fields=fields, tables=[]
    )


def told(definition: SurveyDefinition, *names: str) -> dict[str, tuple[str, ...]]:
    found = answers(definition, TableDefinition(name="t", unit="member", dimensions=[f"member/gb/{n}" for n in names]))
    return {path.rpartition("/")[2]: paths for path, paths in found.items()}


@pytest.mark.parametrize(
    "text", ["if( ../../ga/age  < 15, 'y', 'o')", "/data/member/ga/age", "../x", "current()/../../ga/age", "once(../x)"]
)
def test_ra1_paths_of_nested_groups_are_traced(text: str) -> None:
    definition = survey(x="round( ../../ga/age , 0)", young=text)
    assert told(definition, "young") == {"young": ("member/ga/age",)}


def test_ra1_the_rows_of_a_repeat_are_an_answer_of_their_own() -> None:
    definition = survey(size="count(/data/member)", workers="count(/data/member[./ga/work = 'yes'])", all="1 + 1")
    found = told(definition, "size", "workers", "all")
    assert found["size"] == ("member",) and "member/ga/work" in found["workers"] and found["all"] == ("member/gb/all",)


@pytest.mark.parametrize("text", ["if(../../ga/age <", "../../elsewhere/age", "/data/member/ga/nothing + 1"])
def test_ra2_what_cannot_be_read_tells_of_every_answer(text: str) -> None:
    assert {"member/ga/age", "member/ga/work"} <= set(told(survey(bad=text), "bad")["bad"])


def test_ra2_a_group_tells_of_what_is_in_it() -> None:
    assert {"member/ga/age", "member/ga/work"} <= set(told(survey(all="concat(../../ga, '')"), "all")["all"])


def test_ra1_two_recodes_of_one_answer_are_not_published_by_suppression() -> None:
    definition = survey(a15="if( ../../ga/age  < 15, 'y', 'o')", a18="if( ../../ga/age  < 18, 'y', 'o')")
    told_of = answers(
        definition, TableDefinition(name="t", unit="member", dimensions=["member/gb/a15", "member/gb/a18"])
    )
    tables = [
        LiveTable(path, "member", (path,), (("y", "o"),), {}, answers={path: paths}, mode="suppress")
        for path, paths in told_of.items()
    ]
    treated = treatments(tables, Policy(), closing=True)
    assert isinstance(treated, dict) and treated["member"].mode == "round"
