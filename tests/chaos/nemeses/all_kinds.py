"""Every nemesis there is."""

from tests.chaos.nemeses import backup, brokers, clocks, databases, links, processes, records, versions
from tests.chaos.nemesis import Nemesis

NEMESES: tuple[Nemesis, ...] = (
    *processes.NEMESES,
    *brokers.NEMESES,
    *databases.NEMESES,
    *links.NEMESES,
    *clocks.NEMESES,
    *records.NEMESES,
    *versions.NEMESES,
    *backup.NEMESES,
)
BY_KIND = {nemesis.kind: nemesis for nemesis in NEMESES}
