"""French: see ``answer_words``."""
# ruff: noqa: E501 - patterns are easier to keep in one line each

FRENCH_WORDS = {
    "opt_out": r"""
        \b(
        ne\s(plus|pas)\s(\w+\s){0,2}?(m'écrire|me\scontacter|me\ssolliciter|m'envoyer|me\srelancer|m'importuner|m'adresser|nous\scontacter|nous\sécrire|nous\ssolliciter)
        | (?<!vous\s)(?<!tu\s)ne\s(m'|me\s|nous\s)(écri\w*|contact\w*|sollicit\w*|envoy\w*|relanc\w*|dérang\w*)\s(plus|pas|jamais)
        | n'(écrivez|envoyez|insistez)\s(plus|pas)
        | (arrêt|cess)\w*\s(de\s)?(m'écrire|me\scontacter|m'envoyer|de\sm'écrire|vos\s(mails|e-?mails|messages|relances|sollicitations)|ces\s(mails|messages)|me\ssolliciter|me\srelancer)
        | (désinscri\w*|désabonn\w*|supprim\w*|retir\w*|effac\w*|enlev\w*|ôte\w*|ray\w*)(-moi|\smon\s(adresse|nom|e-?mail|contact)|\smes\s(coordonnées|données)|\sme\b)
        | (me\s|m')(désinscrire|désabonner|retirer|supprimer|rayer|enlever)
        | plus\s(aucun|de)\s(messages?|mails?|e-?mails?|courriels?|courriers?|sollicitations?|relances?|contact)
        | (souhaite|veux|désire|voudrais|tiens)\s(\w+\s){0,2}?(plus|pas|à\sne\splus|ne\splus)\s(être\s(contacté|sollicité|relancé|démarché)e?|recevoir|entendre)
        | laiss\w*-moi\s(tranquille|en\spaix) | (être|sois)\s(retiré|supprimé|effacé|désinscrit)e?\sde\s
        | aucun(e)?\s(autre\s)?(message|sollicitation|relance|courriel|mail)\s?(de\svotre\spart|à\sl'avenir|supplémentaire)
        )""",
    "not_opt_out": r"\b(hésit\w*|(n'ai|avons)\s\w*\s?reçu|newsletters?|lettre\sd'information|cliquez|si\svous\sne\ssouhaitez|données\spersonnelles)\b|https?://",
    "stop": r"^\W*(stop|désinscription|désabonnement|désabonner)\W*$",
    "no": r"""
        \b(
        (je|on|nous)\s(ne\s|n'en\s|n')\s?(\w+\s){0,3}?(pourrai|peux|puis|pourrais|pourrons|suis(?=\s\w*\s?\w*\s?(pas|plus)\s(\w+\s)?(disponible|en\smesure|la\sbonne|le\sbon|intéressée?|autorisée?|libre|en\sposition|à\smême))|serai|saurais|vais|vois|souhaite|sens|dispose|donne|accorde|fais|prends|accepte|réponds|pense|travaille|crois|ai|aurai|avons|pouvons|sommes)\b(?:\smalheureusement|\shélas|\sdonc|\svraiment|\sactuellement)*\s(pas|plus|point|aucun\w*|guère|jamais|malheureusement\spas|hélas\spas|donc\spas)\b
          (?!\s(contre|encore\b|sûre?\b|certaine?\b|si\b|seulement|libre|disponible\s(le|lundi|mardi|mercredi|jeudi|vendredi|avant|cette)))
        | (ne\s|n')(pourrai|peux|puis|pourrais)\s(malheureusement\s|hélas\s)?(pas(?!\sencore)|donner\ssuite)
        | (pas|plus|peu|ni)\s(\w+\s){0,2}?(le\s|de\s|du\s|beaucoup\sde\s)?(temps|disponibilités?|la\sdisponibilité|la\spossibilité)\b
        | (manque|faute)\s(cruellement\s)?(de\s)?(temps|disponibilités?)
        | (dois|devoir|préfère|vais|suis\s(obligée?|contrainte?|forcée?)\sde|me\svois\s\w+\sde|suis\sau\sregret\sde)\s(\w+\s){0,3}?(décliner|refuser|renoncer|passer\smon\stour|dire\snon|répondre\s(par\sla\snégative|négativement))
        | (décline|déclinons|refuse)\b | pas\s(vraiment\s|du\stout\s)?(la\sbonne|le\sbon|une\sbonne)\s(personne|interlocuteur|interlocutrice|contact|choix) | pas\sintéressée?\b
        | (pas|plus)\s(\w+\s)?(d'entretiens?|d'interviews?|de\srendez-vous|de\sce\sgenre|ce\stype)
        | non(,|\.|!|\smerci|\sdésolée?|$) | (ma\s)?réponse\s(est|sera)\s(donc\s|malheureusement\s)?(non|négative) | c'est\s(malheureusement\s|hélas\s)?non\b
        | (totalement|complètement|trop|vraiment)\s(débordée?|submergée?|surchargée?|prise?|occupée?|chargée?) | (suis|sommes)\s(débordée?s?|submergée?s?|surchargée?s?)
        | (suis|désormais)\s(\w+\s)?(à\sla\sretraite|retraitée?) | ne\stravaille\splus | (impossible|pas\spossible)(?!\s(le|mardi|mercredi|jeudi|vendredi|lundi|avant))
        | \bpersonne\s(\w+\s){0,4}?ne\s(peut|pourra|(va|a)\s(pouvoir|le\stemps)) | laisser\sla\sparole\sà | ne\sdonne(rai)?\spas\ssuite | ne\spas\sdonner\ssuite
        )""",
    "time": r"\b(lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|(cette|la)\ssemaine|semaine\sprochaine|matin|après-midi|demain|aujourd'hui|avant\s(le|avril|mai|fin)|jusqu'au|à\s\d|le\s\d|ce\sjour|ces\s(dates|créneaux|horaires)|(premier|deuxième|troisième|dernier)\scréneau)\b",
    "way": r"\b(en\spersonne|de\svive\svoix|en\sprésentiel|sur\splace|par\s(téléphone|visio\w*|mail)|au\stéléphone|en\svisio\w*|au\sbureau)\b",
    "yes": r"""
        (
        ^\W*(carrément|(\w+\s)?partante?|oui|volontiers|avec\s(grand\s|un\sgrand\s|le\splus\sgrand\s)?plaisir|bien\ssûr|d'accord|entendu|parfait|ok|okay|certainement|absolument|pourquoi\spas|très\sbien|super|banco|c'est\s(d'accord|parfait|noté|bon)|sans\sproblème|pas\sde\s(souci|problème))\b
        | \bpas\sde\s(souci|problème)s?\b(?!\s(de|avec|pour\smoi\sde)\b) | \bc'est\s(donc\s|bien\s|un\s(grand\s)?)?oui\b
        | \b(vous\spouvez|tu\speux)\s(m'appeler|me\s(joindre|téléphoner|passer|rappeler)|passer)\b
        | \b(oui,|volontiers|avec\s(grand\s|un\sgrand\s|le\splus\sgrand\s)?plaisir|bien\sentendu
        | (ravie?|heureu(x|se)|contente?|enchantée?|disposée?|prête?|partante?|d'accord)\s(de|d'|à|pour)\s?(?!vous\s(orienter|diriger|mettre\sen\s(contact|relation)|aiguiller)|apprendre)\w+ | (suis|serais)\s(preneu(r|se)|partante?|d'accord|disponible|libre|dispo|joignable)
        | (je\s)?(peux|pourrais)\s(\w+\s){0,3}?(vous\sconsacrer|te\sconsacrer|vous\saccorder|t'accorder|me\slibérer|vous\srecevoir|te\srecevoir|vous\sappeler|t'appeler|échanger|discuter|parler|prendre|dégager|trouver)
        | (me|nous)\s(convient|conviendrait|va|irait|conviennent|arrange|arrangerait|correspond)\b | (convient|conviendrait|ça\smarche|ça\sme\sva|ça\sroule|c'est\sparfait|serait\s(parfait|idéal|bien|possible)|est\s(parfait|très\sbien|possible|idéal)|fera\sl'affaire)
        | n'hésite[sz]?\s(surtout\s)?pas\sà\s(m'appeler|me\sdéranger|m'interrompre|passer\b|me\sproposer|fixer|caler) | je\sm'y\sprêterai | (appelez|appelle)-moi | (proposez|propose|envoyez|envoie|dites|dis)-moi\s(\w+\s){0,4}?(créneaux?|dates?|horaires?|disponibilités?|quand|invitation|moments?|jours?)
        | (discutons|parlons|échangeons|voyons-nous|retrouvons-nous|fixons|disons|convenons|calons)\b | on\s(se|peut\s(se|s'))\s?(\w+\s)?(appelle|parle|voit|parler|voir|appeler|retrouve|dit)
        | (je\s)?(vous|te)\spropose\b(?!\s(de\s(contacter|voir\savec|vous\sadresser)|plutôt)) | au\splaisir\sde\s(vous\s|te\s|notre\s|cet\s)?(échang|parl|discut|rencontr|voir)\w* | (choisis|prends|retiens|préfère|réserve|opte\spour)\s(le|la|plutôt\sle)\b | je\s(suis|reste)\s(libre|disponible|dispo|à\svotre\sdisposition|à\sta\sdisposition)
        | ce\s(sera|serait)\s(avec\s(grand\s)?plaisir|un\splaisir|parfait) | j'accepte | j'ai\s(\w+\s){0,3}?(un\scréneau|du\stemps|un\strou|une\sdemi-heure|un\smoment) | (à|rendez-vous)\s(mardi|mercredi|jeudi|vendredi|lundi)\b | comptez\ssur\smoi | ça\sm'irait | va\spour\s )
        )""",
    "not_before": r"\b(ne|n'|pas|plus|jamais|ni|si|aucun\w*|guère)\W*(\w+\W+){0,2}$",
    "open_to": r"\b(noté|réservé|bloqué|inscrite?|c'est\s(noté|bon)|ok|d'accord|va\spour|s'il\s(vous|te)\splaît|svp|je\sretiens|libre|disponible|dispo|convient|conviendrait|va|irait|marche|possible|propose|appelez-moi|appelle-moi|peux|pourrais|pourrions|pouvons|que\sdiriez|ça\svous|disons|plutôt|parfait|idéal\w*|préfér\w*|volontiers|rendez-vous|arrange\w*|créneau|partante?|ce\sserait)\b",
    "hedge": r"""\b(peut-être|éventuellement|pas\s(encore\s)?(sûre?|certaine?)|je\s(vais\s)?(vérifi\w*|regard\w*|réfléch\w*|consult\w*)|dois\s(d'abord\s)?(vérifier|voir|regarder|demander|réfléchir|consulter|en\sparler)
        | (vous|te)\s(redis|recontacte|reviens|tiens\sau\scourant) | reviens\svers\s(vous|toi) | une\sautre\sfois | si\s(je\s(peux|trouve|parviens|arrive)|mon|tout)\b | ça\sdépend|cela\sdépend|sous\sréserve|je\sne\ssais\spas|rien\spromettre|à\svoir )\b""",
    "later": r"""\b(dans\s(quelques|deux|trois|quatre|six|plusieurs)\s(mois|semaines) | (après|pas\savant)\s(les\svacances|pâques|noël|avril|mai|juin|mon|l'été)
        | (au|en|courant|mois\sd')\s?(printemps|été|automne|hiver|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre|mois\sprochain)|l'été|la\srentrée|plus\stard|ultérieurement )\b""",
    "refers": r"\b(contact\w*|adress\w*|voyez|voir\savec|écri\w*\sà|parl\w*\s(à|avec)|demand\w*\sà|collègue\w*|consœur|confrère|recommand\w*|conseill\w*|transm\w*|transfér\w*|plutôt\s\w+|en\scopie|mieux\splacée?|successeur\w*|remplac\w*|mettre\sen\s(contact|relation)|orient\w*|tourn\w*\svers|rapproch\w*|sollicit\w*|bonne\sinterlocutrice|bon\sinterlocuteur|à\sma\splace)\b",
    "to_whom": r"""\b(?:contact(?:ez|er|e)|adress(?:ez|er|e)(?:-vous|-toi|\svous)?(?:\splutôt)?\sà|voyez|voir\savec|écri(?:vez|re|s)(?:\splutôt)?\sà|parl(?:ez|er|e)\s(?:à|avec)|demand(?:ez|er|e)\sà|collègues?(?:\sest)?,?|consœur,?|confrère,?|recommande(?:rais)?|conseille(?:rais)?(?:\sde\s(?:contacter|voir))?|(?:transmi[st]\w*|transfér\w*|transmets)\s(?:\w+\s){0,3}?à|copie(?:\sde\sce\smessage)?,?|successeur\w*,?|remplac\w*\spar|(?:relation|contact)\savec|tourn\w*\svers|rapproch\w*\sde|personne\sest|serait|est|solliciter|à)[,:]?\s+(?:(?:ma|mon|notre|la|le)\s)?(?:collègue|consœur|confrère)?,?\s?(?:madame|monsieur|mme|m\.)?\s?""",
    "polite": r"^\W*(comment\sallez-vous.*|((pouvez|pourriez|peux|pourrais)-(vous|tu)\b.{0,20}(envoyer|transmettre|partager)|(vous|tu)\sm'envo\w+).{0,20}(lien|invitation|coordonnées|détails)(\s\w+){0,2}|comment\svas-tu.*|(cela|ça)\s(vous|te)\s(convient|va|irait|conviendrait)(-il|-elle)?(\s\w+){0,2}|est-ce\sque\s(cela|ça)\s(vous|te)\s(convient|va|irait|conviendrait)|d'accord|ok|cela\svous\sva-t-il)\W*\?$",
    "when": r"""^(et|alors|donc|oui|volontiers|bien\ssûr|avec\splaisir|d'accord|ok|\W)*(
        (tu\sme\sdis|vous\sme\sdites)\s(\w+\s)?quand | quand(\sça)?(?=\W*$)
        | (quand|(à\s)?quel(le)?s?\s(jour|date|heure|créneau|moment)\w*)\b.{0,60}(convien|dispon|arrang|libre|rencontr|parler|discuter|voir|irai|appel)\w*.{0,30}
        | (avez-vous|auriez-vous|as-tu|aurais-tu)\s.{0,30}(créneau|date|horaire|jour|moment)\w*\s.{0,20}(en\stête|à\sproposer|à\sme\sproposer)
        | (pouvez|pourriez|peux|pourrais)-(vous|tu)\s.{0,20}(proposer|suggérer|envoyer|donner|indiquer)\s.{0,20}(créneau|date|horaire|heure|jour|disponibilité)\w*.{0,20}
        )\W*\?$
        | ^(alors|et|\W)*(dites-moi|dis-moi|faites-moi\ssavoir|proposez-moi|propose-moi|envoyez-moi|indiquez-moi)\b.{0,40}(quand|créneau|date|horaire|disponib|jour|convien)\w*.{0,40}$
        """,
}
