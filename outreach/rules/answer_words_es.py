"""Spanish: see ``answer_words``."""
# ruff: noqa: E501 - patterns are easier to keep in one line each

SPANISH_WORDS = {
    "opt_out": r"""
        \b(
        (no|nunca|deje\w*\sde|deja\sde|dejad\sde|pare\sde|evite|absténgase\sde)\s(me\s)?(vuelva[ns]?\sa\s|vuelvas\sa\s|volver\sa\s|sig[au]\w*\s)?(escrib\w*|contact\w*|enviar\w*|env[ií]\w*|mand\w*|molest\w*)(me|nos)?\b(?=(\s(más|nunca|de\snuevo|otra\svez|jamás|mensajes|correos|emails|e-mails))|[.,!]|$)
        | no\s(me|nos)\s(vuelva[ns]?|vuelvas|escrib\w*|contact\w*|env[ií]\w*|mand\w*|molest\w*|sig[au]\w*)\s?(a\s(escribir|contactar|enviar|molestar|mandar)|más|nunca|de\snuevo|otra\svez|escribiendo|enviando|mandando|correos|mensajes)
        | (darme|dame|deme|dar)\sde\sbaja | (elimin|borr|quit|retir|suprim|sac|saqu|quíte|bórre|elimíne|retíre)\w*(me)?\s(de\s(su|la|tu|esta|sus|cualquier)\s(lista|base|listado|agenda|registros?|contactos)|mi\s(correo|dirección|email|e-mail|nombre|contacto)|mis\sdatos)
        | (elimín[ea]|elimina|bórr[ea]|borra|quít[ea]|quita|retíre|retira|sáque|sáca|saca)(me|nme)\b
        | no\s(deseo|quiero|quisiera|me\sinteresa|autorizo)\s(\w+\s){0,3}?(recibir|más\s(correos?|mensajes?|e?-?mails?|cartas?|contacto|comunicaci\w+|publicidad|propuestas|solicitudes|noticias)\b|más(?=\s*[.,!;]|\s*$)|ser\scontactad[oa]|que\sme\s(escrib|contact|env)\w*|saber)
        | (más|otro|ningún|ni\sun)\s(correos?|mensajes?|emails?|e-mails?|mail)\s(de\ssu\sparte|suyos?|tuyos?|de\sustedes|más)
        | (ni|no)\s(un\s)?(correo|mensaje|email)s?\smás | no\squiero\smás\s(correos|mensajes|emails) | déj(eme|ame|enme)\sen\spaz | cancel\w*\smi\ssuscripción
        )""",
    "not_opt_out": r"\b(dud\w*\sen|recibí|he\srecibido|newsletters?|bolet[ií]n(es)?|haga\sclic|pulse|si\sno\sdesea|protección\sde\sdatos|derechos\sde\sacceso|con\sla\spalabra)\b|https?://",
    "stop": r"^\W*(baja|stop|alto|eliminar|darme\sde\sbaja)\W*$",
    "no": r"""
        \b(
        no\s(\w+\s){0,4}?(puedo|podré|podría|podemos|voy\sa\spoder|me\s(es|resulta|será|sería|va\sa\sser)\s(\w+\s)?posible|me\sveo\scapaz|estoy\sen\scondiciones|estoy\sautorizad[oa]|me\salcanza|llego|doy\sabasto|quisiera|deseo|acepto|concedo|hago|doy|atiendo|creo\sser|soy|dispongo|cuento\scon|tengo|tenemos|trabajo)\b
          (?!\s?(aún|todavía|decir(le|te|les)?\s(ni|si|aún|todavía)|problema|inconveniente|duda|ningún\s(problema|inconveniente)|nada\sque\sobjetar|el\s(lunes|martes|miércoles|jueves|viernes)|antes|esta\ssemana|este\sdía|ese\sdía|a\sesa\shora|por\sla\s(mañana|tarde)|aún\sclar|segur|el\s\d))
        | \bnadie\s(\w+\s){0,2}?(puede|podrá|tiene\s(el\s)?tiempo)\b | (sin|falta\sde|poco|nada\sde)\s(tiempo|disponibilidad|hueco|huecos)
        | (tengo|debo|prefiero|quiero|voy\sa|he\sde|lamento\stener|me\sveo\sobligad[oa]|tendré|me\stoca)\s(\w+\s){0,4}?(declinar|rechazar|decir(te|le)?\sque\sno|pasar\b|rehusar|negarme|excusarme)
        | (esta\svez|mejor|yo|así\sque|por\sahora|de\smomento)\s(esta\svez\s)?paso(?=\s*[.,;!]|\s*$) | (declino|rechazo)\b | no,?\s(gracias|lo\ssiento|muchas\sgracias) | ^no[.,!] | (mi|la)\srespuesta\s(es|tiene\sque\sser|ha\sde\sser)\s(que\s)?no\b | me\stemo\sque\sno\b | va\sa\sser\sque\sno | lamentablemente\sno\b | desgraciadamente\sno\b | por\sdesgracia\sno\b
        | no\s(me\sinteresa|estoy\sinteresad[oa]|es\sposible|va\sa\sser\sposible|será\sposible|resulta\sposible) | imposible\b(?!\s(el|este|ese|antes))
        | (completamente|totalmente|demasiado|muy)\s(desbordad[oa]|saturad[oa]|ocupad[oa]|liad[oa]|sobrepasad[oa]|llen[oa]|cargad[oa]) | (estoy|ando|voy)\s(\w+\s)?(desbordad[oa]|saturad[oa]|sobrepasad[oa]|hasta\s(arriba|el\scuello))
        | no\s(soy|sería|creo\sser)\s(la|el|una|un)\s(buen[oa]?\s|mejor\s)?(persona|contacto|indicad[oa]|adecuad[oa]|interlocutor\w*|mejor)
        | (estoy|ya)\s(jubilad[oa]|retirad[oa]) | me\s(he\s)?jubil\w+ | ya\sno\s(trabajo|estoy|ejerzo|me\sdedico) | (cerr[éeó]|vend[íi])\s(el|la|mi)\s(taller|negocio|empresa|estudio|tienda)
        )""",
    "time": r"\b((lunes|martes|miércoles|miercoles|jueves|viernes|sábado|domingo)|(esta|la\spróxima)\ssemana|mañana|tarde|hoy|antes\s(de|del)|hasta\s(el|abril|mayo)|a\slas?\s\d|el\s\d|ese\sdía|es[ao]s\s(fechas|horarios|días)|(primer|segund|tercer|últim)\w*\s(opción|horario|fecha))\b",
    "way": r"\b(en\spersona|presencial\w*|cara\sa\scara|por\s(teléfono|videollamada|zoom|correo)|en\s(la|mi)\soficina)\b",
    "yes": r"""
        (
        ^\W*(sí|si,|claro|claro\sque\ssí|por\ssupuesto|con\s(mucho\s|muchísimo\s|todo\s)?gusto|encantad[oa]|de\sacuerdo|vale|perfecto|ok|okay|desde\sluego|cómo\sno|faltaba\smás|dale|genial|listo|hecho|adelante|sin\s(ningún\s)?problema|ningún\sproblema|no\shay\sproblema|estupendo|bueno,)\b
        | \b(sí,|claro\sque\ssí|por\ssupuesto|con\s(mucho\s|muchísimo\s|todo\s)?gusto|encantad[oa]\s(de|con)\s(?!presentar|ponerte\sen\scontacto|conocer\stu\scarta)\w+ | (será|sería)\sun\splacer
        | (me|nos)\s(viene|vendría|va|iría|queda|quedaría|parece|sirve|serviría|encaja|acomoda|conviene|encantaría|gustaría|alegra|funciona)\s(\w+\s){0,2}?(bien|joya|regio|de\sdiez|súper|perfecto|genial|mejor|fenomenal|estupendo|bárbaro|fantástico|hablar|charlar|conversar|ayudar\w*|colaborar|reunir\w*|participar|contarte|conocer\w*|ideal|de\smaravilla|excelente)
        | (me|nos)\s(apetece|vale|valen|da\sigual)\b | (puedo|podría|podemos|podríamos)\s(\w+\s){0,3}?(hablar|charlar|conversar|reunir\w*|dedicar\w*|atender\w*|hacer(me)?\s(un\s)?hueco|ofrecer\w*|recibir\w*|llamar\w*|quedar|conectar\w*|vernos|el\s(lunes|martes|miércoles|jueves|viernes)|a\slas?\b|sacar|ayudar\w*|juntar\w*|a\spartir)
        | (tengo|tendría|dispongo\sde)\s(\w+\s){0,4}?(tiempo|hueco|un\srato|media\shora|libre|disponib\w*|un\sespacio|espacio|ventana)\b | (estoy|estaría|estaré)\s(\w+\s)?(disponible|libre|encantad[oa]|dispuest[oa]|de\sacuerdo)
        | (llámame|llámeme|llamame|escríbeme\scuando|agéndame|anótame|apúntame|resérva\w*)\b | (mándame|envíame|envíeme|mándeme|propón\w*|proponga\w*|dime|dígame)\s(\w+\s){0,4}?(fechas?|horarios?|opciones|cuándo|hora|invitación|disponibilidad|días?|huecos)
        | (hablemos|charlemos|quedemos|veámonos|conversemos|agendemos|hagámoslo|quedamos|lo\sdejamos|nos\svemos|hablamos|nos\sjuntamos)\b | (prefiero|elijo|escojo|me\squedo\scon|tomo|reservo)\s(la|el|est[ea]|es[ea])\b | cuent\w+\sconmigo | quedo\sa\s(tu|su)\sdisposición | a\s(tu|su)\sdisposición | te\spropongo|le\spropongo|propongo\b | (queda|quedo)\s(agendad|anotad|confirmad)\w* | confirmo\b | acepto\b | será\sun\sgusto | de\smil\samores | me\sapunto )
        )""",
    "not_before": r"\b(no|ni|nunca|tampoco|si|sin|jamás)\W+(\w+\W+){0,2}$",
    "open_to": r"\b(anotad[oa]|apuntad[oa]|agendad[oa]|reservad[oa]|ok(ay)?|por\sfavor|porfa\b|de\sacuerdo|está\sbien|entonces(?=\W*$)|libre|disponible|viene|vendría|queda|quedaría|sirve|funciona|puedo|podría|podemos|podríamos|qué\stal|te\sparece|le\sparece|propongo|propone\w*|llámame|llámeme|mejor|perfecto|hueco|tengo\stiempo|ideal|prefer\w*|conviene|hablamos|nos\svemos|quedamos|encaja|vale|sería)\b",
    "hedge": r"""\b(quizás?|tal\svez|a\slo\smejor|posiblemente|puede\sque|no\s(estoy|sé|tengo)\s(\w+\s)?(segur[oa]|si|clar[oa]|todavía)|aún\sno\s(sé|puedo)|(déjame|déjeme|permítame|tengo\sque|debo|necesito|voy\sa)\s(\w+\s)?(revisar|ver|consultar|pensar\w*|confirmar|mirar|preguntar|hablarlo|comprobar)
        | (te|le|os|les)\s(confirmo|llamo|escribo)\s(el|la|este|mañana|hoy)\b(?!.*\d) | (te|le)\s(aviso|confirmaré|avisaré|contestaré)\b | otro\smomento|otra\socasión | depende|si\s(puedo|logro|consigo|todo)\b|sujeto\sa|no\s(te|le)\sprometo|no\spuedo\sprometer|lo\s(pienso|pensaré|consulto) )\b""",
    "later": r"""\b(en\s(unos|algunos|un\spar\sde|dos|tres|seis|varios|unas)\s(meses|semanas) | después\sde\s(semana\ssanta|las\svacaciones|navidad|mi|abril|mayo|verano) | más\sadelante|más\starde
        | (en|para|hacia|a\spartir\sde|hasta)\s(abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|primavera|verano|otoño|invierno)\b|el\s(mes|año|trimestre|semestre)\s(que\sviene|próximo)|el\spróximo\s(mes|año|trimestre|semestre) )\b""",
    "refers": r"\b(búsque(lo|la)|busque\sa|es\s(el|la)\s(ing|lic|dra?|sra?)\b|contact\w*|habl\w*\scon|escrib\w*\sa|dirí(jase|gete|janse)|dirigir\w*|pregunt\w*\sa|coleg\w*|compañer[oa]\w*|recomiend\w*|recomendar\w*|suger\w*|sugier\w*|reenv\w*|remit\w*|en\scopia|mejor\s(persona|con)|más\sindicad[oa]|sustitu\w*|suces\w*|reemplaz\w*|poner\w*\sen\scontacto|pong\w*\sen\scontacto|deriv\w*|en\smi\slugar)\b",
    "to_whom": r"""\b(?:es\sel\s(?:ing|lic|dr|sr)\.?|es\sla\s(?:ing|lic|dra|sra)\.?|búsque(?:lo|la)|busque(?:\sa)?|contact(?:a|e|ar|es)\w*\s(?:a|con)|habl(?:a|e|ar|es)\scon|escrib(?:e|a|ir|as)\w*\sa|(?:dirí(?:jase|gete|janse)|dirigir\w*)\sa|pregunt\w*\s(?:a|por)|colegas?,?|compañer[oa]s?,?|recomiendo|recomendaría|sugiero|sugeriría|(?:reenvi|remit|pas)\w*\s(?:\w+\s){0,4}?a|copia|copio|sustitut[oa],?|sucesor[oa]?,?|reemplaz\w*|contacto\scon|deriv\w*\sa|indicad[oa]\s(?:es|sería)|persona\s(?:es|sería)|es|a|con)[,:]?\s+(?:(?:mi|la|el|nuestra|nuestro)\s)?(?:colega|compañer[oa])?,?\s?(?:la\s|el\s)?(?:señora?|sra?\.|doña|don|dra?\.|ing\.|arq\.)?\s?""",
    "polite": r"^\W*¿?((me\s(envías|mandas|pasas|envía|manda|pasa)|(me\s)?(puedes|podrías|puede|podría)\s(enviar|mandar|pasar)\w*)\b.{0,20}(enlace|link|invitación|liga)(\s\w+){0,2}|cómo\sest[áa]s?.*|qué\stal(\sestás|\stodo)?|(te|le|os|les)\s(parece|va|viene|queda|sirve|funciona)(\sbien)?|(está|estaría)\sbien|de\sacuerdo|vale|ok(ay)?|es\sposible)\W*\?$",
    "when": r"""^(y|entonces|pues|sí|si|claro|por\ssupuesto|con\s(mucho\s)?gusto|encantad[oa]|vale|ok|\W)*(
        cu[aá]ndo(?=\W*$) | (cuándo|cuando|(a\s)?qué\s(día|hora|fecha|horario)s?)\b.{0,60}(viene|va\sbien|convien|convendr|disponib|libre|hablar|hablamos|vernos|reun|quedar|quedamos|parece|sirve)\w*.{0,30}
        | (tiene|tienes|tendría|tendrías)\s.{0,30}(hora|fecha|horario|día)\w*\s.{0,20}en\smente
        | (puede|podría|puedes|podrías)\s.{0,20}(proponer|sugerir|enviar|mandar|dar|indicar)\w*\s.{0,20}(hora|fecha|horario|día)\w*.{0,20}
        )\W*\?$
        | ^(entonces|y|\W)*(dígame|dime|díganos|avíseme|avísame|propóngame|proponme|mándeme|mándame|envíeme|envíame)\b.{0,40}(cuándo|cuando|hora|fecha|horario|día|disponib)\w*.{0,40}$
        """,
}
