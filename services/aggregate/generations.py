"""How the generations of a survey's tables come, grow complete and go: transitions of `Generations`. Pure.

registered   versions that were published are known; their tables are figures at once, or wanted
begun        what is wanted is being filled; `fenced` once every batch that did not know of it is over
done         the slots of a partition are filled; after the last one the filling generations are the current ones
dropped      the cells of a generation before are gone from the shards of a partition
abandoned    the survey ended: nothing is filled any more
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from schemas.survey.definition import SurveyDefinition
from schemas.tables.applicable import applicable
from schemas.tables.generation_ids import cells_id
from schemas.tables.generations import Drop, Fill, Generation, Generations, TableState
from schemas.tables.layout import layouts

Counting = Mapping[str, Sequence[str]]
"""Table -> the versions whose responses count in it, in the order of their publication."""


def counting(versions: Iterable[SurveyDefinition]) -> Counting:
    """`versions` of one survey. A table counts the responses of each version that has it, and of each older one on
    which it can be computed exactly."""
    ordered = sorted(versions, key=lambda one: one.edition)
    found: dict[str, set[str]] = {}
    for place, newer in enumerate(ordered):
        for layout in layouts(newer):
            found.setdefault(layout.id, set()).add(newer.version)
        for older in ordered[:place]:
            for layout in applicable(older, newer).layouts:
                found[layout.id].add(older.version)
    return {table: tuple(one.version for one in ordered if one.version in names) for table, names in found.items()}


def own_tables(versions: Iterable[SurveyDefinition]) -> Counting:
    """Table -> the versions that define it."""
    found: dict[str, list[str]] = {}
    for version in sorted(versions, key=lambda one: one.edition):
        for layout in layouts(version):
            found.setdefault(layout.id, []).append(version.version)
    return found


def registered(
    before: Generations | None, survey: str, versions: Sequence[SurveyDefinition], has_cells: bool
) -> Generations:
    """`versions` are those that are published. `has_cells`: something has been counted, by a release that knew of no
    generations if `before` is None."""
    counts = counting(versions)
    if before is None:
        own = own_tables(versions)
        tables = {}
        for table, names in counts.items():
            # An older release counted in a table the responses of those versions that define it.
            counted = tuple(own[table]) if has_cells else tuple(names)
            tables[table] = TableState(1, Generation(1, counted), wanted=counted != tuple(names))
        return Generations(survey, 1, tuple(one.version for one in versions), tables)
    known = set(before.versions)
    fresh = [one.version for one in versions if one.version not in known]
    if not fresh:
        return before
    tables = dict(before.tables)
    for table, names in counts.items():
        tables[table] = _grown(tables.get(table), names, known, fresh)
    return replace(before, epoch=before.epoch + 1, versions=(*before.versions, *fresh), tables=tables)


def _grown(state: TableState | None, names: Sequence[str], known: Collection[str], fresh: Sequence[str]) -> TableState:
    """A version counts from its first response on in what there is. One that is known may have been counted without
    this table, so for it the table has to be filled."""
    if state is None:
        if any(name in known for name in names):
            return TableState(0, wanted=True)
        return TableState(1, Generation(1, tuple(names)))

    def grown(one: Generation | None) -> Generation | None:
        more = [name for name in names if one is not None and name in fresh and name not in one.versions]
        return one if one is None or not more else replace(one, versions=(*one.versions, *more))

    counted = {name for one in state.generations for name in one.versions}
    lacking = any(name in known and name not in counted for name in names)
    wanted = state.wanted or (bool(state.generations) and lacking)
    return replace(state, current=grown(state.current), filling=grown(state.filling), wanted=wanted)


def asked(before: Generations, tables: Collection[str], at_ms: int) -> Generations:
    """Somebody wants these tables to be made anew; all, if none is named. One that is being filled already is filled
    once more."""
    chosen = set(tables) & before.tables.keys() if tables else before.tables.keys()
    states = {
        table: replace(state, wanted=True) if table in chosen else state for table, state in before.tables.items()
    }
    return replace(before, tables=states, rebuilt_ms=at_ms)


def begun(
    before: Generations, versions: Iterable[SurveyDefinition], partitions: Iterable[int], now_ms: int
) -> Generations:
    """Begins to fill what is wanted. Not while something is filled or dropped. `versions` must be those that are
    registered. A version that counts in a table goes on counting in it: a judging revision can make its fields look
    otherwise, and what it counted would then be gone from the figures without a word."""
    there = [one for one in versions if one.version in before.versions]
    counts = counting(there)
    tables = dict(before.tables)
    for table, state in before.tables.items():
        if state.wanted and table in counts:
            number = state.last + 1
            until_now = state.current.versions if state.current is not None else ()
            names = {*counts[table], *until_now}
            counted = tuple(one.version for one in sorted(there, key=lambda one: one.edition) if one.version in names)
            tables[table] = replace(state, last=number, filling=Generation(number, counted), wanted=False)
        elif state.wanted:
            # No version that is published has it any more.
            tables[table] = replace(state, wanted=False)
    if not any(state.filling for state in tables.values()):
        return replace(before, tables=tables)
    number = before.epoch + 1
    return replace(before, epoch=number, tables=tables, fill=Fill(number, now_ms, tuple(sorted(partitions))))


def fenced(before: Generations, partitions: Collection[int]) -> Generations:
    """What a batch must know is unchanged. `partitions` are all that there are since the fence: some may have been
    added since the fill began, and batches of theirs may have counted in what is to be filled or dropped."""
    fill, drop = before.fill, before.drop
    if fill is not None and not fill.fenced:
        fill = replace(fill, fenced=True, partitions=tuple(sorted({*fill.partitions, *partitions})))
    if drop is not None and not drop.fenced:
        drop = replace(drop, fenced=True, partitions=tuple(sorted({*drop.partitions, *partitions})))
    return replace(before, fill=fill, drop=drop)


def done(before: Generations, partitions: Collection[int]) -> Generations:
    """The slots of these partitions are filled. After the last one: the filling generations are current, and what they
    replace is to be dropped."""
    fill = before.fill
    assert fill is not None
    fill = replace(fill, done=tuple(sorted({*fill.done, *partitions})))
    if not set(fill.partitions) <= set(fill.done):
        return replace(before, fill=fill)
    dropped = [
        cells_id(table, state.current.number)
        for table, state in before.tables.items()
        if state.filling is not None and state.current is not None
    ]
    tables = {
        table: state if state.filling is None else replace(state, current=state.filling, filling=None)
        for table, state in before.tables.items()
    }
    return replace(
        before,
        epoch=before.epoch + 1,
        tables=tables,
        fill=None,
        drop=Drop(tuple(dropped), fill.partitions) if dropped else None,
        filled=(*before.filled, (fill.number, before.filling)),
    )


def abandoned(before: Generations) -> Generations:
    """A survey that ended: what was being filled is never shown, and its cells are dropped."""
    left = before.filling
    tables = {table: replace(state, filling=None, wanted=False) for table, state in before.tables.items()}
    drop = before.drop
    if left and before.fill is not None:
        ids = (*(() if drop is None else drop.ids), *left)
        drop = Drop(ids, before.fill.partitions)
    return replace(before, epoch=before.epoch + 1, tables=tables, fill=None, drop=drop)


def dropped(before: Generations, partitions: Collection[int]) -> Generations:
    """The shards of these partitions hold nothing any more of what is to be dropped."""
    drop = before.drop
    assert drop is not None
    left = tuple(one for one in drop.partitions if one not in partitions)
    return replace(before, drop=replace(drop, partitions=left) if left else None)


def spent(before: Generations) -> list[int]:
    """Fills of which nothing counts any more: their leaves are to be deleted."""
    return [number for number, ids in before.filled if not before.alive.intersection(ids)]


def without_fill(before: Generations, number: int) -> Generations:
    """The leaves of a fill are deleted. No batch looked into them any more, but it may still name them: a new epoch."""
    kept = tuple(one for one in before.filled if one[0] != number)
    return replace(before, epoch=before.epoch + 1, filled=kept)
