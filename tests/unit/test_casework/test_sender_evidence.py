"""Which reasons to believe a sender are proof."""

from casework.messages.models import SenderBasis, SenderEvidence


def test_only_what_nobody_else_could_send_is_proof():
    assert {basis for basis in SenderBasis if SenderEvidence(basis).is_proof} == {
        SenderBasis.REPLY_ADDRESS,
        SenderBasis.BORDER,
        SenderBasis.SIGNED,
        SenderBasis.SENT_BY_ITS_SERVER,
        SenderBasis.VOUCHED,
    }
