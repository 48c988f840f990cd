"""The highest record number in the embedded server's files, from which it goes on counting when it starts.

SecantusDB 0.7.0b3 finds it by reading every document, which took 47 s with a million submissions and longer than the
supervisor waits on a busy machine; a database that was killed was away for as long. The rows of a shard are in the
order of database, collection and number, so the last row of each collection says the same: one look for each of them.
"""

from typing import Any

from secantus import storage
from secantus.storage import Storage


def newest_record(files: Storage) -> int:
    """What `Storage._scan_max_nat_seq` returns: 0 when there is nothing."""
    newest = 0
    for number in range(storage._DOC_SHARDS):  # noqa: SLF001 - this takes the place of a part of the server
        cursor = files._cursor_optional(storage._doc_shard_name(number))  # noqa: SLF001
        if cursor is not None:
            newest = max(newest, _newest_of(cursor))
    return newest


def _newest_of(cursor: Any) -> int:
    """Goes backwards over the last rows of the collections of a shard."""
    newest = 0
    cursor.reset()
    is_there = cursor.prev() == 0
    while is_there:
        database, collection, number = cursor.get_key()
        newest = max(newest, int(number))
        cursor.set_key(database, collection, 0)
        # Stops at a row of this collection, or at the last one before it: numbers begin at 1.
        is_there = cursor.search_near() < 0 or cursor.prev() == 0
    cursor.reset()
    return newest
