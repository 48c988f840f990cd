"""What a new version breaks in the statistics of a survey, compared with the version before it. Pure.

An error is a break: figures before and after cannot be compared, or Rihla cannot keep them in one table. Publication
refuses it unless it is forced. A warning may be one, which only the designer knows. What does no harm (order, hints,
translations, questions that feed no figure) is not mentioned.
"""

from schemas.survey.definition import Role, SurveyDefinition
from schemas.survey.drift_choices import drift_of_choices
from schemas.survey.drift_fields import drift_of_fields, drift_of_logic
from schemas.survey.drift_figures import drift_of_indicators, drift_of_rates, drift_of_tables
from schemas.survey.feeding import deciding, uses
from schemas.survey.finding import Finding, Severity, error, note, warning
from schemas.survey.moves import follow_moves, moves
from schemas.survey.wording import version_of

_ROLES = {
    Role.WEIGHT: (error, "SUR-141", "every figure is weighted otherwise"),
    Role.STRATUM: (error, "SUR-142", "standard errors are computed otherwise"),
    Role.PSU: (error, "SUR-143", "standard errors are computed otherwise"),
    Role.CONSENT: (error, "SUR-144", "other respondents are counted"),
    Role.PERIOD: (error, "SUR-145", "figures belong to other periods"),
    Role.COUNTRY: (error, "SUR-146", "figures belong to other countries"),
    Role.ENUMERATOR: (note, "SUR-147", "fieldwork is told apart otherwise"),
}


def drift(old: SurveyDefinition, new: SurveyDefinition) -> list[Finding]:
    """All findings, in the order of the definition's parts. `old` is the version published last."""
    used = uses(old)
    moved = moves(old, new, used)
    deciders = {moved.get(path, path): feeds for path, feeds in deciding(old, used).items()}
    followed = follow_moves(old, new, moved)
    return [
        *drift_of_fields(old, new, used, moved),
        *drift_of_choices(followed, new, deciders),
        *drift_of_logic(followed, new, deciders),
        *drift_of_indicators(followed, new),
        *drift_of_rates(followed, new),
        *drift_of_tables(followed, new),
        *_roles(followed, new),
        *_form(old, new),
    ]


def breaking(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity is Severity.ERROR]


def _roles(old: SurveyDefinition, new: SurveyDefinition) -> list[Finding]:
    findings = []
    for role, (severity, code, effect) in _ROLES.items():
        before, after = old.with_role(role), new.with_role(role)
        one, other = before.path if before else "", after.path if after else ""
        if one == other:
            continue
        if one and other:
            what = f"the role {role.value} went from {one} to {other}"
            remedy = f"Give it back to {one}"
        elif one:
            what, remedy = f"no field has the role {role.value} any more, {one} had it", f"Give it back to {one}"
        else:
            what, remedy = f"{other} has the role {role.value}, which no field had", "Take the role away"
        findings.append(
            severity(code, f"Roles: {what}; {effect} than in {version_of(old)}. {remedy}, or start a new series.")
        )
    return findings


def _form(old: SurveyDefinition, new: SurveyDefinition) -> list[Finding]:
    findings = []
    if old.root != new.root:
        findings.append(
            error(
                "SUR-148",
                f"Form: its root element was {old.root} in {version_of(old)} and is {new.root}; every table starts "
                f"anew. Name it {old.root} (in the sheet settings, column name).",
            )
        )
    if old.weight_scale != new.weight_scale:
        findings.append(
            error(
                "SUR-149",
                f"Form: weights are kept to {new.weight_scale} decimal places, in {version_of(old)} to "
                f"{old.weight_scale}; every table starts anew.",
            )
        )
    files = {media.name: media.sha256 for media in new.media}
    for media in old.media:
        if media.name in files and files[media.name] != media.sha256:
            findings.append(
                warning(
                    "SUR-151",
                    f"Media: {media.name} is another file than in {version_of(old)}. Codes and values that the form "
                    "looks up in it are not compared here: see to it that they mean the same.",
                )
            )
    gone = [language for language in old.languages if language not in new.languages]
    if gone and new.languages:
        findings.append(
            note(
                "SUR-152",
                f"Languages: {', '.join(gone)} went since {version_of(old)}. Who was asked in it is asked "
                "otherwise, or not at all.",
            )
        )
    if new.retention_days > old.retention_days:
        findings.append(
            warning(
                "SUR-153",
                f"Retention: {new.retention_days} days after the closing, {old.retention_days} in {version_of(old)}. "
                "It holds for all who answered, also for those who were told the shorter time.",
            )
        )
    return findings
