"""The shape of the catalogue once it is read: plain values that never change while the desk runs."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

LANGUAGES = ("nl", "fr", "de", "en")


@dataclass(frozen=True, slots=True)
class Texts:
    """One text in the four languages of the desk."""

    nl: str
    fr: str
    de: str
    en: str

    def in_(self, language: str) -> str:
        """Return the text in this language, in Dutch when the desk does not speak it."""
        return str(getattr(self, language)) if language in LANGUAGES else self.nl

    def in_each(self) -> tuple[str, ...]:
        """Return the text in each of the four languages."""
        return self.nl, self.fr, self.de, self.en


@dataclass(frozen=True, slots=True)
class WordLists:
    """The other words by which people call a thing, per language."""

    nl: tuple[str, ...] = ()
    fr: tuple[str, ...] = ()
    de: tuple[str, ...] = ()
    en: tuple[str, ...] = ()

    def in_(self, language: str) -> tuple[str, ...]:
        """Return the words of this language, the Dutch ones when the desk does not speak it."""
        return {"nl": self.nl, "fr": self.fr, "de": self.de, "en": self.en}.get(language, self.nl)


class FieldType(StrEnum):
    """What kind of answer a field takes; `casework.catalogue.answers` reads each."""

    TEXT = "text"
    TEXTAREA = "textarea"
    SELECT = "select"
    LOOKUP = "lookup"
    DATE = "date"
    MONTH = "month"
    YEAR = "year"
    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"
    EMAIL = "email"
    PERSON = "person"
    PERSON_NEW = "person_new"
    CASE_NUMBER = "case_number"
    PAYSLIP_LINE = "payslip_line"
    OWN_ABSENCE = "own_absence"


CHOICES = frozenset({FieldType.SELECT, FieldType.LOOKUP})
CALENDAR_TYPES = frozenset({FieldType.DATE, FieldType.MONTH, FieldType.YEAR})
NUMBERS = frozenset({FieldType.INTEGER, FieldType.DECIMAL, FieldType.MONEY})


class Audience(StrEnum):
    """Who may file a form."""

    EMPLOYEE = "employee"
    LOCAL_HR = "local_hr"


class FilingChannel(StrEnum):
    """By which road a form may be filed."""

    MAIL = "mail"
    CHAT = "chat"
    WEB = "web"


class Sensitivity(StrEnum):
    """Why a document is shown to few, or a choice is for those alone who proved well who they are."""

    HEALTH = "health"
    BANK_ACCOUNT = "bank_account"


class Approver(StrEnum):
    """Who has to approve a request, seen from the one whom it is about."""

    MANAGER = "manager"
    MANAGERS_MANAGER = "managers_manager"
    LOCAL_HR = "local_hr"


class EffectKind(StrEnum):
    """What a closed case of a form means for pay."""

    NONE = "none"
    SIMULATION_ONLY = "simulation_only"
    COMPONENT = "component"
    COMPONENT_POSSIBLE = "component_possible"
    CORRECTION_POSSIBLE = "correction_possible"
    SENIORITY = "seniority"
    TAX_STATUS = "tax_status"
    DEPENDS_ON_FIELD = "depends_on_field"
    ABSENCE = "absence"
    CONFIRMS_ABSENCE = "confirms_absence"
    RATE_AND_ABSENCE = "rate_and_absence"
    CONTRACT = "contract"
    CONTRACT_START = "contract_start"
    CONTRACT_END = "contract_end"


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a select or lookup field."""

    key: str
    label: Texts
    sensitive: Sensitivity | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """Holds when the answer to a field is one of these options; negated: unless it is one of them.

    A field without an answer has none of the options, so a negated condition on it holds.
    """

    field: str
    options: tuple[str, ...]
    negated: bool = False

    def holds_for(self, chosen: str | None) -> bool:
        """Tell whether it holds for the chosen option of its field (None: no answer)."""
        return (chosen in self.options) is not self.negated


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form. `minimum` and `maximum` bound a number; money is bounded in euro."""

    key: str
    type: FieldType
    label: Texts
    required: bool = False
    options: tuple[Option, ...] = ()
    conditions: tuple[Condition, ...] = ()
    not_before: str | None = None
    minimum: Decimal = Decimal(0)
    maximum: Decimal = Decimal(999_999_999)

    def option(self, key: str) -> Option | None:
        """Return the option with this key, if there is one."""
        return next((option for option in self.options if option.key == key), None)


@dataclass(frozen=True, slots=True)
class RequiredDocument:
    """A document that has to be handed in wherever its conditions hold."""

    key: str
    label: Texts
    conditions: tuple[Condition, ...] = ()
    sensitive: Sensitivity | None = None


@dataclass(frozen=True, slots=True)
class ApprovalStep:
    """One who approves, wherever the conditions hold."""

    by: Approver
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approves a request, one after the other, and which documents their approval stands for."""

    steps: tuple[ApprovalStep, ...]
    satisfies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PayrollEffect:
    """What a closed case does to pay; `retro`: earlier months are recomputed."""

    kind: EffectKind
    retro: bool = False


@dataclass(frozen=True, slots=True)
class RelatedLink:
    """A page that belongs with a form: one of our own, or an address elsewhere over https."""

    to: str
    label: Texts


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of request. `team` works on it when it is not for every handler; `accepts` is its own list of files."""

    key: str
    theme: str
    label: Texts
    fields: tuple[Field, ...]
    documents: tuple[RequiredDocument, ...]
    payroll: PayrollEffect
    approval: Approval | None
    audience: tuple[Audience, ...]
    channels: tuple[FilingChannel, ...]
    synonyms: WordLists
    hint: Texts | None = None
    team: str | None = None
    accepts: tuple[str, ...] = ()
    related: RelatedLink | None = None

    def names(self) -> tuple[str, ...]:
        """Return all that it is called: its key, and its label and synonyms in every language."""
        called = [(self.label.in_(language), *self.synonyms.in_(language)) for language in LANGUAGES]
        return (self.key, *(name for names in called for name in names))

    def field(self, key: str) -> Field | None:
        """Return the field with this key, if there is one."""
        return next((field for field in self.fields if field.key == key), None)

    def document(self, key: str) -> RequiredDocument | None:
        """Return the required document with this key, if there is one."""
        return next((document for document in self.documents if document.key == key), None)


@dataclass(frozen=True, slots=True)
class Theme:
    """The forms that stand together on the request page, in their order there."""

    key: str
    label: Texts
    forms: tuple[Form, ...]
    guide: Texts | None = None


@dataclass(frozen=True, slots=True)
class StatusText:
    """How a status of a case is called and explained."""

    key: str
    label: Texts
    explain: Texts


@dataclass(frozen=True, slots=True)
class NamedText:
    """A short text of the request pages, such as the legend of required fields."""

    key: str
    text: Texts


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that can be asked; `version` follows from the content alone, so that a case can name it."""

    version: str
    themes: tuple[Theme, ...]
    statuses: tuple[StatusText, ...]
    texts: tuple[NamedText, ...]
    accepts: tuple[str, ...] = ()

    @property
    def forms(self) -> tuple[Form, ...]:
        """All forms, in the order of their themes."""
        return tuple(form for theme in self.themes for form in theme.forms)

    def form(self, key: str) -> Form | None:
        """Return the form with this key, if there is one."""
        return next((form for form in self.forms if form.key == key), None)

    def takes(self, content_type: str, form: Form | None) -> bool:
        """Return whether a form, or a request without one, takes files of this sniffed type; no list takes all."""
        accepted = (form.accepts if form else ()) or self.accepts
        main = content_type.partition("/")[0]
        return not accepted or content_type in accepted or f"{main}/*" in accepted

    def theme(self, key: str) -> Theme | None:
        """Return the theme with this key, if there is one."""
        return next((theme for theme in self.themes if theme.key == key), None)

    def status(self, key: str) -> StatusText | None:
        """Return the texts of a status, if it is a status."""
        return next((status for status in self.statuses if status.key == key), None)

    def text(self, key: str) -> Texts | None:
        """Return a short text of the request pages, if it is known."""
        return next((named.text for named in self.texts if named.key == key), None)
