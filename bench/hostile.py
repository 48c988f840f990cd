"""Bodies that are made to hurt validate, for `make bench-validate`: as large as a record can be."""

import json

from schemas.survey.definition import FieldDefinition, FieldType, GroupDefinition, SurveyDefinition

BODY_BYTES = 8_000_000
ROWS = 100_000


def _filled(text: str, whole: str) -> str:
    return whole.format(text * ((BODY_BYTES - len(whole)) // len(text)))


def xml_bodies(root: str, question: str, repeat: str) -> dict[str, str]:
    """By name. `question` is a text question at the top of the form, `repeat` a repeat there."""
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    answer = f"<{root}><{question}>{{}}</{question}></{root}>"
    return {
        "billion_laughs": f'<!DOCTYPE d [<!ENTITY a0 "ha">{laughs}]><{root}>&a11;</{root}>',
        "large_text": _filled("x", answer),
        "large_blank": _filled(" ", answer),
        "many_rows": f"<{root}>{f'<{repeat}/>' * ROWS}</{root}>",
        "unknown_elements": _filled("<x/>", f"<{root}>{{}}</{root}>"),
        "comments": _filled("<!---->", answer),
        "references": _filled("&#65;", answer),
        "attributes": f"<{root} " + " ".join(f'a{n}=""' for n in range(ROWS)) + "/>",
        "deep": f"<{root}>" + "<a>" * ROWS + "</a>" * ROWS + f"</{root}>",
        "number": _filled("9", answer),
    }


def json_bodies(question: str, repeat: str) -> dict[str, str]:
    return {
        "json_deep": '{"answers":' + '{"a":' * ROWS + "1" + "}" * ROWS + "}",
        "json_rows": json.dumps({"answers": {repeat: [{}] * ROWS}}),
        "json_names": '{"answers":{' + ",".join(f'"k{n}":1' for n in range(4 * ROWS)) + "}}",
        "json_text": json.dumps({"answers": {question: "x" * (BODY_BYTES - 100)}}),
    }


def survey() -> SurveyDefinition:
    """The form that they are sent for."""
    return SurveyDefinition(
        survey="hostile",
        version="1",
        title="Hostile",
        root="data",
        xform="",
        groups=[GroupDefinition(path="member", repeat=True)],
        fields=[
            FieldDefinition(path="note", type=FieldType.STRING, constraint="string-length(.) < 100"),
            FieldDefinition(path="member/age", type=FieldType.INT),
        ],
    )
