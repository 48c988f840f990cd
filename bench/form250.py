"""A form with 250 questions and a submission that fits it, for `make bench-validate`.

Ten modules of 25 questions as household surveys have them: choices with a list, numbers with bounds, questions that are
asked only after certain answers, required ones, multiple choices, dates and calculates.
"""

from collections.abc import Iterator
from pathlib import Path

from schemas.survey.compile import compile_survey
from schemas.survey.definition import SurveyDefinition

MODULES = 10
CODES = ("a", "b", "c", "d", "e", "f")
_SURVEY_COLUMNS = ("type", "name", "label", "relevant", "constraint", "required", "calculation", "bind::rihla:privacy")

Row = tuple[str, str, str, str, str, str]
"""Type, name, relevant, constraint, required, calculation."""


def _module(number: int) -> Iterator[tuple[Row, str]]:
    """The rows of a module with the answers to them."""
    m = f"m{number}"
    open_ = f"${{{m}_open}} = 'yes'"
    yield ("select_one yes_no", f"{m}_open", "", "", "yes", ""), "yes"
    for place in range(1, 7):
        yield ("select_one codes", f"{m}_choice{place}", open_, "", "yes", ""), CODES[place - 1]
    for place in range(1, 5):
        yield ("integer", f"{m}_count{place}", open_, ". >= 0 and . <= 120", "yes", ""), str(10 * place)
    for place in range(1, 4):
        asked = f"${{{m}_choice{place}}} = 'a' or ${{{m}_choice{place}}} = 'b' or ${{{m}_choice{place}}} = 'c'"
        yield ("decimal", f"{m}_amount{place}", asked, ". > 0", "", ""), f"{place}250.50"
    yield ("select_multiple codes", f"{m}_several1", open_, "count-selected(.) <= 4", "yes", ""), "a c d"
    yield ("select_multiple codes", f"{m}_several2", f"selected(${{{m}_several1}}, 'a')", "", "", ""), "b e"
    yield ("text", f"{m}_other", f"selected(${{{m}_several1}}, 'f')", "", "yes", ""), ""
    yield ("text", f"{m}_note", "", "string-length(.) < 200", "", ""), "as the respondent said it"
    yield ("date", f"{m}_day", open_, ". <= today()", "", ""), "2024-06-15"
    yield ("select_one yes_no", f"{m}_more", open_, "", "", ""), "no"
    yield ("integer", f"{m}_more1", f"${{{m}_more}} = 'yes'", ". > 0", "yes", ""), ""
    yield ("select_one codes", f"{m}_more2", f"${{{m}_more}} = 'yes'", "", "yes", ""), ""
    total = " + ".join(f"coalesce(${{{m}_amount{place}}}, 0)" for place in range(1, 4))
    yield ("calculate", f"{m}_total", "", "", "", total), str(sum((1250.5, 2250.5, 3250.5)))
    yield ("calculate", f"{m}_high", "", "", "", f"if(${{{m}_total}} > 5000, 'high', 'low')"), "high"
    yield ("integer", f"{m}_rest", open_, f". <= ${{{m}_total}}", "", ""), "12"


def _sheet(name: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [f"| {name} |"]
    lines += ["| | " + " | ".join(row) + " |" for row in (columns, *rows)]
    return "\n".join(lines)


def workbook() -> str:
    """The form as an XLSForm in markdown."""
    rows: list[tuple[str, ...]] = [("start", "start", "", "", "", "", "", ""), ("end", "end", "", "", "", "", "", "")]
    for number in range(MODULES):
        rows.append(("begin_group", f"m{number}", f"Module {number}", "", "", "", "", ""))
        for (kind, name, relevant, constraint, required, calculation), _ in _module(number):
            privacy = "drop" if kind in ("text", "date") else "round:100" if kind == "decimal" else "keep"
            rows.append((kind, name, f"Question {name}", relevant, constraint, required, calculation, privacy))
        rows.append(("end_group", "", "", "", "", "", "", ""))
    choices = [("yes_no", code, code) for code in ("yes", "no")] + [("codes", code, f"Choice {code}") for code in CODES]
    settings = [("form250", "1", "Form of 250 questions", 'rihla="https://rihla.example/ns"')]
    return "\n".join(
        [
            _sheet("survey", _SURVEY_COLUMNS, rows),
            _sheet("choices", ("list_name", "name", "label"), list(choices)),
            _sheet("settings", ("form_id", "version", "form_title", "namespaces"), list(settings)),
        ]
    )


def definition(folder: Path) -> SurveyDefinition:
    """`folder` takes the workbook."""
    path = folder / "form250.md"
    path.write_text(workbook(), encoding="utf-8")
    compiled = compile_survey(path)
    if compiled.definition is None or compiled.errors:
        raise RuntimeError(f"the form of the benchmark is broken: {compiled.errors}")
    return compiled.definition


def submission() -> bytes:
    """Complete, as Collect sends it: without what is irrelevant."""
    modules = []
    for number in range(MODULES):
        fields = "".join(f"<{row[1]}>{answer}</{row[1]}>" for row, answer in _module(number) if answer)
        modules.append(f"<m{number}>{fields}</m{number}>")
    return (
        '<data xmlns:orx="http://openrosa.org/xforms" id="form250" version="1">'
        "<start>2024-07-01T09:00:00.000+03:00</start><end>2024-07-01T09:50:00.000+03:00</end>"
        f"{''.join(modules)}<orx:meta><orx:instanceID>uuid:00000000-0000-4000-8000-000000000000</orx:instanceID>"
        "</orx:meta></data>"
    ).encode()
