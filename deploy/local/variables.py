"""Which RIHLA_* variables a process is given: those that its settings know, and so no secret of another's."""

from collections.abc import Mapping

from services.runtime.settings import Section, ServiceSettings

PREFIX = "RIHLA_"


def known(environment: Mapping[str, str], settings: type[ServiceSettings]) -> dict[str, str]:
    """The part of the environment that these settings take: RIHLA_<SECTION>__<NAME>, or a section whole as JSON."""
    names = _names(settings)
    return {variable: value for variable, value in environment.items() if variable.upper() in names}


def _names(settings: type[ServiceSettings]) -> set[str]:
    found = set()
    for name, field in settings.model_fields.items():
        # A section whose name is taken in pydantic (`validate_`) carries an underscore that its variables do not.
        section = f"{PREFIX}{name.rstrip('_')}".upper()
        found.add(section)
        if isinstance(field.default, Section):
            found |= {f"{section}__{entry}".upper() for entry in type(field.default).model_fields}
    return found
