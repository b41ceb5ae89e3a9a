"""`balie bot …`: the assistant's own files."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from bot.generation import generated_files
from casework.catalogue.service import load_catalogue
from runtime import chat_forms
from runtime.cli.output import fail, say

app = typer.Typer(help="The assistant's own files.", no_args_is_help=True)


@app.callback()
def bot() -> None:
    """Look after the assistant's own files."""


@app.command()
def generate(
    *, check: Annotated[bool, typer.Option(help="Change nothing; exit code 1 if they are behind.")] = False
) -> None:
    """Write the parts of the assistant that follow from the catalogue of forms; a Rasa server then trains anew."""
    folder = Path(str(files("bot") / "assistant"))
    wanted = generated_files(chat_forms.outlines(load_catalogue()))
    behind = [name for name, text in wanted.items() if _read(folder / name) != text]
    if check and behind:
        fail(f"behind the catalogue: {', '.join(behind)}; run `balie bot generate`")
    for name in behind:
        (folder / name).write_text(wanted[name], "utf-8")
        say(f"{name} written")
    if not behind:
        say("the assistant knows every form of the catalogue")


def _read(file: Path) -> str:
    return file.read_text("utf-8") if file.exists() else ""
