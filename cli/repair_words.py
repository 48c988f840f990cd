"""What `rihla repair` says of a partition."""

from collections.abc import Iterable, Sequence

from cli.repair_plan import Diagnosis, Facts, Span


def lines(facts: Facts, found: Diagnosis) -> list[str]:
    """What is wrong, and with what it is mended; empty where nothing is."""
    mark = facts.mark
    said = []
    if found.hopeless:
        return [found.hopeless + "."]
    if found.adopt:
        said.append(
            "`responses` is not the topic that was read up to "
            f"{mark.responses_next}: it was made anew, or lost its end."
        )
    elif found.follow is not None:
        said.append(
            f"offsets {mark.responses_next} to {facts.responses.first - 1} of `responses` are gone before they were "
            "counted."
        )
    if found.lost:
        said.append(
            f"lost: offsets {text(found.lost)} of `submissions` ({found.lost_records} records) are in no topic any "
            "more and were not counted."
        )
    if found.write is not None and not found.lost:
        said.append(f"outcomes of offsets {text([found.write])} were passed over, and have to be written again.")
    if found.rewind is not None and found.write is None:
        said.append(f"validate has to judge `submissions` again from offset {found.rewind} on.")
    if found.command:
        remedy = f"accept --lost {found.lost_records}" if found.command == "accept" else found.command
        said.append(f"mended by: rihla repair {remedy}")
    return said


def text(spans: Iterable[Span]) -> str:
    return ", ".join(str(first) if end == first + 1 else f"{first} to {end - 1}" for first, end in spans)


def total_lost(found: Sequence[Diagnosis]) -> int:
    return sum(diagnosis.lost_records for diagnosis in found)
