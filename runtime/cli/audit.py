"""`balie audit …`: proves that the log is what the desk wrote."""

from typing import Annotated, Any

import typer
from tqdm import tqdm

from casework.audit import checkpoints, verification
from casework.audit.verification import Verdict
from runtime.cli.output import JSON_OPTION, print_json, say, with_house
from runtime.wiring import House

app = typer.Typer(help="The audit log.", no_args_is_help=True)


@app.callback()
def audit() -> None:
    """Prove the audit log."""


@app.command()
def verify(*, json: Annotated[bool, JSON_OPTION] = False) -> None:
    """Walk the whole log; exit code 1 if an entry was changed, added, moved or is missing."""
    verdict, checked = with_house(_verify)
    if json:
        print_json(_described(verdict, checked=checked))
    else:
        _tell(verdict, checked=checked)
    if verdict.faults:
        raise typer.Exit(1)


async def _verify(house: House) -> tuple[Verdict, bool]:
    checkpoint = checkpoints.read(house.settings.data_dir, house.desk.settings.secret_key)
    with tqdm(unit=" entries", leave=False) as bar:

        def progress(seen: int, of: int) -> None:
            bar.total = of
            bar.update(seen - bar.n)

        async with house.database.reading() as session:
            verdict = await verification.verify(session, checkpoint, progress)
    return verdict, checkpoint is not None


def _described(verdict: Verdict, *, checked: bool) -> dict[str, Any]:
    return {
        "entries": verdict.entries,
        "seal": verdict.head,
        "checkpoint": checked,
        "faults": [{"entry": fault.entry_id, "what": fault.what} for fault in verdict.faults],
    }


def _tell(verdict: Verdict, *, checked: bool) -> None:
    for fault in verdict.faults:
        say(f"entry {fault.entry_id} {fault.what}")
    if not checked:
        say("there is no checkpoint in the data folder: whether the end was cut together with its head is not proven")
    if verdict.faults:
        say(f"{verdict.entries} entries, {len(verdict.faults)} faults: the log is not what the desk wrote")
    else:
        say(f"{verdict.entries} entries, all as they were written; the last seal is {verdict.head}")
