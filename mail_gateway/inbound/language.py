"""Guesses the language of a short text by counting the small words that only one language has."""

import re
from collections import Counter

# Words of other languages that look alike (de, en, van, in, an, die, des, me) are left out on purpose.
_WORDS = {
    "nl": (
        "aan als bedankt ben bent beste bij dag dank dat deze dit doen door een er ervan geen "
        "goed goede goedemorgen graag groeten heb hebben heeft het hoe hun ik is ja jij jullie "
        "kan kunt maand maar mag meer met mij mijn moet naar nee niet nog nu of om ook op over "
        "reeds te tijdens toch tot uit uw vanaf vanwege voor vriendelijke waar wanneer want wat "
        "we welke werd wie wij wil worden wordt zal ze zich zijn zonder zou "
    ),
    "fr": (
        "ai après au aucun aussi aux avec avez avoir bien bonjour ce cela ces cet cette chez "
        "comme cordialement dans depuis donc du elle est et faire fait il ils je jour jours la le "
        "les leur lui madame mais merci mes moi mois mon monsieur ne non nos notre nous ou oui où "
        "par pas plus pour pouvez puis quand que quel quelle qui sans ses si son sont suis sur "
        "une vos votre vous à été être "
    ),
    "de": (
        "aber alle als auch auf aus bei bin bis bitte danke dann das dass dem den der diese "
        "dieser doch durch ein eine einem einen einer eines er es für geehrte guten habe haben "
        "hat hier ich ihm ihnen ihr ihre im ist ja kann kein keine können mein meine meinen mich "
        "mir mit möchte müssen nach nicht noch nun nur oder sehr sein sich sie sind so um und uns "
        "unter vom von vor wann war wegen wenn werden wie wir wird wurde zu zum zur über "
    ),
    "en": (
        "a about after also am and any are as at be because been but by can could dear did do "
        "does for from get had has have hello how i if into is it its kind let like may month "
        "much my no not of on or our please regards she should so thank thanks that the their "
        "them there they this to today up us was we were what when which who why will with would "
        "yes you your "
    ),
}
_BY_WORD: dict[str, tuple[str, ...]] = {}
for _language, _words in _WORDS.items():
    for _word in set(_words.split()):
        _BY_WORD[_word] = (*_BY_WORD.get(_word, ()), _language)

_LETTERS = re.compile(r"[^\W\d_]+")
_ENOUGH_CHARS = 1_500


def language_of(text: str) -> str | None:
    """Return nl, fr, de or en, or None where the words do not say; a tie says nothing."""
    counts: Counter[str] = Counter()
    for word, times in Counter(_LETTERS.findall(text[:_ENOUGH_CHARS].lower())).items():
        languages = _BY_WORD.get(word, ())
        for language in languages:
            counts[language] += times * (2 if len(languages) == 1 else 1)
    ranking = counts.most_common(2)
    if not ranking or (len(ranking) > 1 and ranking[0][1] == ranking[1][1]):
        return None
    return ranking[0][0]
