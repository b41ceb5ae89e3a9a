"""The parts of 107 messages against the trees that another reader of mail expects."""

import json
import pathlib

import pytest

from mail_gateway.inbound.description import describe
from mail_gateway.inbound.mime import charsets
from mail_gateway.inbound.mime.tree import read_tree
from mail_gateway.inbound.parse import parse_mail

SHARED = pathlib.Path(__file__).resolve().parents[4] / "shared"
CORPUS = SHARED / "mail/corpora/mime-structure"

# Where the trees differ, and why ours stands.
OURS_KEEPS_MORE = {
    "malformed/007": "a multipart whose header has no empty line: its part is read, theirs is an empty text",
    "thirdparty/015": "three files were attached; the expected tree swallows two of them in the first",
}


def _expected(tree):
    def outline(index):
        (kind, value), *_ = tree["parts"][index]["body"].items()
        if kind == "Multipart":
            # A multipart without parts shows nothing, as an empty text does.
            return [outline(child) for child in value] or "leaf"
        return "leaf"

    return outline(0)


def _found(part):
    return [_found(child) for child in part.children] or "leaf"


def _cases():
    if not CORPUS.is_dir():
        return []
    return sorted(f"{file.parent.name}/{file.stem}" for file in CORPUS.glob("*/*.eml"))


@pytest.fixture(scope="module")
def differences():
    if not CORPUS.is_dir():
        pytest.skip("the shared mail corpora are not here")
    found = set()
    for case in _cases():
        root, _ = read_tree((CORPUS / f"{case}.eml").read_bytes())
        if _found(root) != _expected(json.loads((CORPUS / f"{case}.json").read_text())):
            found.add(case)
    return found


def test_trees_differ_only_where_the_reason_is_known(differences):
    assert differences == OURS_KEEPS_MORE.keys()


def test_trees_agree_on_at_least_97_percent_whoever_is_right(differences):
    assert len(differences) / len(_cases()) <= 0.03


def _addresses(value):
    if not isinstance(value, dict):
        return []
    found = value["Address"]
    boxes = found.get("List") or [box for group in found.get("Group", []) for box in group["addresses"]]
    return [(box["name"] or "", box["address"] or "") for box in boxes]


def _expected_fields(case):
    fields = json.loads((CORPUS / f"{case}.json").read_text())["parts"][0]["headers"]
    return {str(field["name"]): field["value"] for field in reversed(fields)}


def _pairs(addresses):
    return [(address.name, address.address) for address in addresses]


def test_addresses_are_those_expected():
    if not CORPUS.is_dir():
        pytest.skip("the shared mail corpora are not here")
    compared = 0
    for case in _cases():
        mail = parse_mail((CORPUS / f"{case}.eml").read_bytes())
        expected = _expected_fields(case)
        for name, found in (
            ("from", [mail.from_]),
            ("to", mail.to),
            ("cc", mail.cc),
            ("reply_to", mail.reply_to),
        ):
            wanted = _addresses(expected.get(name))
            # One of their readings is spoilt where ours is not.
            if wanted and "\ufffd" not in str(wanted):
                compared += 1
                assert (case, _pairs(found)) == (case, wanted[: 1 if name == "from" else None])

    assert compared > 140


def test_subjects_are_those_expected():
    if not CORPUS.is_dir():
        pytest.skip("the shared mail corpora are not here")
    for case in _cases():
        subject = _expected_fields(case).get("subject")
        if isinstance(subject, dict) and "\ufffd" not in subject["Text"]:
            assert (case, parse_mail((CORPUS / f"{case}.eml").read_bytes()).subject) == (
                case,
                subject["Text"],
            )


def test_texts_of_well_formed_messages_are_those_expected():
    if not CORPUS.is_dir():
        pytest.skip("the shared mail corpora are not here")
    compared = differing = 0
    for case in _cases():
        if case.startswith("malformed") or case in OURS_KEEPS_MORE:
            continue
        root, _ = read_tree((CORPUS / f"{case}.eml").read_bytes())
        expected = json.loads((CORPUS / f"{case}.json").read_text())["parts"]
        for (kind, value), part in zip(
            [next(iter(part["body"].items())) for part in expected], _in_order(root), strict=True
        ):
            if kind in {"Text", "Html"} and part.content_type.startswith("text/") and "\ufffd" not in value:
                text, _ = charsets.decode(part.decoded_body()[0], part.parameters.get("charset"))
                compared += 1
                differing += _words(text) != _words(value)

    assert compared > 100
    assert differing / compared <= 0.03


def _in_order(root):
    waiting, order = [root], []
    while waiting:
        part = waiting.pop(0)
        order.append(part)
        waiting = part.children + waiting
    return order


def _words(text):
    return text.replace("\x00", "").split()


def test_every_shared_message_is_read_with_its_files():
    messages = [*CORPUS.glob("*/*.eml"), *(CORPUS.parent / "enmime-messages").glob("**/*.raw")]
    if not messages:
        pytest.skip("the shared mail corpora are not here")
    for message in messages:
        raw = message.read_bytes()
        described = json.dumps(describe(parse_mail(raw), str(message)))

        assert json.loads(described)["file"] == str(message)

    assert len(messages) > 140
