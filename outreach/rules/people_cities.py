"""Big cities whose names mean one place to most readers, with country and IANA zone. Ambiguous ones are left out."""

from __future__ import annotations

_US_STATES = (
    "alabama al alaska ak arizona az arkansas ar california ca colorado co connecticut ct delaware de florida fl "
    "georgia ga hawaii hi idaho id illinois il indiana in iowa ia kansas ks kentucky ky louisiana la maine me "
    "maryland md massachusetts ma michigan mi minnesota mn mississippi ms missouri mo montana mt nebraska ne nevada nv "
    "oregon or ohio oh oklahoma ok pennsylvania pa tennessee tn texas tx utah ut vermont vt virginia va washington wa "
    "wisconsin wi wyoming wy dc ny nj nm nc nd sc sd ri nh wv"
)
_TWO_WORD_STATES = (
    "new york|new jersey|new mexico|north carolina|north dakota|south carolina|south dakota|rhode island|new hampshire|"
    "west virginia|district of columbia|united states|united states of america"
)
COUNTRIES: dict[str, frozenset[str]] = {
    "us": frozenset({"us", "usa", "u s a", "u s", *_US_STATES.split(), *_TWO_WORD_STATES.split("|")}),
    **{
        code: frozenset({code, *names.split("|")})
        for code, names in {
            "gb": "uk|u k|united kingdom|england|scotland|wales|northern ireland|great britain|grossbritannien",
            "ie": "ireland|irland|irlande",
            "de": "germany|deutschland|allemagne|alemania",
            "at": "austria|osterreich|autriche",
            "ch": "switzerland|schweiz|suisse|suiza",
            "fr": "france|frankreich|francia",
            "es": "spain|espana|spanien|espagne",
            "pt": "portugal",
            "it": "italy|italia|italien|italie",
            "nl": "netherlands|the netherlands|nederland|niederlande|pays bas",
            "be": "belgium|belgien|belgique|belgie",
            "lu": "luxembourg|luxemburg",
            "dk": "denmark|danmark",
            "se": "sweden|sverige|schweden",
            "no": "norway|norge|norwegen",
            "fi": "finland|suomi",
            "is": "iceland",
            "pl": "poland|polska|polen",
            "cz": "czechia|czech republic|cesko",
            "sk": "slovakia",
            "hu": "hungary|magyarorszag|ungarn",
            "ro": "romania",
            "bg": "bulgaria",
            "gr": "greece|griechenland",
            "hr": "croatia",
            "rs": "serbia",
            "si": "slovenia",
            "ee": "estonia",
            "lv": "latvia",
            "lt": "lithuania",
            "ua": "ukraine",
            "ru": "russia",
            "tr": "turkey|turkiye|turkei",
            "il": "israel",
            "eg": "egypt",
            "ma": "morocco|maroc",
            "ng": "nigeria",
            "ke": "kenya",
            "gh": "ghana",
            "za": "south africa",
            "et": "ethiopia",
            "ae": "uae|united arab emirates",
            "sa": "saudi arabia",
            "qa": "qatar",
            "in": "india|maharashtra|karnataka|telangana|tamil nadu|west bengal|delhi",
            "pk": "pakistan",
            "bd": "bangladesh",
            "lk": "sri lanka",
            "th": "thailand",
            "vn": "vietnam",
            "sg": "singapore",
            "my": "malaysia",
            "id": "indonesia",
            "ph": "philippines",
            "hk": "hong kong|china",
            "cn": "china|p r china",
            "tw": "taiwan",
            "kr": "south korea|korea",
            "jp": "japan",
            "au": "australia|nsw|new south wales|victoria|vic|queensland|qld|western australia|south australia",
            "nz": "new zealand",
            "ca": "canada|ontario|on|quebec|qc|british columbia|bc|alberta|ab|manitoba|mb|nova scotia|ns",
            "mx": "mexico|cdmx|jalisco|nuevo leon",
            "br": "brazil|brasil|sp|rj",
            "ar": "argentina",
            "cl": "chile",
            "co": "colombia",
            "pe": "peru",
            "uy": "uruguay",
        }.items()
    },
}
_ROWS = """
us America/New_York: new york|new york city|nyc|brooklyn|manhattan|boston|philadelphia|washington|washington dc|\
washington d c|atlanta|miami|orlando|pittsburgh|baltimore|cleveland
us America/Detroit: detroit
us America/Chicago: chicago|houston|dallas|austin|san antonio|minneapolis|milwaukee|new orleans|nashville
us America/Denver: denver|salt lake city|boulder
us America/Phoenix: phoenix
us America/Los_Angeles: los angeles|san francisco|seattle|san diego|las vegas|palo alto|oakland|sacramento
us Pacific/Honolulu: honolulu
us America/Anchorage: anchorage
ca America/Toronto: toronto|ottawa|montreal
ca America/Vancouver: vancouver
ca America/Edmonton: calgary|edmonton
ca America/Winnipeg: winnipeg
ca America/Halifax: halifax
mx America/Mexico_City: mexico city|ciudad de mexico|guadalajara|monterrey
br America/Sao_Paulo: sao paulo|rio de janeiro|brasilia
ar America/Argentina/Buenos_Aires: buenos aires
cl America/Santiago: santiago de chile
co America/Bogota: bogota|medellin
pe America/Lima: lima
uy America/Montevideo: montevideo
gb Europe/London: london|manchester|edinburgh|glasgow|leeds|liverpool|sheffield|cardiff|belfast
ie Europe/Dublin: dublin
pt Europe/Lisbon: lisbon|lisboa|lissabon
es Europe/Madrid: madrid|barcelona|sevilla|seville|bilbao
fr Europe/Paris: paris|lyon|marseille|toulouse|bordeaux|lille|strasbourg
be Europe/Brussels: brussels|bruxelles|brussel|antwerp|antwerpen
nl Europe/Amsterdam: amsterdam|rotterdam|the hague|den haag|utrecht|eindhoven
lu Europe/Luxembourg: luxembourg city
de Europe/Berlin: berlin|hamburg|munich|munchen|muenchen|cologne|koln|koeln|frankfurt|frankfurt am main|stuttgart|\
dusseldorf|duesseldorf|leipzig|dresden|hannover|nuremberg|nurnberg|bremen
at Europe/Vienna: vienna|wien|graz|salzburg
ch Europe/Zurich: zurich|zuerich|geneva|geneve|genf|basel|bern|lausanne
it Europe/Rome: rome|roma|milan|milano|turin|torino|florence|firenze|bologna
dk Europe/Copenhagen: copenhagen|kobenhavn|kopenhagen
se Europe/Stockholm: stockholm|gothenburg|goteborg
no Europe/Oslo: oslo
fi Europe/Helsinki: helsinki
is Atlantic/Reykjavik: reykjavik
pl Europe/Warsaw: warsaw|warszawa|krakow|cracow|wroclaw|gdansk
cz Europe/Prague: prague|praha|prag|brno
sk Europe/Bratislava: bratislava
hu Europe/Budapest: budapest
ro Europe/Bucharest: bucharest|bucuresti
bg Europe/Sofia: sofia
gr Europe/Athens: athens|athen
hr Europe/Zagreb: zagreb
rs Europe/Belgrade: belgrade|beograd
si Europe/Ljubljana: ljubljana
ee Europe/Tallinn: tallinn
lv Europe/Riga: riga
lt Europe/Vilnius: vilnius
ua Europe/Kyiv: kyiv|kiev
ru Europe/Moscow: moscow|moskau
tr Europe/Istanbul: istanbul|ankara
il Asia/Jerusalem: tel aviv|jerusalem
eg Africa/Cairo: cairo
ma Africa/Casablanca: casablanca
ng Africa/Lagos: lagos
gh Africa/Accra: accra
ke Africa/Nairobi: nairobi
et Africa/Addis_Ababa: addis ababa
za Africa/Johannesburg: johannesburg|cape town|pretoria
ae Asia/Dubai: dubai|abu dhabi
sa Asia/Riyadh: riyadh
qa Asia/Qatar: doha
in Asia/Kolkata: mumbai|delhi|new delhi|bangalore|bengaluru|chennai|kolkata|pune|hyderabad
pk Asia/Karachi: karachi|lahore
bd Asia/Dhaka: dhaka
lk Asia/Colombo: colombo
th Asia/Bangkok: bangkok
vn Asia/Ho_Chi_Minh: ho chi minh city|hanoi
sg Asia/Singapore: singapore
my Asia/Kuala_Lumpur: kuala lumpur
id Asia/Jakarta: jakarta
ph Asia/Manila: manila
hk Asia/Hong_Kong: hong kong
cn Asia/Shanghai: shanghai|beijing|shenzhen|guangzhou
tw Asia/Taipei: taipei
kr Asia/Seoul: seoul
jp Asia/Tokyo: tokyo|osaka|kyoto
au Australia/Sydney: sydney|canberra
au Australia/Melbourne: melbourne
au Australia/Brisbane: brisbane
au Australia/Perth: perth
au Australia/Adelaide: adelaide
nz Pacific/Auckland: auckland|wellington
"""


def _cities() -> dict[str, tuple[str, str]]:
    table: dict[str, tuple[str, str]] = {}
    for row in _ROWS.strip().splitlines():
        head, _, names = row.partition(": ")
        country, zone = head.split(" ")
        table.update((name, (country, zone)) for name in names.split("|"))
    return table


#: City in lower case without accents: (country code, IANA zone).
CITIES = _cities()
