"""Where to look further once the stack is up: addresses, and lines to copy."""

from rich.console import Console

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
        "database": stack.mongo_uri,
        "Kafka": stack.kafka,
        "logs": str(stack.folder / "logs"),
        "tables": query(stack.mongo_uri, survey),
    }
    console.print("\n[bold]To look further[/]")
    for name, line in lines.items():
        console.print(f"  {name:<10} {line}", soft_wrap=True, markup=False)
    console.print("[dim]  The live tables are exact: for staff bound by confidentiality, not for publication.[/]")


def query(mongo_uri: str, survey: SurveyDefinition) -> str:
    """One line that prints the cells of the survey's first table."""
    where = f"{{'survey': '{survey.survey}', 'table': '{survey.tables[0].name}'}}"
    return (
        'python -c "import pymongo; '
        f"print(*pymongo.MongoClient('{mongo_uri}').live.cells_flat.find({where}), sep='\\n')\""
    )
