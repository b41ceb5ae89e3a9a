"""Fifty ways to bring a script into a page, by subject, words, file name and search: in no browser does one run."""

from urllib.parse import quote

import pytest

from casework.attachments.models import IncomingFile
from casework.cases import handling, service
from casework.cases import store as cases
from casework.messages.models import Channel, MessageKind
from casework.messages.service import Words

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

ELEMENTS = [
    f"<{tag} src=x onerror=alert(1)>" for tag in ("img", "audio", "video", "input type=image", "embed")
] + [
    f"<{tag} {event}=alert(1){more}>"
    for tag, event, more in (
        ("svg", "onload", ""), ("body", "onload", ""), ("iframe", "onload", ""), ("details open", "ontoggle", ""),
        ("input autofocus", "onfocus", ""), ("select autofocus", "onfocus", ""), ("textarea autofocus", "onfocus", ""),
        ("marquee", "onstart", ""), ("a href=#", "onmouseover", ">x</a"), ("div style=width:9999px", "onmouseover", ""),
        ("style", "onload", ">x</style"), ("link rel=stylesheet href=/x", "onerror", ""),
        ("object data=x", "onerror", ""),
    )
]  # fmt: skip
BREAKING_OUT = [
    end + "<script>alert(1)</script>"
    for end in ('">', "'>", "</title>", "</textarea>", "</style>", "</script>", "-->", "]]>", "</option></select>")
] + ['" onfocus="alert(1)" autofocus="', "' onclick='alert(1)", "` onmouseover=`alert(1)"]
ADDRESSES = [
    "javascript:alert(1)", "java\tscript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)", 'https://x.example/"onmouseover=alert(1)//', "https://x.example/'><script>alert(1)</script>",
    "www.x.example/<img src=x onerror=alert(1)>", "mailto:a@b.example?subject=<script>alert(1)</script>",
]  # fmt: skip
OTHERS = [
    "<ScRiPt>alert(1)</sCrIpT>", "<script src=https://x.example/x.js></script>", "<<script>alert(1)//<</script>",
    "<math><mtext><script>alert(1)</script></mtext></math>", "<template><script>alert(1)</script></template>",
    "<base href=https://x.example/>", "<meta http-equiv=refresh content=0;url=https://x.example/>",
    "<form action=https://x.example/><button autofocus onfocus=alert(1)>", "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;", "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
    "%3Cscript%3Ealert(1)%3C/script%3E", "{{constructor.constructor('alert(1)')()}}",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<img src=https://x.example/seen.gif>", "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
]  # fmt: skip
CORPUS = ELEMENTS + BREAKING_OUT + ADDRESSES + OTHERS


async def test_no_script_of_the_corpus_runs_for_whoever_reads_it(site, reader):
    assert len(CORPUS) >= 50
    async with site.database.transaction() as session:
        for number, payload in enumerate(CORPUS):
            channel = (Channel.MAIL, Channel.CHAT, Channel.WEB)[number % 3]
            file = IncomingFile(payload, "text/html", payload.encode())
            if number % 13 == 0:
                ask = service.Request(subject=payload, words=Words(text=payload, channel=channel), files=[file])
                case = await service.open_case(session, site.desk, site.cast.an, ask)
            else:
                said = Words(text=payload, channel=channel)
                await service.add_message(session, site.desk, case, site.cast.an, said, files=[file])
        opened = await cases.all_cases(session)
        for held in opened:
            said = Words(text="\n".join(CORPUS), channel=Channel.MAIL)
            await handling.write_to_requester(session, site.desk, held, site.cast.hanne, said, kind=MessageKind.ANSWER)
    pages = [path for held in opened for path in (f"/cases/{held.number}", f"/cases/{held.number}?tab=attachments")]
    for who, more in (
        (site.cast.an, ["/", "/tasks", *(f"/search?q={quote(payload)}" for payload in CORPUS[::10])]),
        (site.cast.hanne, ["/workspace"]),
        (site.cast.ada, ["/admin/log", "/admin/log?show=cases", "/admin/log?show=mails"]),
    ):
        one = await reader(who)
        page = await one.open(pages[0])
        for path in [*pages[1:], *more]:
            await page.goto(one.root + path)
            await page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
        assert one.faults == []
