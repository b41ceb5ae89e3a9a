import pytest

from mail_gateway.inbound.language import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Ja, dat is goed. Groeten, An", "nl"),
        ("Kan ik volgende week verlof nemen?", "nl"),
        ("Oui, c'est bon pour moi", "fr"),
        ("Je voudrais changer mon numéro de compte.", "fr"),
        ("Ja, das passt mir gut", "de"),
        ("Ich möchte meine Kontonummer ändern.", "de"),
        ("Yes, that works for me", "en"),
        ("Please change my account number.", "en"),
        ("ok", None),
        ("12345", None),
        ("", None),
    ],
)
def test_language_is_known_by_its_small_words(text, language):
    assert language_of(text) == language
