"""With which rights and by which rules `rihla release` works: it reads as the operator, and makes a release as the
service does."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pymongo.errors import OperationFailure

from cli.database_user import as_user
from deploy.local import state
from deploy.local.failure import Failure
from services.release.mongo_store import MongoStore
from services.release.settings import ReleaseSettings
from services.release.store import ReleaseStore, Unavailable
from services.runtime.settings import ServiceSettings

WRITER = "release"
"""The database's user that may write releases."""
SECTION = "RIHLA_RELEASE__"


def writing_settings(folder: Path, reading: ServiceSettings) -> ServiceSettings:
    """Those of the user `release`, where the database is that of a local stack; else as they are, so that whoever may
    make releases says so with RIHLA_MONGODB__URI."""
    return as_user(folder, reading, WRITER)


def release_section(folder: Path) -> ReleaseSettings:
    """The settings of release: those of this process's environment, then those that the local stack was started with.
    Raises pydantic's ValidationError."""
    environment = state.running_environment(folder) | os.environ
    given = {
        name.removeprefix(SECTION).lower(): value for name, value in environment.items() if name.startswith(SECTION)
    }
    return ReleaseSettings.model_validate(given)


@contextmanager
def opened(settings: ServiceSettings) -> Iterator[ReleaseStore]:
    """Raises `Failure` where the database does not answer, or does not let this user."""
    store = MongoStore(settings.mongodb)
    try:
        yield store
    except Unavailable as error:
        raise Failure(f"The database does not answer ({error}): is the stack up? See `rihla status`.") from None
    except OperationFailure as error:
        raise Failure(
            f"The database refuses ({error.code}): this user may not do that. See docs/operators.md."
        ) from None
    finally:
        store.close()
