import json
import pickle
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from signed_mail import signed

from mail_gateway.inbound.parse import parse_mail
from mail_gateway.inbound.parsing_answer import HEAD, AnswerMakesNoSense, read_answer, write_answer
from mail_gateway.models import ParsedMail

RAW = (
    b"From: An <an@home.example>\r\nDate: Mon, 3 Feb 2025 10:05:00 +0100\r\nSubject: Verlof\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/html\r\n\r\n<p>Dag \x00 \xff \xf0\x9f\x98\x80</p>\r\n" + b"Nog een zin. " * 50 + b"\r\n"
    b"--b\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VEVENT\r\nDTSTART:20250203T090000Z\r\nEND:VEVENT\r\n"
    b"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\n"
    b"%PDF-1.7\r\n--b--\r\n"
)
MAIL = parse_mail(signed(RAW, domain="home.example"))


def written(mail: ParsedMail) -> bytes:
    return b"".join(write_answer(mail))


def with_outline(outline: object, rest: bytes = b"") -> bytes:
    raw = json.dumps(outline).encode()
    return HEAD.pack(len(raw)) + raw + rest


def outline_of(answer: bytes) -> list[object]:
    (length,) = HEAD.unpack_from(answer)
    read: list[object] = json.loads(answer[HEAD.size : HEAD.size + length])
    return read


@pytest.mark.parametrize("mail", [MAIL, parse_mail(b""), parse_mail(b"Subject: \x80\xff\n\n\x00")])
def test_mail_comes_back_as_it_was_written(mail: ParsedMail):
    assert read_answer(written(mail)) == mail


@given(st.binary(max_size=300))
def test_any_bytes_are_a_mail_or_make_no_sense(body: bytes):
    mail = parse_mail(body)

    assert read_answer(written(mail)) == mail
    for answer in (body, HEAD.pack(len(body)) + body):
        with pytest.raises(AnswerMakesNoSense):
            read_answer(answer)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"no answer at all",
        pickle.dumps("a text"),
        written(MAIL)[:-4],
        with_outline("a text"),
        with_outline([]),
        with_outline([[]] * 22),
        HEAD.pack(1 << 62) + b"[]",
        HEAD.pack(200_000) + b"[" * 200_000,
        HEAD.pack(2_000_000) + b"9" * 2_000_000,
    ],
)
def test_answer_that_holds_anything_else_is_refused(answer: bytes):
    with pytest.raises(AnswerMakesNoSense):
        read_answer(answer)


@pytest.mark.parametrize("place", range(22))
@pytest.mark.parametrize("lie", [{"a": 1}, 1.5, -1, 1 << 70, ["an", ["x"]], [[["x"]]]])
def test_value_of_another_type_is_refused(place: int, lie: object):
    answer = written(MAIL)
    outline = outline_of(answer)
    is_a_number = isinstance(outline[place], int) and place in NUMBERS and type(lie) is int
    rest = answer[HEAD.size + HEAD.unpack_from(answer)[0] :]
    lied = with_outline([*outline[:place], lie, *outline[place + 1 :]], rest)

    if is_a_number:
        assert read_answer(lied).subject == MAIL.subject
    else:
        with pytest.raises(AnswerMakesNoSense):
            read_answer(lied)


NUMBERS = (4, 12, 13)  # how many senders, and where the writer's own words begin and end


def test_what_the_desk_found_about_a_file_is_its_own_word():
    answer = written(MAIL)
    outline = outline_of(answer)
    files = outline[17]
    assert isinstance(files, list)
    files[-1][8] = ["0" * 64, "application/pdf", False, False]

    with pytest.raises(AnswerMakesNoSense):
        read_answer(with_outline(outline, answer[HEAD.size + HEAD.unpack_from(answer)[0] :]))


def test_small_answer_becomes_nothing_large():
    tracemalloc.start()
    for answer in (with_outline([[]] * 500_000), HEAD.pack(90_000_000) + b"[" + b"[]," * 30_000_000):
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        with pytest.raises(AnswerMakesNoSense):
            read_answer(answer)
        assert tracemalloc.get_traced_memory()[1] - before < 64 * 1024 * 1024
    tracemalloc.stop()
