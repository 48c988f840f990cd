"""The database of the model: contents by number, and the real transaction of the memory store on one of them.

A content is what is committed; it never changes, and the same content has the same number, so that states are small
and the work of a batch on a content is done once. Two things are made simpler: the revision of a page is a number of
what is in it (the real one rises, which makes a worker read a page again where the model sees that it is the same),
and the log of erasures, which no decision of the model reads, is left out.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from schemas.tables.cells import Page
from services.aggregate.memory_store import Key, MemoryDatabase, MemoryTransaction
from services.aggregate.slots import Slot
from services.aggregate.store import Exists, Stale
from services.aggregate.watermark import Fenced, Watermark
from tests.model.rules import Rules

Writes = tuple[tuple[Key, int | None], ...]
"""Document -> number of its new value, None where it is deleted."""
Content = Mapping[Key, int]
NOT_KEPT = frozenset({"erasures"})


class Contents:
    """Numbers for values of documents and for contents."""

    def __init__(self) -> None:
        self._value_numbers: dict[str, int] = {}
        self.values: list[Any] = []
        self._content_numbers: dict[frozenset[tuple[Key, int]], int] = {}
        self.contents: list[Content] = []
        self._applied: dict[tuple[int, Writes], int] = {}

    def value_number(self, value: Any) -> int:
        text = repr(value)
        if text not in self._value_numbers:
            self._value_numbers[text] = len(self.values)
            self.values.append(value)
        return self._value_numbers[text]

    def number(self, content: Content) -> int:
        key = frozenset(content.items())
        if key not in self._content_numbers:
            self._content_numbers[key] = len(self.contents)
            self.contents.append(dict(content))
        return self._content_numbers[key]

    def apply(self, number: int, writes: Writes) -> int:
        key = (number, writes)
        if key not in self._applied:
            content = dict(self.contents[number])
            for document, value in writes:
                if value is None:
                    content.pop(document, None)
                else:
                    content[document] = value
            self._applied[key] = self.number(content)
        return self._applied[key]

    def documents(self, number: int) -> dict[Key, Any]:
        return {key: self.values[value] for key, value in self.contents[number].items()}

    def writes(self, found: Mapping[Key, Any]) -> Writes:
        kept = ((key, value) for key, value in sorted(found.items(), key=repr) if key[0] not in NOT_KEPT)
        return tuple((key, None if value is None else self.value_number(self.plain(value))) for key, value in kept)

    def plain(self, value: Any) -> Any:
        if not isinstance(value, Page):
            return value
        same = replace(value, revision=0)
        return replace(value, revision=self.value_number(("page", same)))


class RuledTransaction(MemoryTransaction):
    """The memory store's transaction, which keeps the contract of the database's, under the rules of the model."""

    def __init__(
        self, documents: dict[Key, Any], owners: Sequence[int], session: int, rules: Rules, own: Collection[str]
    ) -> None:
        database = MemoryDatabase()
        database.documents = documents
        database.owners = dict(enumerate(owners))
        super().__init__(database, session)
        self._rules = rules
        self._own = frozenset(own)
        self.swapped: list[tuple[Watermark, Watermark]] = []

    @property
    def written(self) -> Mapping[Key, Any]:
        return self._writes

    def swap(self, watermarks: Sequence[tuple[Watermark, Watermark]], visited: Collection[int] = ()) -> None:
        """`visited` is left out: it saves work and nothing else, and without it more can meet."""
        news = any(before.submissions_next != after.submissions_next for before, after in watermarks)
        compared = news or self._rules.compare_when_nothing_is_new
        for before, after in watermarks:
            key = ("watermarks", before.partition)
            if compared and self._rules.compare_values and self._get(key) != before:
                raise Fenced("another value")
            if compared and self._rules.compare_owner and self._owners.get(before.partition) != self._owner:
                raise Fenced("another owner")
            self._writes[key] = after
            self.swapped.append((before, after))

    def slots(self, instances: Iterable[str]) -> Mapping[str, Slot]:
        wanted = set(instances)
        found = dict(super().slots(wanted))
        for (collection, id_), note in self._snapshot.items():
            if collection == "notes" and id_[0] in wanted:
                found.setdefault(id_[0], note)
        return found

    def write_slots(self, created: Collection[Slot], changed: Collection[Slot]) -> None:
        notes = [slot for slot in created if slot.state in self._rules.notes and slot.instance not in self._own]
        for slot in notes:
            self._writes["notes", (slot.instance, "".join(sorted(self._own)))] = slot
        slots = [slot for slot in created if slot not in notes]
        if not self._rules.refuse_existing:
            self._writes.update({("slots", slot.instance): slot for slot in slots})
            slots = []
        if any(self._get(("slots", slot.instance)) is not None for slot in slots):
            raise Exists
        super().write_slots(slots, changed)

    def replace_pages(self, before: Collection[Page], after: Collection[Page]) -> None:
        for page in before:
            stored = self._get(("cells", page.id))
            if self._rules.compare_revisions and (stored is None or stored.revision != page.revision):
                raise Stale(page.id)
            self._writes["cells", page.id] = None
        for page in after:
            self._writes["cells", page.id] = page
