"""The command `balie`."""

import typer

from runtime import logs
from runtime.cli import api, audit, bot, cases, mail, organisations, outbox, payroll, people, search, service

app = typer.Typer(
    name="balie",
    help="The HR and payroll desk that people simply write to.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(service.app)
app.add_typer(people.app, name="people")
app.add_typer(organisations.app, name="organisations")
app.add_typer(cases.app, name="case")
app.add_typer(outbox.app, name="outbox")
app.add_typer(mail.app, name="mail")
app.add_typer(search.app, name="search")
app.add_typer(audit.app, name="audit")
app.add_typer(api.app, name="api")
app.add_typer(payroll.app, name="payroll")
app.add_typer(bot.app, name="bot")


def run() -> None:
    """Run the command that was typed; what it logs is one line on stderr, without the figures of a failed step."""
    logs.set_up()
    app()
