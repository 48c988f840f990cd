"""Where to look further once the stack is up: addresses, and lines to copy."""

from collections.abc import Mapping

from rich.console import Console

from deploy.local.plan import DATABASE_ADDRESS, DATABASE_PASSWORD
from deploy.local.stack import Stack
from schemas.survey.definition import SurveyDefinition


def show_further(console: Console, stack: Stack, survey: SurveyDefinition) -> None:
    """Prints what a person or a phone needs to go on by themselves. No token is shown."""
    lines = {
        "a phone": f"rihla collector add NAME --data {stack.folder}     URL and QR code for ODK Collect",
        "forms": f"{stack.ingest_url}/key/TOKEN/formList",
        "metrics": "  ".join(
            f"{part.address}/metrics" for part in stack.state.parts if part.address.startswith("http")
        ),
        "database": database(stack.env),
        "Kafka": stack.kafka,
        "logs": str(stack.folder / "logs"),
        "tables": query(stack.env, survey),
    }
    console.print("\n[bold]To look further[/]")
    for name, line in lines.items():
        console.print(f"  {name:<10} {line}", soft_wrap=True, markup=False)
    console.print("[dim]  The live tables are exact: for staff bound by confidentiality, not for publication.[/]")


def database(environment: Mapping[str, str]) -> str:
    """Where the database is, for whom, and where the password is, which is never shown."""
    file = environment.get(DATABASE_PASSWORD)
    return environment[DATABASE_ADDRESS] + (f" (password: {file})" if file else "")


def query(environment: Mapping[str, str], survey: SurveyDefinition) -> str:
    """One line that prints the cells of the survey's first table."""
    where = f"{{'survey': '{survey.survey}', 'table': '{survey.tables[0].name}'}}"
    file = environment.get(DATABASE_PASSWORD)
    password = f", password=open('{file}').read()" if file else ""
    client = f"pymongo.MongoClient('{environment[DATABASE_ADDRESS]}'{password})"
    return f"python -c \"import pymongo; print(*{client}.live.cells_flat.find({where}), sep='\\n')\""
