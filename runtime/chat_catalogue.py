"""The forms of the catalogue for the assistant: `bot.ports.FormCatalogue`, kept by the services of casework."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from bot.ports import AbsencePlace, FormMatch, FormSheet, Shelf
from casework.catalogue.models import Form
from casework.catalogue.search import FormSearch
from casework.catalogue.words import fold
from casework.clock import local_date
from casework.db import Database
from casework.desk import Desk
from casework.guidance import service as guidance
from casework.people import store as people
from casework.people.models import Actor, Role
from runtime import chat_forms

MOST_FORMS_SEARCHED, MOST_FORMS_SHOWN = 20, 5
SHORTEST_NAME = 4  # letters of a word by which a kind of absence is recognised
AT_HAND = 16  # sheets and searches: one message looks at the same few again and again


class ChatFormCatalogue:
    """The forms of the catalogue, as the assistant asks for them."""

    def __init__(self, database: Database, desk: Desk) -> None:
        self._database = database
        self._desk = desk
        self._search = FormSearch(desk.catalogue)
        self._sheets = lru_cache(AT_HAND)(self._sheet)
        self._found = lru_cache(AT_HAND)(self._search.find)

    async def find(self, words: str, language: str, person_id: str | None = None) -> list[FormMatch]:
        """Return the forms that fit these words and that the person may file by chat, the best first, at most five."""
        actor = await self._actor(person_id)
        fitting = (match.form for match in self._found(words, language, limit=MOST_FORMS_SEARCHED))
        return [self._match(form, language) for form in fitting if chat_forms.may_file(form, actor)][:MOST_FORMS_SHOWN]

    async def _actor(self, person_id: str | None) -> Actor | None:
        """Return the person with what filing asks of them, which is their roles."""
        if not person_id:
            return None
        held = await self._database.find(people.ROLES, person_id=int(person_id))
        return Actor(int(person_id), name="", roles=frozenset(Role(role) for (role,) in held))

    def _match(self, form: Form, language: str) -> FormMatch:
        page = self._desk.settings.link(f"/catalogue/forms/{form.key}")
        return FormMatch(form.key, form.label.in_(language), page)

    async def shelves(self, person_id: str, language: str) -> list[Shelf]:
        """Return the themes that hold something for the person, each with those forms."""
        actor = await self._actor(person_id)
        return [
            Shelf(theme.key, theme.label.in_(language), tuple(self._match(form, language) for form in forms))
            for theme in self._desk.catalogue.themes
            if (forms := [form for form in theme.forms if chat_forms.may_file(form, actor)])
        ]

    async def may_file(self, person_id: str, form_key: str) -> bool:
        """Return whether there is such a form, and the person may file it by chat."""
        form = self._desk.catalogue.form(form_key)
        return form is not None and chat_forms.may_file(form, await self._actor(person_id))

    async def sheet(self, form_key: str, answers: Mapping[str, str], language: str) -> FormSheet | None:
        """Return a form as it stands with these answers; answers to fields of other forms are left out."""
        return self._sheets(form_key, frozenset(answers.items()), language, local_date(self._desk.clock.now()))

    def _sheet(
        self, form_key: str, answers: frozenset[tuple[str, str]], language: str, today: date
    ) -> FormSheet | None:
        form = self._desk.catalogue.form(form_key)
        if form is None:
            return None
        own = {key: value for key, value in answers if form.field(key) is not None}
        return chat_forms.sheet_of(form, own, language, today)

    async def absences(self, words: str, language: str) -> list[AbsencePlace]:
        """Return where the kinds of absence are entered whose name holds one of these words."""
        asked = [word for word in fold(words).split() if len(word) >= SHORTEST_NAME]
        places = guidance.places(guidance.packaged(), self._desk.catalogue, language)
        named = [place for place in places if any(word in fold(place.label).split() for word in asked)]
        return [
            AbsencePlace(place.label, self._match(place.form, language) if place.form else None)
            for place in named[:MOST_FORMS_SHOWN]
        ]
