"""What is wrong with the answers of an invalid submission."""

from enum import StrEnum

from cli.fieldwork.questionnaire import Answers, Tree


class Fault(StrEnum):
    CONSTRAINT = "constraint"
    MISSING = "missing"
    CODE = "code"
    TYPE = "type"
    ROW = "row"  # one more member of the household, who is 130 years old
    UNKNOWN = "unknown"  # a question that the form does not have


_NAMED: Tree = {"name": "Methuselah", "sex": "M", "age": 130, "relation": "relative", "education": "E0"}


def spoil(answers: Answers, fault: Fault) -> None:
    """Spoils one answer of somebody who takes part."""
    profile = answers["profile"]
    assert isinstance(profile, dict)
    match fault:
        case Fault.CONSTRAINT:
            profile["age"] = 12
        case Fault.MISSING:
            profile["sex"] = None
        case Fault.CODE:
            profile["education"] = "E9"
        case Fault.TYPE:
            profile["age"] = "forty"
        case Fault.ROW:
            members = answers.get("member", ())
            assert isinstance(members, tuple)
            answers["member"] = (*members, {**_NAMED, "presence": "here"})
        case Fault.UNKNOWN:
            profile["nickname"] = profile["name"]
