"""New keys in the place of old ones, and what that means for what is there."""

import typer

from cli.key_folder import Keys
from cli.survey_publishing import survey_catalogue
from deploy.local.failure import Failure
from schemas.survey.definition import PrivacyKind, Role, SurveyDefinition
from services.runtime import survey_keys
from services.runtime.keys import new_sealing_key
from services.runtime.sealing_keys import NEEDED_AFTER

_SPLIT = (Role.STRATUM, Role.PSU, Role.ENUMERATOR)
"""Roles whose values are told apart by their text."""


def rotate_sealing(here: Keys) -> None:
    if not list(here.folder.glob("sealing-*.key")):
        raise Failure(f"There is no sealing key in {here.folder} to rotate: `rihla keys init` makes the first.")
    key_id = new_sealing_key(here.folder)
    typer.echo(
        f"The sealing key is now {key_id}. Ingest takes it within five seconds of finding it in its folder, validate "
        f"at the first record that names it. The old one stays at least {NEEDED_AFTER.days} days, for what it has "
        "sealed; then: rihla keys rotate sealing --prune\nMake a new backup: rihla keys backup FILE"
    )


def rotate_pseudonyms(here: Keys, survey: str, force: bool) -> None:
    if not survey:
        raise Failure("Whose? rihla keys rotate pseudonyms --survey NAME")
    definition = survey_catalogue(here.cluster().kafka).latest(survey)
    if definition is None:
        raise Failure(f"There is no survey {survey}: see `rihla survey list`.")
    split = splits(definition)
    if split and not force:
        raise Failure(
            f"The figures of {survey} tell pseudonyms apart ({', '.join(split)}), and from now on the same unit would "
            "have another: it would be counted as two. With --force it is done all the same."
        )
    number = survey_keys.rotate_pseudonyms(here.folder, survey)
    typer.echo(
        f"New pseudonyms of {survey} begin with p{number}: within a second, and cannot be linked to earlier ones but "
        "by whoever has the keys. What is counted stays: edits and repetitions are recognised as before. Erasing a "
        "respondent finds all versions.\nMake a new backup: rihla keys backup FILE"
    )


def splits(definition: SurveyDefinition) -> list[str]:
    """The pseudonyms that figures stand on, by path: units of the sample and of the progress of fieldwork."""
    return [
        field.path
        for field in definition.fields
        if field.privacy.kind is PrivacyKind.PSEUDONYM
        and (field.role in _SPLIT or any(field.path in table.dimensions for table in definition.tables))
    ]


def refuse_open_survey(here: Keys, survey: str) -> None:
    """Raises `Failure` unless the survey is closed, or was never published."""
    catalogue = survey_catalogue(here.cluster().kafka)
    if catalogue.latest(survey) is not None and survey not in catalogue.closed:
        raise Failure(
            f"{survey} is open: what phones still send would be rejected and not kept. Close it first (rihla survey "
            f"close {survey}) and wait for its last release; or add --even-if-open."
        )
