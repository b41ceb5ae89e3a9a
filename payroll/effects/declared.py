"""Which effect of the catalogue has which mapping; an effect without one is entered by hand, and says so."""

from collections.abc import Mapping

from casework.catalogue.models import Catalogue, EffectKind
from payroll.effects.household import HOUSEHOLD
from payroll.effects.mapping import FactMapping

NO_EFFECT = frozenset({EffectKind.NONE, EffectKind.SIMULATION_ONLY})
MAPPINGS: Mapping[EffectKind, FactMapping] = {EffectKind.TAX_STATUS: HOUSEHOLD}


def forms_without_effect(catalogue: Catalogue) -> list[str]:
    """Return the keys of the forms whose cases never touch pay."""
    return [form.key for form in catalogue.forms if form.payroll.kind in NO_EFFECT]
