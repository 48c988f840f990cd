"""Makes kafka.lock anew: `python -m deploy.local.relock`. Run it when KAFKA or LOG4J change, and commit the result.

jgo resolves the dependencies (as Maven would) and hashes what it downloads. Users never resolve: they download exactly
the files of the lock, and a file with another hash is refused.
"""

import tempfile
from pathlib import Path

import jgo

from deploy.local.jars import LOCK, Jar, write_lock

KAFKA = "4.1.1"
LOG4J = "2.25.1"

ENDPOINT = "+".join(
    (
        f"org.apache.kafka:kafka_2.13:{KAFKA}",
        # Named, although kafka_2.13 needs it: else the version that log4j's parent manages (3.9.1) wins, and the
        # broker dies with NoSuchMethodError.
        f"org.apache.kafka:kafka-clients:{KAFKA}",
        # Kafka speaks slf4j 1.7, for which this is the bridge; log4j-core writes.
        f"org.apache.logging.log4j:log4j-slf4j-impl:{LOG4J}",
        f"org.apache.logging.log4j:log4j-core:{LOG4J}",
    )
)


def main() -> None:
    """Resolves into a temporary folder and writes the lock beside this file."""
    with tempfile.TemporaryDirectory() as cache:
        environment = jgo.build(ENDPOINT, cache_dir=Path(cache))
        jars = []
        for locked in environment.lockfile.dependencies:
            name = f"{locked.artifactId}-{locked.version}.jar"
            found = [folder / name for folder in (environment.jars_dir, environment.modules_dir)]
            size = next(path for path in found if path.exists()).stat().st_size
            jars.append(Jar(locked.groupId, locked.artifactId, locked.version, size, locked.sha256))
    write_lock(LOCK, jars)


if __name__ == "__main__":
    main()
