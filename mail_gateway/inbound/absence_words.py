"""The words by which absence notes can be told, in the languages of those who write to the desk."""

from mail_gateway.inbound.unaccented import compiled

# Each names somebody who writes of their own absence, in their language: a stop word may stand between its halves.
ABSENT = compiled(
    r"\b(?:(?:i am|i'm|i will be|i'll be|i shall be)\b[^!?\n]{0,30}?\b(?:away|ooo|not (?:in the office|available)"
    r"|unavailable|travell?ing|out of (?:the )?office|(?:on|taking) (?:\w+ ){0,2}(?:leave|holidays?|vacation))\b"
    r"|i (?:will|shall) not be reading my e?-?mail\b"
    r"|(?:ik ben|ben ik|ik zal)\b[^!?\n]{0,30}?\b(?:afwezig|niet (?:op kantoor|aanwezig|bereikbaar|beschikbaar)"
    r"|(?:met|op|in) (?:\w+ )?(?:\w*verlof|\w*vakantie|reis)|buiten kantoor)\b"
    r"|ik ben er (?:momenteel |tijdelijk |even )?niet\b"
    r"|(?:ik geniet|geniet ik) [^!?\n]{0,40}?\b(?:vakantie|verlof)\b"
    r"|(?:je suis|je serai)\b[^!?\n]{0,30}?\b"
    r"(?:absente?\b|(?:en|de) (?:congés?|vacances|déplacement)\b|hors (?:du|de mon) bureau\b)"
    r"|actuellement (?:absente?|en (?:congés?|vacances))\b"
    r"|(?:ich bin|bin ich|ich werde|ich befinde mich)\b[^!?\n]{0,40}?\b(?:abwesend|au(?:ß|ss)er haus"
    r"|nicht (?:im (?:b(?:ü|ue)ro|hause?)|erreichbar)"
    r"|(?:im|in|auf) (?:\w+ )?(?:urlaub|ferien|dienstreise|elternzeit|mutterschutz))\b"
    r"|(?:estoy|estaré|me encuentro)\b[^!?\n]{0,30}?\b(?:fuera|ausente|de vacaciones)\b"
    r"|(?:sono|sarò)\b[^!?\n]{0,30}?\b(?:assente|fuori (?:ufficio|sede)|in (?:ferie|vacanza))\b"
    r"|(?:jestem|będę|przebywam)\b[^!?\n]{0,30}?\b(?:nieobecn\w+|na urlopie|poza biurem)\b"
    r"|(?:estou|estarei)\b[^!?\n]{0,30}?\b(?:ausente|fora|de férias)\b"
    r"|jeg (?:er|holder)\b[^!?\n]{0,30}?\b"
    r"(?:ferie|fraværende|(?:ikke på|ude af|ute av) kontoret|bortreist|permisjon)\b"
    r"|jag (?:är|har)\b[^!?\n]{0,30}?\b(?:semester|frånvarande|inte på kontoret|bortrest|\w*ledig)\b"
    r"|olen\b[^!?\n]{0,30}?\b(?:lomalla|poissa|matkoilla|vapaalla)\b"
    r"|(?:jsem|budu)\b[^!?\n]{0,40}?\b(?:na dovolené|mimo kancelář|nepřítomn\w+)"
    r"|szabadságon (?:vagyok|leszek)\b|я\b[^!?\n]{0,30}?\bв отпуске\b"
    r")|不在にして|不在と(?:なります|なって)|休暇(?:中|を(?:取得|頂|いただ))"
)
# What companies put below every mail; it says nothing of this one, and is often longer.
SMALL_PRINT = compiled(
    r"\bdisclaimer\b|\bconfidentiality (?:notice|note|warning)|_{20}|\*{20}"
    r"|\bthis (?:e-?mail|message)(?: transmission)?,? (?:and|including|is intended|originates|may contain|contains) "
    r"|\bthe (?:information|contents?) (?:contained )?(?:in|of) this (?:e-?mail|message) "
    r"|\b(?:dit|deze) (?:e-?mail|mail|bericht|e-?mailbericht) (?:en|is (?:enkel|uitsluitend|alleen)|kan|bevat) "
    r"|\b(?:ce|cet) (?:message|courriel|e-?mail|mail) (?:et|est (?:confidentiel|destiné)|peut|contient) "
    r"|\bdiese (?:e-?mail|nachricht) (?:und|ist (?:vertraulich|nur)|kann|enthält) "
)
# What notes say instead of that, and people of other things too.
NOT_THERE = compiled(
    r"\b(?:part[- ]?time|am not in (?:the office|on)|not working on|wegens (?:\w+ )?\w*(?:verlof|vakantie|afwezigheid)"
    r"|ben ik er (?:niet|weer)|ik werk (?:niet|van|deeltijds)|étant (?:absente?|en congé)|(?:ne |n')(?:suis|serai) pas"
    r" (?:présente?|disponible|joignable|au bureau)|temps partiel|teilzeit|habe (?:ich )?urlaub"
    r"|bin (?:\w+ )?nicht (?:verfügbar|erreichbar|da))\b"
)
THANKS = compiled(
    r"(?:thanks|thank you) for (?:contacting|getting)|(?:(?:thanks|thank you) for your"
    r"|(?:bedankt|dank (?:u|je)) voor (?:uw|je|jouw)|merci (?:de|pour) votre"
    r"|danke? (?:ihnen )?f(?:ü|ue)r (?:ihre|deine)"
    r"|gracias por su|grazie per (?:la|il) (?:sua|suo))[^.!]{0,20}\b"
    r"(?:e-?mails?|mails?|messages?|enquiry|inquiry|bericht|courriels?|nachricht|anfrage|correo|mensaje|messaggio)\b"
)
# What becomes of the mail that is answered.
YOUR_MAIL = compiled(
    r"\b(?:your|uw|je|jouw|votre|ihre) (?:e-?mail|mail|message|bericht|courriel|nachricht)"
    r" (?:will|is|was|has|wordt|zal|werd|sera|a été|est|wird|wurde)\b"
)
# Whoever hands in a paper or speaks of one is a person, who reports to an HR desk that they are ill.
PAPER = compiled(
    r"\b(?:attached|attachment|enclosed|certificate|bijlage|bijgevoegd|hierbij|attest|getuigschrift|annexe|ci-joint\w*"
    r"|pièces? jointes?|certificat|anlage|anhang|anbei|beigefügt\w*|krankmeldung|bescheinigung|attestiert)\b"
)
ILL = compiled(r"\b(?:ziek\w*|malad\w+|krank\w*|ill|illness|sick\w*)\b")
# `Urgent? Call Luc.` asks nothing.
QUESTION = compiled(r"(?<!urgent)(?<!urgent )(?<!urgence)(?<!urgence )(?<!dringend)\?")
URGENT = compiled(r"urgen[tcz]|dringend|emergenc")
# To whom to turn meanwhile, most of all when it is urgent.
INSTEAD = compiled(
    r"(?:urgent|urgence|urgenz|dringend|emergenc(?:y|ies)|immediate|in my absence|during my absence|tijdens mijn"
    r"|en mon absence|pendant mon absence|in meiner abwesenheit|w(?:ä|ae)hrend meiner|urgente|mia assenza|mi ausencia)"
    r"[^.!]{0,120}(?:contact|call|reach|write|mail|turn to|wenden|terecht|bellen|bel |adresser|joindre|appele"
    r"|erreich|contatt|contacte|@|\+?\d{2,4}[ /.]\d{2})"
    r"|(?:gelieve|k[au]nt? u|u kunt|u kan)\b[^.!]{0,40}\b(?:(?:richten|wenden) tot|terecht bij|contact opnemen met)"
    r"|(?:veuillez|merci de|prière de) (?:vous adresser à|contacter) |wenden sie sich (?:\w+ ){0,4}an "
    r"|(?:direct|address|send) (?:all|any|your) (?:enquiries|inquiries|questions|requests|e-?mails?|messages?) to "
    r"|(?:contact|ping|reach out to|wend u|contacteer|contactez|adressez-vous|kontaktieren)"
    r"[^.!]{0,100}(?:urgent|urgence|dringend|immediate|in my absence|tijdens mijn|en mon absence|abwesenheit)"
    r"|ved hast\w+|vid brådskande|kiireelli|naléhav|pilnych|sürgős|срочн|緊急"
)
# Whoever asks to be called themselves writes no note.
TO_ME = compiled(
    r"(?:call|phone|reach|contact|mail|write to) me\b|(?:bel|contacteer|mail) (?:me|mij)\b"
    r"|\bm(?:e|ij) (?:\w+ ){0,4}(?:bellen|bereiken|contacteren)|-moi\b"
    r"|\bm(?:e |')(?:joindre|appeler|contacter)|\bmich\b"
)
READ_WHEN = compiled(
    r"(?:limited|no|not have|without) (?:access|e-?mail)|(?:on|after|upon) my return"
    r"|when i (?:return|am back|get back)|check(?:ing)? (?:my )?e-?mails? "
    r"|(?:respond|reply) to (?:your|all) (?:e-?mail|message)|(?:answer|respond|reply)[^.!]{0,20} as soon as"
    r"|(?:all|any) (?:enquiries|inquiries) to |(?:your|this) (?:e-?mail|message) (?:will|is) (?:be|not)"
    r"|(?:uw|je|jouw) (?:e-?mail|mail|bericht) (?:wordt|zal|lees)|(?:bij|na) mijn ter\w+"
    r"|geen (?:e-?)?mails?\b|niet beantwoorden\b"
    r"|(?:dès|à|de) mon retour|votre (?:e-?mail|mail|message) (?:sera|ne sera)|répondre à votre|répondrai dès"
    r"|nach meiner r(?:ü|ue)ckkehr|ihre (?:e-?mail|mail|nachricht) (?:wird|werde)|wird nicht weitergeleitet"
    r"|worden niet doorgestuurd|din (?:(?:e-?)?mail|e-post|besked) bli(?:r|ver) |ditt (?:mejl|mail|meddelande) "
    r"|po powrocie|lese (?:ich )?meine (?:e-?)?mails? erst|wieder f(?:ü|ue)r sie da|al mio rientro|a mi regreso"
)
UNTIL = compiled(
    r"\b(?:until|till|through|back|tot|t/m|terug|jusqu\w*|retour|bis|zur(?:ü|ue)ck|wieder|hasta|fino|do|até)\b|まで"
)
SPAN = compiled(
    r"\b(?:(?:from|between|van|vanaf|dès|tussen|vom|von|zwischen|desde|del|dal|od|du (?:\w+ )?\d+)\b"
    r"|\d{1,2}\.? ?(?:-|\N{EN DASH}|en|et|und|and) ?\d{1,2}\.? [a-z])"
)
# Notes speak of what happens meanwhile, and so does whoever tells the desk of an absence from one day to another.
MEANWHILE = compiled(
    r"(?:in|during) my absence|tijdens mijn (?:afwezigheid|verlof|vakantie)|(?:en|pendant|durant) mon absence"
    r"|(?:w(?:ä|ae)hrend|in) meiner abwesenheit|durante (?:mi ausencia|la mia assenza|a minha ausência)"
)
# What a note tells whoever writes, and hardly anybody who answers a question.
TO_ANYBODY = compiled(
    r"(?:limited|no|not have|without) (?:access|e-?mail)|(?:your|this) (?:e-?mail|message) (?:will|is) "
    r"|(?:on|after|upon) my return|when i (?:return|am back|get back)|thank you for your (?:e-?mail|mail|message)"
    r"|please (?:direct|address|forward|resend) (?:your|all) (?:e-?mail|message|question|enquir(?:y|ies)|request)"
    r"|(?:uw|je|jouw) (?:e-?mail|mail|bericht) (?:wordt|zal|lees)|worden niet doorgestuurd"
    r"|bij mijn terugkomst|na mijn terugkeer|bedankt voor (?:uw|je) (?:e-?mail|mail|bericht)"
    r"|(?:richt|stuur|gelieve) (?:uw|je) (?:e-?mail|mail|bericht|vraag|vragen) "
    r"|dès mon retour|à mon retour|votre (?:e-?mail|mail|message) "
    r"|veuillez (?:adresser|envoyer|transmettre) (?:votre|vos) (?:e-?mail|mail|message|demande|question)"
    r"|nach meiner r(?:ü|ue)ckkehr|ihre (?:e-?mail|mail|nachricht) |wird nicht weitergeleitet"
    r"|vielen dank f(?:ü|ue)r ihre|richten sie ihre |su (?:correo|mensaje)|al mio rientro|pilnych|po powrocie"
    r"|ved hast\w+|ta(?:k|kk) for (?:din|di) |din (?:(?:e-?)?mail|e-post|besked) bli(?:r|ver) "
    r"|vid brådskande|tack för (?:ditt|din) |ditt (?:mejl|mail|meddelande) |kiireelli|kiitos viesti|viestisi"
    r"|naléhav|po (?:mém )?návratu|sürgős|срочн|緊急|ご連絡"
)
