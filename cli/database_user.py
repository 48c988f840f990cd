"""With which rights a command works on the database: it reads as the operator, and writes as who may write."""

from pathlib import Path

from deploy.local import plan, state
from services.runtime.settings import ServiceSettings


def as_user(folder: Path, settings: ServiceSettings, user: str) -> ServiceSettings:
    """Those of another user of deploy/mongodb/roles.py, where the database is that of a local stack; else as they are,
    so that whoever may do it says so with RIHLA_MONGODB__URI."""
    stack = state.running_environment(folder)
    uri, file = stack.get(plan.DATABASE_ADDRESS), stack.get(plan.DATABASE_PASSWORD)
    if not uri or not file or not settings.mongodb.uri.get_secret_value().endswith(uri.partition("@")[2]):
        return settings
    own = {
        **settings.mongodb.model_dump(),
        "uri": uri.replace(f"//{plan.TOOLS}@", f"//{user}@", 1),
        "password_file": Path(file).with_name(user),
    }
    return settings.model_copy(update={"mongodb": type(settings.mongodb).model_validate(own)})
