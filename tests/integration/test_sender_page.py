"""The page of a case tells those who work on it why a mail is believed, in their language, and nobody else."""

import pytest
from portal_site import Site

from casework.cases import service, store
from casework.cases.models import Case
from casework.messages.models import Channel, SenderBasis, SenderEvidence
from casework.messages.service import Words

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SENTENCES = {
    SenderBasis.REPLY_ADDRESS: "Afzender bewezen: schreef naar het antwoordadres dat alleen deze persoon heeft",
    SenderBasis.BORDER: "Afzender bewezen: nagekeken door &lt;x&gt;.example",
    SenderBasis.SIGNED: "Afzender bewezen: de e-mail is ondertekend door &lt;x&gt;.example (DKIM)",
    SenderBasis.SENT_BY_ITS_SERVER: "Afzender bewezen: verstuurd door een server van &lt;x&gt;.example (SPF)",
    SenderBasis.VOUCHED: "Een beheerder stond in voor deze e-mail",
    SenderBasis.PASSED_ON: "Afzender niet bewezen: doorgestuurd door &lt;x&gt;.example",
    SenderBasis.NOTHING: "Afzender niet bewezen: iedereen kan dit adres in een e-mail schrijven",
    SenderBasis.DISOWNED: "Afzender niet bewezen, en &lt;x&gt;.example vraagt om zulke e-mails te wantrouwen",
    SenderBasis.UNANSWERED: "Afzender niet bewezen: de controle kon niet worden afgerond",
}


async def case_with_each_basis(site: Site) -> Case:
    case = await site.case_of(site.cast.an)
    async with site.database.transaction() as session:
        found = await store.by_number(session, case.number)
        for basis in SenderBasis:
            words = Words(f"by {basis}", Channel.MAIL, sender=SenderEvidence(basis, "<x>.example"))
            await service.add_message(session, site.desk, found, site.cast.an, words)
        await service.add_message(session, site.desk, found, site.cast.an, Words("signed in", Channel.WEB))
    return case


async def test_handler_reads_why_each_mail_is_believed_and_the_requester_does_not(site: Site):
    case = await case_with_each_basis(site)

    shown = (await (await site.browser_of(site.cast.hanne)).get(f"/cases/{case.number}")).text
    assert {basis: shown.count(sentence) for basis, sentence in SENTENCES.items()} == dict.fromkeys(SenderBasis, 1)
    assert shown.count('class="meta sender"') == len(SenderBasis)

    own = (await (await site.browser_of(site.cast.an)).get(f"/cases/{case.number}")).text
    assert ("by signed" in own, "Afzender" in own) == (True, False)
