"""English: see ``answer_words``. Verbose patterns: a blank is written ``\\ `` or ``\\s``."""
# ruff: noqa: E501 - patterns are easier to keep in one line each

ENGLISH_WORDS = {
    "opt_out": r"""
        \b(
        unsubscribe(\sme)?\b | (please\s)?(remove|delete|take|strike)\s(me|my\s(name|address|e-?mail(\saddress)?|details|data))
            (\sand\s(my\s)?(name|address|e-?mail(\saddress)?|details|data))?\b (?=\s(from|off)|[.!,]|$)
        | (take|get)\sme\soff | take\s(both\s)?(\w+\sand\s)?me\s(and\s\w+\s)?off\s(the|your|any|this)\s(\w+\s)?(list|records?|database|mailings?)\b
        | drop\s(this|my|our)\s(e-?mail\s)?address\sfrom\s(the|your|any)\s(\w+\s)?(list|records?|database|mailings?|notes|files?)\b
        | (do\snot|don't|never|please\sstop|stop|cease|quit|refrain\sfrom|kindly\sstop) \s (ever\s)?
          (e-?mail(ing)?|contact(ing)?|writ(e|ing)(\sto)?|messag(e|ing)|bother(ing)?|approach(ing)?|reach(ing)?\sout\sto|send(ing)?)
          \s (me|us)\b (?!\s(off|on|by|at|via|before|until|between|during|after|a|an|any\stimes|the|your|some|over)\b)
        | (do\snot|don't|never|please\sstop|stop)\s(ever\s)?(e-?mail|contact|writ(e|ing)|messag(e|ing))(ing)?\s(me\s|us\s|here\s)?
          (again|any\s?more|any\sfurther|ever)\b
        | (no\slonger|do\snot|don't|would\srather\snot|prefer\snot\sto)\s(wish|want|like|care)?\s?(to\s)?
          ((receive|get)\s(any\s|more\s|further\s|these\s|such\s|your\s|other\s)*((e-?mails?|mails?|messages?|letters?|requests?)\b(?!\sof)|(these|them|those)(?=[.!,]|$))
          | (?<=want\sto\s|wish\sto\s|like\sto\s)(hear\sfrom|be\s(contacted|approached|e-?mailed|written\sto))|be\s(contacted|approached|e-?mailed|written\sto))
        | opt(ing)?\s(me\s)?out\b | (prefer|rather)\snot\s(to\s)?hear\s(from\syou|about\sthis|anything)\b | take\smy\sname\soff\b
        | (prefer|rather)\snot\s(to\s)?(get|receive|have)\s(any\s)?(more|further)\b | (want|wish)\sto\s(get|receive|have)\sany\s(more|further)\b(?=[^.!?]{0,30}\bfrom\syou)
        | take\s\S+\soff\s(whatever|any|your|the|every)\s(\w+\s)?list | (don't|do\snot)\s(send|write)\s(us\s|me\s)?(such|these|this\skind\sof)\s(requests|e-?mails|mails|letters|messages)
        | refrain\sfrom\s(sending|writing|contacting|e-?mailing)\b
        | not\sto\s(send|write|e-?mail)\s(to\s)?(me|us)\s(any\s(more|further)|again) | never\s(write|e-?mail|contact|message|approach)\s(to\s)?(me|us)(\sagain)?
        | leave\sme\s(alone|in\speace) | not\s(be\s)?(e-?mail|contact|approach)(ed)?\s(me\s)?(again|any\s?more)
        | no\s(more|further)\s(e-?mails?|messages?|contact|letters?|requests?|correspondence)\b
        | do\snot\scontact\slist | (cross|scratch)\s(me|us)\soff\b | (don't|do\snot)\swant\s(another|any\sother)\s(e-?mail|message|letter|one)\b | (do|does)\snot\s(wish|want)\sto\sbe\s(approached|contacted|written|e-?mailed|disturbed) | (please\s|kindly\s)?(do\snot|don't|not|desist\sfrom)\s(writ(e|ing)|send(ing)?\s\w+|contact(ing)?|e-?mail(ing)?)\s(again\s)?(to\s)?(her|him|us|the\soffice|this\s(address|id|office|mailbox))\b(?!\s(on|by|at|via|before|until|between|during|after|in)\b) | (please\s)?(erase|delete|destroy)\s(everything|all|any|my)\s(\w+\s){0,3}?(you\s(hold|have)|data|details|about\sme) | (be|as)\sthe\s(last|end\sof)\s(one|letter|e-?mail|message|our\s(correspondence|exchange))(?=\b) | (address|name|e-?mail)\s(struck|removed|deleted|erased|taken)\s(off|from) | desist\sfrom\s(sending|writing|contacting|e-?mailing) | stop\sspamming | lose\smy\s(address|e-?mail)
        )""",
    "not_opt_out": r"""\b((don't|do\snot)\s(take|strike|remove|delete)\sme | (notification|e-?mail)\spreferences | hesitate | instead | unsubscrib\w+\s(from|to)\s | feel\sfree | if\syou\s(want|need|like|wish|would\slike|no\slonger)
        | to\sunsubscribe\b | newsletters? | click | to\sstop\sreceiving | this\s(e-?mail|message)\s(was|is)\ssent | (?<!off\syour\s)(?<!from\syour\s)mailing\slists? | subscription
        | (call|ring|phone)\sme | recruiters? | privacy | wrote\sthat | again\W{0,5}\s?(before|until) )\b | https?:// | you\swould\srather\snot""",
    "stop": r"^\W*(stop|unsubscribe|remove|remove\sme|opt[\s-]?out|no\smore)\W*$",
    "no": r"""
        \b(
        ( can't | cannot | can\snot | couldn't | won't\sbe\sable\sto | will\snot\sbe\sable\sto | (am|'m|are|'re|is|be)\s
          (\w+\s){0,1}?unable\sto | (am|'m|are|'re)\snot\sable\sto | unable\sto | not\sgoing\sto\sbe\sable\sto
          | (am|'m|are|be)\snot\sin\s(a|any)\sposition\sto | (am|'m|are)\snot\scomfortable | (am|'m)\safraid\si\scan't )
          \s? (\w+\s){0,3}?
          ( meet | help | talk | chat | speak | do\s(this|that|it|these|interviews|calls) | make\s(the\s|any\s)?time | (do|make|manage)\s(any|either)\sof\s(these|those|them) | participate | commit
          | take\s(this|it|part|these|any|calls|on|you|up|the\stime|more|new) | assist | accommodate | offer | be\s(of|much)\s(any\s)?help
          | fit\s(this|it|you|anything|any) | find\s(the\s|any\s)?time | accept | give\s(you\s)?(any|the|my|an|inter) | support | join | spare | grant
          | agree | oblige | say\syes | manage | arrange | add | host | respond | squeeze )
        | (have|got|'ve|has)\s(absolutely\s|really\s|simply\s|just\s|currently\s)?(no|little|zero)\s(free\s|spare\s|real\s|extra\s)?
          (time|capacity|bandwidth|availability|room|space|slots?)(?!\s(now\s)?to\s(think|write|answer|reply|respond|type|read)\b)
        | (don't|do\snot|won't|haven't|have\snot)\s(\w+\s){0,2}?(have|got|had|see)\s(\w+\s){0,4}?(time|capacity|bandwidth|availability|room|headspace|hours?)
        | (i'll|i\swill|i'd|i\shave|have\sto|must|need\sto|going\sto|i\swould|rather|i'm\sgonna|gonna)\s(\w+\s){0,3}?(pass|decline|say\sno|turn\s(this|you|it)\sdown)\b
        | (respectfully|politely|regretfully|kindly)\s(decline|pass)
        | (decline|declining)\s(this|your|the|all|such|any)
        | not\s(really\s|quite\s)?(the|a|your|an)\s?(right|best|good|ideal|great|suitable|appropriate)\s(person|fit|contact|match|one\sto|candidate|choice)
        | (wrong|not\sthe)\sperson\b
        | (am|'m|are|'re|be)\snot\s(really\s)?interested | not\sinterested\b | no\sinterest\b
        | no,?\s(thank\syou|thanks)\b | ^no[.!,]*$ | ^(sorry|hi|hello|dear)?[\w\s,]{0,20}\bno\sfrom\sme
        | (far\s|way\s|much\s|just\s)?too\s(busy|stretched|much\son|thin|many\srequests) | completely\s(swamped|booked|full|snowed) | (am|'m)\s(totally\s|completely\s|absolutely\s|utterly\s)?(swamped|snowed|overloaded|maxed)
        | (have|'ve)\sstopped\s(taking|doing|giving|accepting)\b | my\s(plate|diary|calendar|schedule)\sis\s(full|packed|too)
        | not\s(able|possible|something\si\s(can\s)?(do|take)|feasible)\b(\sat\s(this|the)\s(time|moment))?
        | no\stime\b
        | (don't|do\snot|never|no\slonger)\s(usually\s|generally\s)?(do|give|take|grant|accept|agree\sto|offer|hold)\s(\w+\s){0,2}(interviews|calls|meetings|requests|conversations|such)
        | (no\slonger|don't|do\snot|stopped|left)\s(work(ing)?|the\s(field|profession|company|firm|industry))\b (?!\s(on|with|fri|mon|tue|wed|thu))
        | (i'd|i\swould|we'd|we\swould)\s(so\s|really\s|dearly\s)?have\s(so\s|really\s)?(loved|liked|enjoyed|been\s(glad|happy|delighted|pleased))\b | have\sretired | (am|'m)\s(now\s)?retired | retired\s(from|last|two|three|in)
        | (it's|that's|be)\sa\sno\b | \ba\sno\sfrom\s(me|us|our)\b | \bbut\sno(?=[.!,]|$) | ^\W*nope\b | \bgive\s(it|this|that)\sa\smiss\b | ^\W*(hard\s)?pass(?=[.!,]|$) | (^\W*|\bso\s)not\sme\b(?!\s(who|that)) | ^\W*(no|nah),?\ssorry\b
        | (nobody|no\sone|none\sof\sus)\s(here\s|\w+\s)?(can|could|is\sable|is\savailable|is\sfree|has\s(the\s)?time)\b | (my\s)?answer\s(is|has\sto\sbe|will\shave\sto\sbe)\s(a\s)?no\b
        | ^\W*(so\s)?(not|that's\snot|it's\snot)\s(going\sto\s)?happen(ing)?(?=\W*$) | ^\W*(no\sway|no\schance|not\sa\schance)\b(?!\s(to|of)) | my\s(time|schedule|workload|employer|contract)\s(do(es)?|is|will)\s?(not|n't)\s(allow|permit)
        | (won't|will\snot)\s(talk|meet|speak)\b | won't\swork\sout | (will\s|do\s)?have\sto\ssay\sno | not\staking\s(on\s)?(any\s)?(more\s|new\s)?(calls|meetings|interviews|requests)
        | company\s(policy|rules)\s(does\snot|doesn't|forbids?|prohibits?|prevents?) | (against|not\sallowed\sby)\s(our|company)\s(policy|rules)
        | (not|n't)\s(be\s)?allowed\sto | (am|'m)\snot\spermitted\sto
        | (i|we)\s(would|'d|will|'ll|do|am|are)?\s?(rather|prefer)\snot\b
        | (not|isn't)\s(going\sto\s(happen|work)|for\sme\b) | count\sme\sout | wish\syou\s(luck|well)\selsewhere
        | (can't|cannot|won't|unable\sto)\s?(\w+\s){0,2}?(this\stime|right\snow|at\sthe\smoment|at\spresent)?[.!]*$
        )""",
    "time": r"""\b(that|the|this)\s(whole|entire|full)\sweek\b | \ball\s(that\s)?week\b | \b(mon|tues?|wednes|thurs?|fri|satur|sun)days?\b | \b(morning|afternoon|evening|that\s(day|week|time)|this\sweek|next\sweek
        | tomorrow | today | before | until | till | any\s(earlier|later) | \d{1,2}(:\d\d)?\s?(am|pm) | on\sthe\s\d+ | at\s\d | (first|second|third|last)\s(one|slot|option)
        | those\s(times|dates|days|slots) | these\s(times|dates|days|slots) | any\sof\s(these|those) )\b""",
    "way": r"\b(in\sperson | face\sto\sface | (by|on|over|via)\s(the\s)?(phone|telephone|video|zoom|skype|teams|e-?mail) | at\s(the|my|our)\soffice)\b",
    "yes": r"""
        (
        \b(happy|glad|delighted|pleased|love|more\sthan\shappy|willing|open|(?<!feel\s)free|honou?red|keen|thrilled|game|up)\s(to|for)\s
          (?!you(\sthat\b|\sboth\b|[,.!;]|$)|introduc|connect\syou|forward|put\syou|pass|point|refer|hear|see\sthat|recommend|suggest|know|stay|share\s(this|your|it)|answer|send|reply|look\sat|read|keep|remain|let\syou|learn|receive|have\s(been|heard))\b\w+
        | \b(happy|glad|delighted|pleased)\sto\W*$ | \b(i|we)('d|\swould)\s(\w+\s)?(love\sto|be\s(delighted|glad|happy|honou?red|thrilled)(\sto)?)\W*$
        | \b(i|we)('d|\swould)\s(\w+\s)?(enjoy|welcome)\sthat\b | \bvery\sgladly\b | \bi\s(definitely|certainly|absolutely)\s(want|would\slike)\sto\s(talk|speak|meet|chat|do)\b
        | \b(the|my)\sanswer\sis\s(a\s)?(\w+\s)?yes\b | \b(it's|that's|is)\sa\s(\w+\s)?yes\b | \b(say|says|tell\syou|confirm|know)\s(that\s)?s?he\s(would|will)\s(\w+\s)?be\s(\w+\s)?(glad|happy|pleased|delighted|willing)\sto\b
        | \b(she|he|they|the\s(professor|doctor|director)|(dr|prof|mr|mrs|ms)\.?\s\w+)\s(says|said)\s(yes|gladly)\b | \byes\s(gladly|indeed|certainly|absolutely|definitely|happily)\b
        | ^\W*((aye|can,?\scan)(?=[.!]|$|\sgo\b|,?\s(i\b|let|happy|sure|go))|go\son\sthen|alright\sthen|all\sright\sthen|right\syou\sare)\b | \b(i\s)?(don't|do\snot|can't|cannot)\ssee\swhy\s(we\sshouldn't|i\sshouldn't|not(?=\W*$))
        | \b(i|we)\s(shall|will|'ll)\s(gladly\s|happily\s|surely\s)?(oblige(\syou)?|talk\sto\syou|speak\s(to|with)\syou|meet\syou)(?=\W*$) | \b(this|that|it|same|which|proposal|time|date|meeting|call|idea|suggestion|request)\s(is|seems)\s(quite\s|perfectly\s)?(acceptable|agreeable)\b(?!\s(to\syou|for\syou|if))
        | (^\W*|and\s)(please\s|kindly\s)?block\smy\s(calendar|diary|time)\b | (kindly|please)\s(forward|share|propose|suggest|advise|send)\s(me\s|us\s)?(the|a|some|your)\s(\w+\s)?(dates?|times?|slots?)(?=\W*$|[.,!;]|\s(that|which|when\si|you\s(propose|suggest|prefer|have\sin\smind))\b)
        | ^\W*(yes|yep|yup|yeah|sure|sure\sthing|of\scourse|absolutely|certainly|definitely|gladly|with\spleasure|ok|okay|fine|no\sproblem|great\sidea|perfect|deal|agreed|why\snot)\b
          (?!\s(to\sthe|i\s(got|saw|read|received|remember)|it\sis\strue|but))
        | \b(yes,|yes\splease|of\scourse|sure,|with\spleasure|my\spleasure|count\sme\sin|i'm\sin(?=[!.,]|$)|i'm\sstill\sin\b|i\sagree\b|i\saccept\b|(am|'m)\sagreeable|(grab|pick|choose|book)\s(a|any|whatever|whichever|one)\s(slot|time|of)|i'd\sbe\sup\sfor|(you\s(may|can)\shave|i\scan\sgive\syou)\s(\w+\s)?(\d+|ten|fifteen|twenty|thirty|half\san|an?|some)\s(minutes|mins|hour|time)|for\sme\s(it\s|that\s|this\s)?is\s(ok|okay|fine|good)\b|set\sit\sup\b|i\s(do|really|very\smuch)\swant\sto\s(do|talk|help|meet|speak)\b|i\sconfirm\b|no\sobjections?\b|i'm\sup\sfor|i'm\sgame|why\snot\b
        | (that\s|this\s|it\s)?(sounds|looks)\s(good|great|fine|lovely|perfect|wonderful|like\s(fun|a\s(good\s|great\s)?plan)|interesting,)
        | let's\s(do|talk|meet|chat|find|set|go|book|speak|say|schedule|connect|plan|fix|have|try|aim|use)|let\sus\s(talk|meet|speak|do|say|find|schedule)
        | send\s(me|over|along|through)\s(\w+\s){0,3}(times?|dates?|slots?|options?|invite|invitation|availability|calendar)
        | (i|we)\s(can|could|can\scertainly|can\sdefinitely|would\sbe\sable\sto)\s(\w+\s)?(talk|meet|chat|do|speak|make|spare|offer|give\syou|find|manage|squeeze|fit)\b (?!\s?(it|that|this)?\s?not)
        | i\shave\s(some\s|a\slittle\s|a\sbit\sof\s|plenty\sof\s|a\s)?(time|gap|slot|window|opening)\b | (happily|gladly)\s(talk|meet|chat|speak|do|give)
        | (works|work|suits|suit|is\sfine|is\sgood|is\sperfect|is\sgreat|is\sbest|fits|is\sok|is\sokay)\s(\w+\s)?(well\s|best\s|fine\s|great\s|perfectly\s)?(for\s|with\s|on\s)?(me|us|here|my\s(end|side))\b
        | would\s(work|suit|be\s(great|good|fine|perfect|lovely|best|ideal|ok|okay|my\spreference))
        | feel\sfree\sto\s(call|book|pick|ring|phone|grab|choose|send\s(me\s)?(an?\s)?(invit|calendar)) | (just\s)?(give\sme\sa\s(call|ring|bell)|call\sme|ring\sme|phone\sme)
        | looking\sforward\sto\s(it|talking|our|meeting|speaking|chatting|the\scall|seeing) | (see|speak|talk)\s(to\s|with\s)?you\s(then|(on\s)?((mon|tues|wednes|thurs|fri)day|the\s\d)|at\s\d|tomorrow)\b
        | (book|pencil|put|sign)\s(me\s|us\s)?(in|down|up)\b | works!|works\sperfectly|that\sworks|can\smake\s(it|that|the) | i'll\s(take|go\sfor|pick|choose|have)\sthe
        | (i'd|i\swould)\s(very\smuch\s|really\s|certainly\s)?(be\s)?(happy|glad|love|like|enjoy|welcome)\s(to|the|that|it)\s(?!be\ssure|know|ask|understand|hear|see\s|say\s|introduc|connect\syou|put\syou|forward|point|refer|recommend|suggest|help\sbut|decline|pass\b)\w+
        | (i'm|i\sam|we're|we\sare)\s(free|available|around|flexible|in\sthe\soffice)\b
        | (that|it)('s|\sis|\sgoes)\s(ok(ay)?|fine)\s?(with|for|by)?\s?(me|us)?\b(?!\s(if\syou\scan't|to\ssay)) | (?<!no\s)can\sdo\b | could\sdo\b | count\son\sme | be\smy\sguest | consider\sit\sdone | it\swould\sbe\s(a|my)\spleasure | by\sall\smeans
        )
        )""",
    "not_before": r"\b(not|n't|never|neither|nor|don't|doesn't|isn't|wouldn't|can't|unable|if|whether|hardly)\W+(\w+\W+){0,2}$",
    "open_to": r"""\b(will\sdo(?!\s(my|so|that))|noted|in\s(the|my)\s(diary|calendar)|convenient|has\sto\sbe|confirm\b|yes\sto\b|(i've|i\shave)\s(taken|picked|chosen|booked|blocked|accepted)|i\scan\s(on|do|at)\b|what('s|\sis)\sleft\sis|(that|which)\sleaves|(that|it)('s|\sis|\sgoes)\s(ok(ay)?|fine|perfect|good)|the\s\w+\sone|please\b|pls\b|great|lovely|ok(ay)?|confirmed|(i'll|i'd|i\swill|i\swould)\stake|it\sis(?=\W*$|\s\(|!|\sthen)|👍|free|available|availability|could\sdo|can\sdo|how\sabout|what\sabout|how\sdoes|let's|suggest|propose|call\sme|ring\sme|works?|suits?|
        i\shave\s(a\s|some\s)?(time|gap|slot|window|opening|half|thirty|30|20|twenty|an\shour)|would\s(work|suit|be)|could\swe|can\swe|shall\swe|we\scould|(does|would|will)\s.{3,40}\s(work|suit)|
        i'm\s(around|in\sthe\soffice|at\smy\sdesk|flexible)|best\s(time|for\sme)|see\syou|speak\s(then|at|on)|talk\s(then|at|on)|pencil|book|preferably|prefer|ideal(ly)?|fine|good|perfect|any\stime)\b""",
    "hedge": r"""\b(maybe|perhaps|(?<!we\s)might(?!\s(you\b|we\b|run|take|need|want|also|as\swell|be\s(in|on|at|late|a\sbit|driving|outside)))|possibly|not\ssure|unsure|let\sme\s(check|get\sback|think|see|ask|confirm|look|consult|sleep|talk\sto)
        | (i'll|i\swill|we'll)\s(check|get\sback|let\syou\sknow|have\sto\s(check|see|ask)|need\sto\s(check|see|ask)|think|see\s(what|if|whether)|come\sback\sto)
        | (need|have|want)\sto\s(check|think|ask|see\s(what|if|how)) | depends | tentative(ly)? | if\s(i|we|my|things|work)\s(can|could|manage|schedule|move|permits?|allows?|calm)
        | (proper|full|longer|real|decent|fuller)\s(answer|reply|response)\s(once|when|after|later|tomorrow|next|as\ssoon|in\sa)
        | (reply|answer|write|respond)\s(back\s|to\syou\s|you\s)?(properly|in\sfull|at\slength)
        | let\sme\scircle\sback | check\s(with|my) | before\si\s(say|agree|decide|commit|answer) | reconnect | can't\spromise|cannot\spromise|no\spromises | undecided | leave\sit\swith\sme | probably\snot
        | (try|ask|contact|write\sto|ping|nudge)\s(me\s)?(again|back|then) | remind\sme | at\sa\slater\s(date|time|stage) | some\sother\stime | another\stime\b|rain\scheck | touch\sbase\s(again|in|later) )\b""",
    "later": r"""\b(in\s(a\sfew|a\scouple\sof|some|two|three|four|six|several)\s(months|weeks)\b | later\s(this|in\sthe)\s(year|month|spring|summer|autumn|fall)
        | (from|until|till|before)\s(january|february|march|april|may|june|july|august|september|october|november|december)\b | (next|in\sthe|this)\s(month|quarter|year|spring|summer|fall|autumn|winter|term|semester)\b | not\s(before|until|till)\b | after\s(the|my|our|easter|christmas|that|this)\b
        | (once|when)\s(i'm|i\sam|we're|we\sare|i\sget|(things|it|work)\s(calm|settle|quiet|slow)\w*) )\b""",
    "refers": r"""\b(look\sup|talk\s(to|with)|speak\s(to|with)|reach\sout\sto|write\sto|get\sin\stouch\swith|connect\s(you\s)?with|contact|try|ask|e-?mail|introduc\w+|recommend|suggest|refer
        | colleague|cc'?(ing|ed)?|copied|copying|loop\w*|better\s(person|placed|contact|suited|off)|thought\s(of|about)\s(talking|speaking|asking|writing|contacting)|come\sacross|names?\sfor\syou|start\s(there|with)|best\s(person|placed|contact)|instead|knows?\s(far\s|much\s)?more|successor|replaced\s(me|by)|took\sover|in\smy\splace|hit\sup|the\s(person|one|man|woman|gal|guy)\s(you|to\s(talk|speak|ask))|you\swant\s(him|her|them)|ha(s|ve)\staken\sover|forward(ed|ing)?|pass(ed|ing)?\s(this|it|your)|put\syou\sin\stouch|point\syou)\b""",
    "to_whom": r"""\b(?:come\sacross|look\sup|search\sfor|(?:talk|speak|write|chat|talking|speaking|writing|chatting)\s(?:to|with)|better\soff\s(?:with|asking)|a\sword\swith|start(?:ing)?\swith|in\scharge\sis|reach\sout\sto|hit\sup|do\s(?:much\s)?better\swith|get\sin\stouch\swith|connect\s(?:you\s)?with|contact(?:ing)?|try(?:ing)?|ask(?:ing)?|e-?mail(?:ing)?
        | introduce\syou\sto|recommend|suggest|refer\syou\sto|point\syou\s(?:to|towards)|colleagues?,?|cc'?(?:ing|ed)?|copied(?:\sin)?|copying(?:\sin)?|looping\sin|loop\sin|successor(?:\sis)?,?|replaced\sby|put\syou\sin\stouch\swith|forward(?:ed|ing)?\s(?:this|it|your\s\w+)\s(?:on\s)?to|pass(?:ed|ing)?\s(?:this|it|your\s\w+)\s(?:on\s)?to|person\s(?:is|would\sbe|for\s(?:this|that)\sis)|(?:colleague|friend|manager|boss|team-?mate|co-?worker|deputy)(?:\sis|\swould\sbe)?)[,:]?\s+(?:(?:my|our|the|your)\s)?(?:(?:[a-z-]+\s){0,3}(?:colleague|buddy|mate|associate|friend|manager|boss|head|lead|director|planner|successor|teammate|co-?worker|deputy|partner)(?:\sof\s\w+)?,?\s)?""",
    "polite": r"""^\W*((could|can|would|will)\syou\s(please\s|kindly\s|just\s)*(send|share|forward|drop)\s(me\s|us\s)?(over\s)?((an?|the|your|that)\s)?(\w+\s)?(invit\w+|calendar.*|links?|zoom.*|teams.*|meet.*|details|dial.*|number)(\s\w+){0,3}|send\s(me\s)?(an?|the)\s(invit\w+|links?)|(could|can|would|will)\syou\s(please\s|kindly\s)?(send|give|offer|suggest|propose)\s(me\s|us\s)?(some|a\sfew|a\scouple|two|three|others?|another|more|new)\b.*|have\syou\s(ever\s|already\s)?(come\sacross|talked\sto|spoken\s(to|with)|asked|met)\s.*|have\syou\s(ever\s)?(thought\s(of|about)|considered|tried)\s(talking|speaking|asking|writing|contacting|approaching)\b.*|how\sare\syou|how's\sit\sgoing|how\sdo\syou\sdo|hope\s.*|what\sa\s.*|all\swell|are\syou\swell|(does|would|will|do)\s(that|this|it|one\sof\s(those|these)|any\sof\s(those|these)|either)\s(still\s)?(work|suit|sound)(\s(ok|okay|good|all\sright|alright))?(\s(for|with)\syou)?|(is|would)\s(that|this|it)\s(be\s)?(ok(ay)?|alright|all\sright|fine|good)(\s(for|with)\syou)?|(ok(ay)?|deal|right|agreed|alright|sound\sgood|sounds\sgood|works|good|fine)(\sfor\syou)?|shall\swe(\ssay.*)?|will\syou\ssend\s(an?|the)\s(invit\w+|calendar.*)|can\syou\ssend\s(me\s)?(an?|the)\s(invit\w+|calendar.*))\W*\?$""",
    "when": r"""^(and|so|but|then|just|yes|yep|yeah|sure|sure\sthing|of\scourse|absolutely|certainly|gladly|happily|ok|okay|great|happy\sto|glad\sto|with\spleasure|\W)*(
        when(\sthen)?(?=\W*$) | (when|(what|which|any)\s(\w+\s)?(times?|days?|dates?|hours?|slots?))\b.{0,60}\b(suits?|works?|good|best|convenient|easiest|fits?|free|available|talk|meet|chat|speak|call|prefer|in\smind|thinking|should\swe|shall\swe|can\swe|could\swe|do\sthis)\b.{0,30}
        | (have\syou\s|you('ve)?\s)?got\s(anything|something|any|some)\b.{0,50}
        | (might|could|can|would)\syou\s(please\s|kindly\s)?(offer|suggest|propose|give|send)\s(me\s|us\s)?(something|anything|others?|some)\b.{0,40}
        | (do|did|would)\syou\shave\s.{0,30}\b(times?|days?|dates?|slots?)\b.{0,20}\bin\smind
        | (could|can|would|will|why\sdon't|how\sabout|what\sif)\s(you|i)\s(please\s|kindly\s)?(just\s)?(suggest|propose|send|offer|share|give|pick|name|let\sme\shave)\b.{0,40}\b(times?|days?|dates?|slots?|availability|options?)\b.{0,20}
        | (what's|what\sis|how's|how\sis)\syour\s(availability|schedule|week|calendar|diary)\b.{0,30}
        | (what|how)\sdoes\syour\s(week|schedule|calendar|diary)\slook(\slike)?
        )\W*\?$
        | ^(please|just|simply|so|then|and|\W)*(let\sme\sknow|tell\sme|say)\swhen\W*$
        | ^(please|just|simply|so|then|and|\W)*(let\sme\sknow|tell\sme|drop\sme\sa\sline)\s(about\s)?(when|what|which|some|a\sfew|a\scouple\sof|your|any)\b.{0,60}\b(suits?|works?|free|available|availability|times?|days?|dates?|slots?|like\sto\s(talk|meet|speak|chat|call)|best|convenient)\b.{0,30}$
        """,
}
