"""Finds what somebody looks for from one box: their cases, the forms they may file, and the pages of help."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases.models import Case
from casework.catalogue.models import Catalogue, Form
from casework.catalogue.search import FormSearch
from casework.guidance import service as guidance
from casework.guidance.models import Article
from casework.people.models import Actor
from casework.portal.forms import may_file
from casework.search import service as search

ENOUGH_FORMS = 60  # more than a catalogue shows to anybody: those they may not file are left out afterwards


@dataclass(frozen=True)
class Found:
    """What was found; `exact` is the one case whose number was typed."""

    exact: Case | None
    cases: Sequence[Case]
    forms: Sequence[Form]
    articles: Sequence[Article]

    @property
    def is_empty(self) -> bool:
        """Return whether nothing was found."""
        return not (self.exact or self.cases or self.forms or self.articles)


class Finder:
    """The one search of the portal; made once, since the words of the catalogue do not change while it runs."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._forms = FormSearch(catalogue)
        self._help = guidance.packaged()

    async def find(self, session: AsyncSession, viewer: Actor, query: str, language: str, limit: int) -> Found:
        """Return what these words find for this viewer, at most `limit` of each kind, the best or newest first."""
        query = query[: search.LONGEST_QUERY]
        exact = await search.by_number(session, viewer, query)
        cases = await search.find(session, viewer, query, limit)
        matches = self._forms.find(query, language, ENOUGH_FORMS)
        return Found(
            exact=exact,
            cases=[case for case in cases if exact is None or case.id != exact.id],
            forms=[match.form for match in matches if may_file(match.form, viewer)][:limit],
            articles=[one for one in guidance.find(self._help, query, language) if guidance.may_read(one, viewer)][
                :limit
            ],
        )
