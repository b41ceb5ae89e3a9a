"""Notices when the comment on an answer says the opposite of the button, so that the desk asks once.

It knows a few telling words of each language and nothing more: a wrong guess costs one question, never a decision.
"""

from casework.catalogue import words

LONGEST_COMMENT = 2_000  # of a comment: what somebody objects to stands in its first lines
OBJECTIONS = """
    maar | niet | geen | nog altijd | nog steeds | echter | toch | fout | verkeerd | onjuist | onvolledig
    gedeeltelijk | klopt niet | ontbreekt | weiger
    mais | pas | toujours pas | aucun | aucune | cependant | pourtant | erreur | faux | incorrect | incomplet
    partiellement | manque | refuse
    aber | nicht | kein | keine | immer noch | jedoch | falsch | fehler | fehlt | unvollstandig | teilweise | ablehnen
    but | not | cannot | can t | don t | doesn t | didn t | isn t | still | however | wrong | incorrect | incomplete
    partially | partly | missing | refuse
"""
CONSENTS = """
    dank | dank u | bedankt | akkoord | perfect | prima | in orde | opgelost | aanvaard
    merci | d accord | parfait | resolu | en ordre | accepte
    danke | vielen dank | einverstanden | in ordnung | gelost | perfekt
    thanks | thank you | agreed | solved | resolved | fine | ok
"""


def _phrases(listed: str) -> frozenset[str]:
    return frozenset(phrase.strip() for line in listed.splitlines() for phrase in line.split("|") if phrase.strip())


_OBJECTIONS, _CONSENTS = _phrases(OBJECTIONS), _phrases(CONSENTS)


def contradicts(comment: str, *, accepted: bool) -> bool:
    """Return whether a comment seems to object to what it accepts, or to consent to what it refuses."""
    said = f" {words.fold(comment[:LONGEST_COMMENT])} "
    objects = any(f" {phrase} " in said for phrase in _OBJECTIONS)
    consents = any(f" {phrase} " in said for phrase in _CONSENTS)
    return objects if accepted else consents and not objects
