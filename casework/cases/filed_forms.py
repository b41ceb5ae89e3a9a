"""The forms on which cases were filed, as they were then: a case keeps its version when the catalogue goes on."""

from typing import Any

from sqlalchemy import JSON, String, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from casework.cases.models import Case
from casework.catalogue import records
from casework.catalogue.models import Form
from casework.db import Base, insert_once
from casework.desk import Desk


class FiledForm(Base):
    """One form as it stood in one version of the catalogue; kept with the first case that is put on it."""

    __tablename__ = "filed_forms"
    form_key: Mapped[str] = mapped_column(String(60), primary_key=True)
    version: Mapped[str] = mapped_column(String(20), primary_key=True)
    record: Mapped[dict[str, Any]] = mapped_column(JSON)


_KEPT = (
    select(FiledForm.version)
    .where(FiledForm.form_key == bindparam("form_key"), FiledForm.version == bindparam("version"))
    .execution_options(autoflush=False)
)


async def keep(session: AsyncSession, desk: Desk, case: Case) -> None:
    """Keep the form of a case as it stands in the catalogue of today."""
    form = desk.catalogue.form(case.form_key) if case.form_key else None
    if form is None or case.form_version != desk.catalogue.version:
        return
    if (await session.execute(_KEPT, {"form_key": form.key, "version": case.form_version})).first() is not None:
        return
    row = {"form_key": form.key, "version": desk.catalogue.version, "record": records.write_form(form)}
    await insert_once(session, FiledForm, row)


async def form_of(session: AsyncSession, desk: Desk, case: Case) -> Form | None:
    """Return the form of a case as it was filed; for a case from before forms were kept, as it is now."""
    if case.form_key is None:
        return None
    if case.form_version == desk.catalogue.version:
        return desk.catalogue.form(case.form_key)
    kept = await session.get(FiledForm, (case.form_key, case.form_version))
    return desk.catalogue.form(case.form_key) if kept is None else records.read_form(kept.record)
