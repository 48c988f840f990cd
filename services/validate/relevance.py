"""Which nodes of a row are relevant, and what that does to its answers.

As in JavaRosa 5.1 each node has a switch of its own, and is relevant if it and all around it are on. A node that is
missing while the group around it is there is off (6), until its relevance says otherwise (7); then it holds what the
blank form holds in its place. A node in a missing group is on, for what is missing is the group (8).
"""

from schemas.expressions import Value
from services.validate.homes import Home, Homes
from services.validate.readers import read_codes
from services.validate.row import Row


class Relevance:
    """Switches nodes of one form on and off."""

    def __init__(self, homes: Homes) -> None:
        self._homes = homes.by_path

    def off(self, row: Row, path: str) -> None:
        """`path` is a field or group of the row, or the path of its home for the row as a whole."""
        row.off.add(path)
        if row.on:
            row.on -= {path}
        if path == row.repeat:
            self._settle_row(row)
        elif path not in row.absent:
            self._irrelevant(row, path, self._homes[row.repeat])

    def on(self, row: Row, path: str) -> None:
        row.off.discard(path)
        row.on |= {path}
        if path == row.repeat:
            self._settle_row(row)
            return
        home = self._homes[row.repeat]
        self._settle(row, path, home)
        inside = home.inside.get(path)
        if inside is not None:
            for below in inside.paths:
                self._settle(row, below, home)
            self._settle_rows(row, inside.repeats)

    def start(self, row: Row) -> None:
        """Settles what the form says once and for all, and whether the row itself is relevant."""
        for path in self._homes[row.repeat].never:
            self.off(row, path)
        if row.parent is not None and not self._is_around(row):
            self._settle_row(row)

    def is_on(self, row: Row, path: str, home: Home) -> bool:
        """Whether a node is relevant by all the switches from it up to its row, and the row too."""
        if not row.relevant:
            return False
        while path != home.path:
            if path in row.off or not (path in row.on or _is_there(row, path, home)):
                return False
            path = home.around[path]
        return True

    def _irrelevant(self, row: Row, path: str, home: Home) -> None:
        row.absent.add(path)
        inside = home.inside.get(path)
        if inside is None:
            row.answers.pop(path, None)
            return
        row.absent |= inside.paths
        for field in inside.fields:
            row.answers.pop(field, None)
        self._settle_rows(row, inside.repeats)

    def _settle(self, row: Row, path: str, home: Home) -> None:
        if not self.is_on(row, path, home):
            row.absent.add(path)
            row.answers.pop(path, None)
        elif path in row.absent:
            row.absent.discard(path)
            if path in home.order:
                restore(row, path, home)

    def _settle_rows(self, row: Row, repeats: list[str]) -> None:
        for repeat in repeats:
            for below in row.repeats.get(repeat, ()):
                self._settle_row(below)

    def _settle_row(self, row: Row) -> None:
        home = self._homes[row.repeat]
        row.relevant = row.repeat not in row.off and self._is_around(row)
        if row.relevant:
            for path in home.paths:
                self._settle(row, path, home)
        else:
            row.absent = set(home.paths)
            row.answers.clear()
        self._settle_rows(row, home.repeats)

    def _is_around(self, row: Row) -> bool:
        parent = row.parent
        if parent is None:
            return True
        home = self._homes[parent.repeat]
        return self.is_on(parent, home.around[row.repeat], home)


def _is_there(row: Row, path: str, home: Home) -> bool:
    """The switch of a node that no relevance has touched."""
    if row.made or path in row.values or path in row.groups:
        return True
    around = home.around[path]
    return around != home.path and around not in row.groups


def restore(row: Row, path: str, home: Home) -> None:
    """Puts the value of a field back into the answers: computed, as sent, or that of the blank form."""
    value = row.results.get(path)
    if value is None:
        text = row.values.get(path)
        if text is None:
            text = home.defaults.get(path, "")
        value = read(row, path, text, home) if text else ""
    if value == "" and path not in row.blank:
        row.answers.pop(path, None)
    else:
        row.answers[path] = value


def read(row: Row, path: str, text: str, home: Home) -> Value:
    """The value of a text that is not empty; "" if none is left, which is then in `unread` or `blank`. Raises
    Unopenable."""
    timed = home.timed.get(path)
    reader = home.readers.get(path)
    value = timed(text, row.form.now) if timed is not None else reader(text) if reader is not None else text
    if value is None:
        return unread(row, path, text, home)
    if value == "":
        row.blank |= {path}
    return value


def unread(row: Row, path: str, text: str, home: Home) -> str:
    """What rules see of a text that cannot be taken."""
    if path in home.late:
        row.outside |= {path}
        return read_codes(text) or "" if path in home.many else text
    if path in home.typed and path in row.values:  # and not the form's own default
        row.unread |= {path}
    return ""
