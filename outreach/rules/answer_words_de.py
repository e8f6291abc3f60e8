"""German: see ``answer_words``."""
# ruff: noqa: E501 - patterns are easier to keep in one line each

GERMAN_WORDS = {
    "opt_out": r"""
        \b(
        (schreib\w*|kontaktier\w*|mail\w*|belästig\w*|anschreib\w*|behellig\w*)\s(sie\s)?(mich|mir|uns)\s(bitte\s|künftig\s|in\szukunft\s)*(nicht|nie)(\s(mehr|wieder|weiter|noch\seinmal|nochmals))?
        | (nicht|nie)\s(mehr|wieder|weiter|noch\seinmal|nochmals)\s(\w+\s){0,3}?(an(ge)?schr\w+|kontaktier\w*|an(zu)?schreiben|zu\sschreiben|schreiben|zu\skontaktieren|belästig\w*|melden|angemailt)
        | keine?\s(weiteren?|mehr)\s(e-?mails?|mails?|nachrichten|anfragen|zuschriften|post|kontaktaufnahmen?|schreiben)
        | keine\s(e-?mails?|mails?|nachrichten|anfragen|zuschriften)\smehr
        | (nehm\w*|nimm|streich\w*|lösch\w*|entfern\w*|trag\w*)\b.{0,60}\b(aus|von)\s(ihrer|ihrem|der|dem|deiner|deinem|jeder)\s(e-?mail-?)?(verteiler\w*|liste|mailingliste|adressliste|datenbank|kartei)\b
        | (lösch|entfern|streich)\w*\s(sie\s)?(bitte\s)?(mich|mein\w*)(\s(adresse|daten|e-?mail-?adresse|mailadresse|kontaktdaten|namen))?
        | (mein\w*\s(adresse|daten|e-?mail-?adresse|kontaktdaten)|mich)\s(\w+\s){0,6}?(zu\slöschen|löschen|entfernen|streichen|auszutragen)
        | (trag\w*|nehm\w*|nimm)\s(sie\s)?mich\s(bitte\s)?(\w+\s){0,4}?aus\b
        | (möchte|will|wünsche)\s(\w+\s){0,3}?(keine?|nicht|nie)\s(\w+\s){0,4}?(kontakt\w*|angeschrieben|nachrichten|mails?|e-?mails?|anfragen|erhalten)
        | schreib\w*\s(sie\s)?(mir|uns)\s(\w+\s){0,6}?(nicht|nie)\s(mehr|wieder|noch\seinmal|nochmals)\b
        | (lass|lassen)\s(sie\s)?mich\s(bitte\s)?in\s(ruhe|frieden) | unterlassen\ssie | widerspreche\s(der|jeder|hiermit)
        | seh\w*\s(sie\s)?(bitte\s)?von\sweiteren\s | von\sweiteren\s(\w+\s)?(anfragen|nachrichten|e-?mails?|mails?|kontaktversuchen|schreiben)\s(\w+\s){0,2}?(abzusehen|absehen|abstand)
        )""",
    "not_opt_out": r"\b(zögern|(hab\w*|hat)\s[^.!?]{0,40}\bbekommen|erhalten\shabe|newsletters?|klicken|abbestellen|wenn\ssie\skeine|datenschutz\w*|bis\s(montag|dienstag|mittwoch|donnerstag|freitag))\b|https?://",
    "stop": r"^\W*(stopp?|abmelden|austragen|abbestellen)\W*$",
    "no": r"""
        \b(
        (kann|können|könnte|konnte|werde|will|möchte|darf|dürfen)\s(\w+,?\s){0,8}?(nicht|kein\w*|nichts|niemand\w*)\s(\w+\s){0,6}?
          (helfen|weiterhelfen|behilflich|treffen|anbieten|dienen|einrichten|zusagen|nachkommen|unterstützen|sprechen|gespräche?|zeit|einräumen|leisten|übernehmen|führen|geben|annehmen|erfüllen|teilnehmen|entsprechen|finden|beantworten|wahrnehmen|ermöglichen|stehen|machen|mitmachen|freischaufeln|aufbringen|nehmen|termine?|interviews?|auskunft|auskünfte)
        | (habe|haben|hab|finde|finden|fehlt|fehlen|bleibt|sehe)\s(\w+\s){0,5}?(keine?n?|kaum|die|der|wenig|leider)\s(\w+\s){0,2}?(zeit|kapazität\w*|termine?|möglichkeit\w*|luft|freiraum|ressourcen|spielraum|interesse|lust)\b(?!\s(für\ssie|für\sdich)\s(gefunden|genommen))
        | keine\s(zeit|kapazität\w*|möglichkeit|luft)\b
        | (muss|müssen|möchte|werde|würde)\s(\w+,?\s){0,8}?(absagen|ablehnen|passen|verneinen|enttäuschen|abschlagen|abwinken|nein\ssagen)
        | (nicht|kein\w*)\s(wirklich\s)?(der|die|das|ein\w*)?\s?(richtige\w*|passende\w*|geeignete\w*|guter?|beste\w*)\s(ansprech\w+|person|adresse|kontakt\w*|stelle|mann|frau|gesprächspartner\w*)
        | kein\sinteresse | nicht\sinteressiert | falsche\w*\s(ansprech\w*|person|adresse|stelle)
        | (grundsätzlich|generell|prinzipiell)\s(\w+\s){0,3}?(keine?|nicht)
        | nein(,|\.|!|\sdanke|\svon|\smuss|$) | ^leider\snein | leider\snein\b | danke,?\snein
        | nehmen?\s(ich\s|wir\s)?(\w+\s){0,2}?abstand | abstand\snehmen
        | lehne\w*\s(\w+\s){0,5}?ab\b
        | (geht|klappt|passt|wird|ist)\s(\w+\s){0,5}?(leider\s)?nicht\s?(möglich|machbar|gehen|drin|klappen|realisierbar|zu\smachen)?(?=[.,!;]|\sund|\sweil|\sda\s|$)
        | (klares|ein)\snein\b | schaffe?\s(das|es)\s(\w+\s){0,2}?nicht\b | (kann|können)\s(\w+\s){0,5}?niemand\b | niemand\s(\w+\s){0,3}?(kann|zeit|übernehmen)\b
        | nicht\smöglich | unmöglich\b | zeitlich\snicht
        | (bin|sind)\s(\w+\s){0,4}?(im\sruhestand|in\srente|pensioniert|in\spension|raus\saus) | arbeite\s(\w+\s){0,4}?nicht\smehr | nicht\smehr\s(bei|im|in|für)\s.{2,30}(tätig|beschäftigt|angestellt)
        | (völlig|total|komplett|restlos|hoffnungslos)\s(überlastet|ausgelastet|ausgebucht|überarbeitet|dicht|zugeschüttet) | zu\s(viel|viele)\s(um\sdie\sohren|zu\stun|arbeit|termine|anfragen|auf\sdem\stisch)
        | (gebe|geben|mache|machen|führe|führen|nehme|beantworte)\s(\w+\s){0,3}?(keine?)\s(\w+\s)?(interviews?|gespräche|auskünfte|auskunft|termine|anfragen|telefonate)
        | (bitte\s(ich\s)?)?(sehen\ssie|sieh)\sdavon\sab | möchte\s(ich\s)?(lieber\s)?nicht(?=[.,!]|$) | lieber\snicht | bin\sich\snicht\szu\shaben
        )""",
    "time": r"\b(montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag)s?\b | \b((diese|nächste|kommende)\w*\swoche|vormittag\w*|nachmittag\w*|heute|morgen|vor\s(dem|ende|april|mai)|bis\s(zum|ende|april|mai)|um\s\d|am\s\d|diesen?\stermin\w*|(erste|zweite|dritte|letzte)\w*\s(termin|vorschlag))\b",
    "way": r"\b(persönlich|vor\sort|(per|am|übers?|via)\s(telefon|video|zoom|teams|skype|mail|e-?mail)|telefonisch|im\sbüro)\b",
    "yes": r"""
        (
        ^\W*(ja|jep|klar|na\sklar|gern|gerne|sehr\sgern|sehr\sgerne|natürlich|selbstverständlich|mit\s(vergnügen|freude|dem\sgrößten)|okay|ok|abgemacht|einverstanden|prima|super|perfekt|aber\s(gern|sicher|klar)|kein\sproblem|sicher|freilich|passt|jo)\b(?!\s(dass|,\sdass))
        | \b(ja,|sehr\sgern\w*|gern\w*\s(mit\s(ihnen|dir)|für\s(ein|ihr|dein)|ein|sprechen|telefonieren|unterhalten|zur|bereit|helfen|treffen|nehme|erzähle|beantworte|tausche|weiter)
        | (spreche|rede|telefoniere|unterhalte|treffe|erzähle|helfe|mache|nehme|stehe|tausche|beantworte|plaudere)\s(\w+\s){0,5}?(gern\w*|sehr\sgern\w*)\b
        | freue\s(mich|mi)\s(\w+\s){0,3}?(auf|darauf|sie|dich|schon|über\s(das|unser|ein)\s(gespräch|telefonat|treffen))
        | (passt|passen|ginge|gehen|geht|klappt|würde|käme)\s(\w+\s){0,4}?(mir|uns|bei\smir|gut|super|prima|perfekt|bestens|wunderbar|hervorragend|am\sbesten|ausgezeichnet|passen|gehen|klappen)\b
        | (passt|ginge|geht|klappt)(?=[.!,]|\s?$) | (wäre|ist)\s(\w+\s){0,4}?(gut|möglich|okay|in\sordnung|super|perfekt|ideal|wunderbar|prima|machbar|mir\srecht|am\sbesten|schön)\b
        | (bin|wäre|sind)\s(\w+\s){0,4}?(bereit|dabei|einverstanden|frei|verfügbar|erreichbar|flexibel|da(?!\s(evtl|vielleicht|eventuell|unterwegs|noch|nicht|auf|in|im|bei)\b))\b
        | (na\s)?klar(?=\W*$) | gespräch\s(\w+\s){0,4}?gerne?\b
        | schlage\w*\s(\w+\s){0,6}?vor\b | mein\svorschlag | würde\s(\w+\s){0,3}?vorschlagen
        | (können|könnten|sollten|lassen\ssie|lass)\s(\w+\s){0,2}?(uns|wir|sie\smich|du\smich|mich)\s(\w+\s){0,4}?(telefonieren|sprechen|treffen|anrufen|reden|unterhalten|festhalten|zusammensetzen|verabreden)
        | nehme\s(ich\s)?mir\s(\w+\s){0,4}?zeit | (habe|hätte|hab)\s(\w+\s){0,6}?(zeit|luft|platz|ein\s(fenster|zeitfenster|stündchen|halbes?\sstündchen)|eine\s(halbe\sstunde|lücke)|frei)\b
        | ruf\w*\s(sie\s)?(mich\s)?(gern\w*|einfach|doch|dann)?\s?(\w+\s){0,3}?an\b | steh\w*\s(\w+\s){0,5}?(zur\sverfügung|bereit)
        | (nehme|nehmen|wähle|bevorzuge|buche|favorisiere)\s(\w+\s){0,2}?(den|die|das)\b | trag\w*\s(sie\s)?(mich|das|es)\s(\w+\s){0,2}?ein\b | bis\s(dann|dahin|montag|dienstag|mittwoch|donnerstag|freitag)\b | zusage\b|sage\s(\w+\s)?zu\b | halte\s(mir\s)?(den|das|die)\s | meld\w*\s(sie\s|dich\s)?(sich\s)?(gern\w*|einfach|jederzeit) | schick\w*\s(sie\s)?(mir\s)?(gern\w*|doch|einfach)?\s?(\w+\s){0,3}?(termin\w*|einladung|vorschl\w+|zeit\w*)
        | machen\swir | können\swir\s(gern\w*\s)?(machen|einrichten)\b | das\smachen\swir | kein\sproblem )
        )""",
    "not_before": r"\b(nicht|kein\w*|nie|weder|ob|falls|wenn|kaum|würde)\W+(\w+\W+){0,2}$",
    "open_to": r"\b(notiert|eingetragen|vorgemerkt|reserviert|geblockt|ok(ay)?|läuft|bestätige(?!\sdas)|nehme|bitte|gut|könnte\sich|passt|passen|ginge|geht|klappt|frei|verfügbar|erreichbar|zeit|wie\swäre?|wäre?(?!\sich\b)|schlage|vorschlag|vorschlagen|können\swir|könnten\swir|ruf\w*|bis\s(dann|dahin)|gern\w*|treffen|telefonieren|sprechen|recht|ideal|am\sbesten|möglich)\b",
    "hedge": r"""\b(vielleicht|eventuell|evtl\.?|möglicherweise|unter\sumständen|mal\sse?hen|weiß\s(ich\s)?(noch\s)?nicht|(noch\s)?nicht\ssicher|unsicher
        | (schaue?|prüfe|überlege|kläre)\s(ich\s|das\s|es\s|mal\s|erst\s|noch\s|intern\s|mir\s)+ | melde\s(ich\s)?mich\s(\w+\s){0,5}?(wieder|noch\seinmal|nochmals?|bei\s(ihnen|dir)|dann|dazu)
        | muss\s(ich\s)?(\w+\s){0,4}?(erst|noch|klären|prüfen|schauen|nachsehen|abstimmen|überlegen|abklären)
        | meld\w*\s(sie\s|dich\s)?(sich\s)?(\w+\s){0,5}?(wieder|nochmals?|noch\seinmal) | falls|sofern|wenn\s(ich|es\ssich|meine?)\b | kann\s(\w+\s){0,3}?(noch\s)?nicht\s(versprechen|zusagen|sagen|absehen) | kann\sich\serst | ungewiss|vorbehaltlich|eher\snicht|hängt\s(davon|von)|je\snachdem )\b""",
    "later": r"""\b(in\s(ein\spaar|einigen|zwei|drei|vier|sechs|mehreren)\s(wochen|monaten)|in\s(einem|einigen)\smonat\w*|im\s(frühjahr|frühling|sommer|herbst|winter|april|mai|juni|juli|august|september|oktober|november|nächsten\s(monat|jahr|quartal|semester))
        | nach\s(ostern|weihnachten|den\sferien|dem\surlaub|meinem\surlaub|der\sabgabe|meiner\srückkehr) | frühestens|erst\s(im|ab|wieder|nach|in|irgendwann)\b|später(\sim|\snoch|\swieder)?\b|zu\seinem\sspäteren )\b""",
    "refers": r"\b((wenden|meld\w*)\s(sie\s|dich\s)?(sich\s)?(\w+\s){0,3}?(an|bei)|kolleg\w*|frag\w*\s(sie|doch|mal)|sprechen\ssie\s(\w+\s)?(mit|\w+\san)|ansprechpartner\w*|kontaktieren\ssie|weiter(leiten|geleitet|gegeben|geleite)|leite\s.{2,40}\sweiter|empfehle|empfehlen|nachfolge\w*|vertret\w*|besser\s(bei|an)|in\s(cc|kopie)|zuständig\w*|statt\s?dessen|statt\smeiner|vertritt\s(mich|meinen|meine)|mich\svertritt|an\s(den|die|sie|ihn)\s(dürfen|können|sollten|darfst|kannst)\s(sie|du)|an\smeine[nr]?\sstelle|schreib\w*\s(sie\s)?(doch\s|am\sbesten\s|bitte\s)?(an\s)?(frau|herrn|meine))\b",
    "to_whom": r"""\b(?:(?:nachfolger|stellvertreter|vertreter|kolleg|chef)\w*\s(?:heißt|heisst|ist|wäre|namens)|mich\svertritt|vertritt\smich|(?:wenden|meld\w*)\s(?:sie\s|dich\s)?(?:sich\s)?(?:\w+\s){0,4}?(?:an|bei)|kolleg\w*(?:,|\sist|\swäre)?|frag\w*\s(?:sie\s)?(?:doch\s|mal\s|am\sbesten\s|bitte\s|bei\s)*|sprechen\ssie\s(?:\w+\s){0,3}?mit|ansprechpartner\w*(?:\s(?:ist|wäre|für\s\w+\sist))?|kontaktieren\ssie\s(?:\w+\s){0,2}?|(?:weitergeleitet|weitergegeben)\san|an|empfehle\s(?:ich\s)?(?:ihnen\s|dir\s)?|nachfolger\w*(?:\sist)?,?|vertretung\s(?:ist|übernimmt)|in\s(?:cc|kopie)(?:\sist|\ssetze\sich)?|zuständig\s(?:ist|wäre)|mit)[,:]?\s*(?:(?:mein\w*|unser\w*|die|den|der)\s)?(?:(?:\w+\s)?kolleg\w*,?\s)?(?:frau|herrn?|dr\.|prof\.|oberarzt|oberärztin|chefarzt|chefärztin)?\s?(?:dr\.\s|prof\.\s)?""",
    "polite": r"^\W*(wie\sgeht\ses.*|(schicken|schick|senden|könnten|könntest|können|kannst)\b.{0,40}\b(\w*link|\w*einladung|zugangsdaten|einwahl\w*|nummer)(\s\w+){0,3}|(passt|geht|ginge|klappt)\s(das|ihnen\sdas|dir\sdas|es)(\s(bei\s|für\s)?(ihnen|dir|sie|dich|so))?|(ist|wäre)\s(das|dir\sdas|ihnen\sdas)\s(so\s)?(ok(ay)?|recht|in\sordnung|möglich)(\sfür\s(sie|dich))?|passt\?|ok(ay)?)\W*\?$",
    "when": r"""^(und|also|dann|ja|gern|gerne|klar|natürlich|ok|okay|sehr|\W)*(
        (und\s)?wann(\sdenn)?(?=\W*$) | (wann|(zu|um|an)?\s?welche[rmns]?\s(termine?|tage?|zeit(en)?|uhrzeit(en)?))\b.{0,60}\b(pass(t|en|ten)|recht|zeit|gut|geht|ginge|treffen|sprechen|telefonieren|reden|unterhalten|vorgestellt|gedacht)\b.{0,30}
        | (haben|hätten|hast|hättest)\s(sie|du)\s.{0,30}(termin|zeit|tag)\w*\b.{0,20}(im\ssinn|im\skopf|vorschlag|vorschläge)\w*
        | (können|könnten|würden|kannst|könntest|würdest)\s(sie|du)\s.{0,40}(termin|zeit|tag)\w*\s.{0,20}(vorschlagen|nennen|schicken|senden|anbieten|machen)
        )\W*\?$
        | ^(bitte|einfach|dann|und|\W)*(sagen\ssie|sag|geben\ssie|gib|lassen\ssie|lass|melden\ssie|schreiben\ssie|schreib)\b.{0,40}\bwann\b.{0,40}\b(pass(t|en)|recht|zeit|gut|geht|ginge|treffen|sprechen|telefonieren)\b.{0,20}$
        | ^(bitte|einfach|dann|und|\W)*(schlagen|schlag|nennen|nenn|schicken|schick|senden)\b.{0,40}\b(termine?|zeit(en)?|uhrzeit(en)?|vorschläge|vorschlag)\b.{0,20}$
        """,
}
