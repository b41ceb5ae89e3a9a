"""The mails that are filed in the bench: requests as people send them, of two sizes, no two the same."""

import random
from email.message import EmailMessage

SENDERS = ("An Peeters <an.peeters@health.example>", "Luc Martin <luc.martin@health.example>")
SENTENCES = (
    "I would like to know how many days of leave I have left this year.",
    "My planning for the autumn changed, and I want to move two weeks to next spring.",
    "Could you tell me until when I can take them, and whom I have to ask first?",
    "Last year the answer was that they can be carried over, if my head of service agrees.",
    "I work four days of five since September, so the number on my last overview looks too high to me.",
)
SIZES = {"5 KB": 5_000, "200 KB": 200_000}


def request(number: int, size: int) -> bytes:
    """Return a request of about so many bytes: text and HTML; a large one is large by two attachments."""
    chance = random.Random(number)
    mail = EmailMessage()
    mail["From"] = SENDERS[number % len(SENDERS)]
    mail["To"] = "HR desk <hr@balie.example>"
    mail["Subject"] = f"My leave of this year ({number})"
    mail["Message-ID"] = f"<request-{number}-{size}@health.example>"
    mail["Date"] = "Tue, 15 Sep 2026 10:00:00 +0200"
    paragraphs = [" ".join(chance.sample(SENTENCES, 3)) for _ in range(8)]
    mail.set_content("Dear colleagues,\n\n" + "\n\n".join(paragraphs) + "\n\nKind regards,\nAn\n")
    mail.add_alternative("<p>Dear colleagues,</p>" + "".join(f"<p>{each}</p>\n" for each in paragraphs), subtype="html")
    rest = (size - len(mail.as_bytes())) * 3 // 4  # base64 makes four bytes of three
    if rest > 1_000:
        for name in ("certificate", "overview"):
            content = b"%PDF-1.7\n" + chance.randbytes(rest // 2)
            mail.add_attachment(content, maintype="application", subtype="pdf", filename=f"{name}.pdf")
    return mail.as_bytes().replace(b"\n", b"\r\n")
