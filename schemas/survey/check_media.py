"""Findings about the files that come with a form."""

from collections.abc import Iterable, Iterator, Mapping

from schemas.survey.attached import is_data
from schemas.survey.finding import Finding, error, warning
from schemas.survey.places import Places
from schemas.survey.secondary import read_instances

_WHERE = "Put it into the folder media beside the form, or name its folder with --media."


def check_media(xform: str, files: Mapping[str, bytes], missing: Iterable[str], places: Places) -> Iterator[Finding]:
    """`missing` are named by the form and not in `files`. A form is not published without those that rules read."""
    for name in missing:
        place = places.mention(name) or places.mention(name.rpartition(".")[0]) or "files"
        if is_data(name):
            said = f"the file {name} did not come with the form, which cannot be published without it. {_WHERE}"
            yield warning("SUR-062", said, place=place)
        else:
            yield warning(
                "SUR-063",
                f"the file {name} did not come with the form, and phones show nothing there. {_WHERE}",
                place=place,
            )
    for name, why in read_instances(xform, files).absent.items():
        if "cannot be read" in why:
            yield error("SUR-064", f"{why}.", place=places.mention(name) or "files")
