"""How an answer is written in Slack: plain text, and buttons as Block Kit knows them."""

from collections.abc import Sequence
from typing import Any

from bot.channels.channel import Answer

# The limits of Block Kit: buttons of one block, letters on a button and in a section.
MOST_BUTTONS, LONGEST_TITLE, LONGEST_SECTION = 25, 75, 3_000


def written(answer: Answer) -> dict[str, Any]:
    """Write one answer with its buttons; choices that do not fit stand in the text, where they can be typed."""
    fits = len(answer.text) <= LONGEST_SECTION
    shown = answer.choices[:MOST_BUTTONS] if fits else ()
    text = "\n".join([answer.text, *(f"• {title}" for title in answer.choices[len(shown) :])])
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if not shown:
        return {"text": plain, "mrkdwn": False}
    section = {"type": "section", "text": {"type": "plain_text", "text": text[:LONGEST_SECTION], "emoji": False}}
    return {"text": plain, "blocks": [section, {"type": "actions", "elements": _buttons(shown)}]}


def _buttons(titles: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {
            "type": "button",
            "action_id": f"choice-{number}",
            "text": {"type": "plain_text", "text": title[:LONGEST_TITLE], "emoji": False},
            "value": title,
        }
        for number, title in enumerate(titles)
    ]
