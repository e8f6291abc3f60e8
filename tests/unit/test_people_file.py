"""A people file, as anybody would keep it, and what each row of it is understood as."""

from __future__ import annotations

import csv
import io
import random
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

import pytest

from outreach.errors import BadInput
from outreach.rules.kinds import Source
from outreach.rules.people_file import Limits, PeopleFile, Person, read_people

HEADER = "first_name,last_name,email,organization,why_you"
PREAMBLE = (
    "Notes:\n"
    '"When exporting your connection data, you may notice that some of the email addresses are missing. You will only '
    "see email addresses for connections who have allowed their connections to see or download their email address "
    'using this setting https://www.linkedin.com/psettings/privacy/email, and more."\n'
    "\n"
)


def read(*rows: str, header: str = HEADER) -> PeopleFile:
    return read_people("\n".join([header, *rows, ""]).encode())


def one(*rows: str, header: str = HEADER) -> Person:
    [person] = read(*rows, header=header).people
    return person


def refusal(data: bytes, **limits: float) -> str:
    with pytest.raises(BadInput) as caught:
        read_people(data, limits=Limits(**limits) if limits else None)  # type: ignore[arg-type]
    assert caught.value.exit_code == 65
    assert caught.value.problems == ()
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 300
    return caught.value.message


# Encodings and delimiters.

NAMES = (
    "first_name,last_name,email,organization\n"
    "Zoë,Müller,zoe@example.org,Bäckerei Süß\n"
    "José,Peña,jose@example.org,Café\n"
)


@pytest.mark.parametrize(
    ("codec", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("cp1252", "cp1252"),
        ("latin-1", "cp1252"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
        ("mac_roman", "mac-roman"),
    ],
)
def test_the_encoding_is_found_out(codec: str, found: str) -> None:
    file = read_people(NAMES.encode(codec))
    assert [(person.name, person.organization) for person in file.people] == [
        ("Zoë Müller", "Bäckerei Süß"),
        ("José Peña", "Café"),
    ]
    assert file.encoding == found


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("cp1252", "Änne Öz"),
        ("cp1250", "Łukasz Wiśniewski"),
        ("mac_roman", "Änne Öz"),
        ("shift_jis", "山田 太郎"),
    ],
)
def test_even_one_name_is_read_in_the_code_page_it_was_written_in(codec: str, name: str) -> None:
    first, last = name.split()
    assert (
        read_people(f"Vorname;Nachname;E-Mail\r\n{first};{last};a@example.org\r\n".encode(codec)).people[0].name == name
    )


@pytest.mark.parametrize(
    ("codec", "names"),
    [
        ("cp1251", "Иван Петров|Анна Смирнова|Дмитрий Кузнецов|Ольга Соколова|Сергей Попов|Елена Лебедева"),
        ("cp1253", "Γιώργος Παπαδόπουλος|Μαρία Νικολάου|Νίκος Αντωνίου|Ελένη Γεωργίου|Κώστας Δημητρίου"),
        ("cp1254", "Işıl Yıldız|Ayşe Öztürk|Doğan Çağlar|Gül Şahin"),
    ],
)
def test_a_list_in_another_script_is_read_in_its_code_page(codec: str, names: str) -> None:
    rows = "".join(f"{name},a{number}@example.org\r\n" for number, name in enumerate(names.split("|")))
    file = read_people(f"name,email\r\n{rows}".encode(codec))
    assert [person.name for person in file.people] == names.split("|")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(delimiter: str) -> None:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows(
        [HEADER.split(","), ["Ana", "Silva", "ana@example.com", "Doe, Roe; Poe | Co", 'She said "yes"']]
    )
    file = read_people(stream.getvalue().encode())
    assert file.delimiter == delimiter
    assert file.people[0].organization == "Doe, Roe; Poe | Co"
    assert file.people[0].why_you == 'She said "yes"'


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way(end: str) -> None:
    file = read_people(end.join([HEADER, "Ana,Silva,ana@example.com,,", "Bo,Ek,bo@example.com,,", ""]).encode())
    assert [(person.line, person.first_name) for person in file.people] == [(2, "Ana"), (3, "Bo")]


# Headers.


@pytest.mark.parametrize(
    "above",
    ["sep=;\n", "\n\n", "My contacts, spring 2026\n\nUpdated by Ana, last week\n", "x\n" * 14],
)
def test_the_header_row_is_searched_for(above: str) -> None:
    file = read_people(f"{above}Who;Mail;Company\nAna Silva;ana@example.com;City of Porto\n".encode())
    [person] = file.people
    assert (person.name, person.email, person.organization) == ("Ana Silva", "ana@example.com", "City of Porto")
    assert person.line == above.count("\n") + 2


def test_headers_as_a_person_would_write_them_are_understood_and_others_named() -> None:
    file = read(
        "Ana Silva,ana@example.com,Porto,Planner,Bo Ek,former classmate,Great talk.,yes,ET,blue",
        header="Who,Mail,Company,Role,Introduced by,How I know them,Why you,Nearby,Time zone,Eyes",
    )
    [person] = file.people
    assert (person.referred_by, person.source, person.why_you) == ("Bo Ek", Source.ALUMNI, "Great talk.")
    assert (person.local, person.zone, person.zone_source) == (True, "America/New_York", "file")
    assert file.unknown_columns == ("Eyes",)
    assert file.columns["How I know them"] == "source"


def test_the_canonical_headers_are_all_understood() -> None:
    header = "first_name,last_name,email,organization,title,phone,zone,city,source,referred_by,why_you,local,notes"
    file = read(
        "Ana,Silva,ana@example.com,Porto,Planner,+351 22 000 0000,Europe/Lisbon,Porto,friend,Bo,Because.,no,Likes tea",
        header=header,
    )
    assert list(file.columns.values()) == header.split(",")
    assert file.people == (
        Person(
            line=2,
            first_name="Ana",
            last_name="Silva",
            email="ana@example.com",
            organization="Porto",
            title="Planner",
            phone="+351 22 000 0000",
            zone="Europe/Lisbon",
            zone_source="file",
            city="Porto",
            source=Source.FRIEND,
            referred_by="Bo",
            why_you="Because.",
            local=False,
            notes="Likes tea",
        ),
    )


# What LinkedIn and Google export.

LINKEDIN = (
    "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"
    'Ana,"Silva, PhD",https://www.linkedin.com/in/Ana-Silva-1/?x=y,ana@example.com,"Doe, Roe & Co",Planner,'
    "12 Mar 2024\n"
    "Bo,Ek,https://www.linkedin.com/in/bo-ek,,Ekhus,,01 Jan 2020\n"
    ",,,,,,05 May 2021\n"
)


@pytest.mark.parametrize("preamble", [PREAMBLE, ""])
def test_linkedins_connections_are_read_with_and_without_the_preamble(preamble: str) -> None:
    file = read_people((preamble + LINKEDIN).encode(), name="Connections.csv")
    ana, bo = file.people
    assert file.format == "linkedin"
    assert (ana.first_name, ana.last_name, ana.organization) == ("Ana", "Silva", "Doe, Roe & Co")
    assert (ana.linkedin_url, ana.connected_on) == ("https://www.linkedin.com/in/ana-silva-1", date(2024, 3, 12))
    assert (bo.email, bo.organization, bo.title) == (None, "Ekhus", None)
    [hidden] = file.skipped
    assert (hidden.line, hidden.reason) == (4 + preamble.count("\n"), "neither a name nor an address")


def test_linkedins_older_export_has_no_column_of_profiles() -> None:
    rows = list(csv.reader(io.StringIO(LINKEDIN)))
    stream = io.StringIO()
    csv.writer(stream).writerows(row[:2] + row[3:] for row in rows)
    file = read_people((PREAMBLE + stream.getvalue()).encode())
    assert [(person.name, person.linkedin_url) for person in file.people] == [("Ana Silva", None), ("Bo Ek", None)]
    assert file.format == "linkedin"


def test_linkedin_in_german_is_linkedin() -> None:
    file = read(
        "Jürgen,Groß,https://www.linkedin.com/in/j%C3%BCrgen,j@example.de,Bahn AG,Leiter,12. März 2024",
        header="Vorname,Nachname,URL,E-Mail-Adresse,Unternehmen,Position,Verbunden am",
    )
    [person] = file.people
    assert file.format == "linkedin"
    assert (person.name, person.email, person.organization, person.title) == (
        "Jürgen Groß",
        "j@example.de",
        "Bahn AG",
        "Leiter",
    )
    assert (person.linkedin_url, person.connected_on) == ("https://www.linkedin.com/in/jürgen", date(2024, 3, 12))


def test_linkedins_archive_is_read_as_it_comes() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("Complete/Invitations.csv", "From,To\nA,B\n")
        archive.writestr("Complete/Connections.csv", PREAMBLE + LINKEDIN)
    assert [person.name for person in read_people(stream.getvalue()).people] == ["Ana Silva", "Bo Ek"]


GOOGLE_NEW = (
    "First Name,Middle Name,Last Name,Phonetic First Name,Phonetic Middle Name,Phonetic Last Name,Name Prefix,"
    "Name Suffix,Nickname,File As,Organization Name,Organization Title,Organization Department,Birthday,Notes,Photo,"
    "Labels,E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Label,E-mail 2 - Value,Phone 1 - Label,Phone 1 - Value,"
    "Address 1 - Label,Address 1 - City"
)
GOOGLE_OLD = (
    "Name,Given Name,Additional Name,Family Name,Yomi Name,Group Membership,E-mail 1 - Type,E-mail 1 - Value,"
    "Phone 1 - Type,Phone 1 - Value,Organization 1 - Type,Organization 1 - Name,Organization 1 - Title"
)


GOOGLE_NEW_ROW = (
    "Ana,Maria,Silva,,,,Dr.,,,,City of Porto,Planner,,,,,* myContacts,* Work,ana@example.com ::: a2@example.com,"
    "Home,a3@example.com,Mobile,+351 912 345 678,,Porto"
)
GOOGLE_OLD_ROW = (
    "Ana Maria Silva,Ana,Maria,Silva,,* myContacts,* Work,ana@example.com ::: a2@example.com ::: a3@example.com,"
    "Mobile,+351 912 345 678,,City of Porto,Planner"
)


@pytest.mark.parametrize(("header", "row"), [(GOOGLE_NEW, GOOGLE_NEW_ROW), (GOOGLE_OLD, GOOGLE_OLD_ROW)])
def test_google_contacts_are_read_with_new_and_old_headers(header: str, row: str) -> None:
    file = read(row, header=header)
    [person] = file.people
    assert file.format == "google"
    assert (person.name, person.email) == ("Ana Silva", "ana@example.com")
    assert (person.organization, person.title, person.phone) == ("City of Porto", "Planner", "+351 912 345 678")
    assert person.notes == "Other addresses: a2@example.com, a3@example.com"


# Rows.


def test_an_address_without_an_at_costs_its_row_and_says_so() -> None:
    file = read("Ana,Silva,ana.example.com,,", "Bo,Ek,bo@nowhere,,", "Ci,Doe,ci@example.com,,")
    assert [person.name for person in file.people] == ["Ci Doe"]
    assert [row.line for row in file.skipped] == [2, 3]
    assert file.skipped[0].reason == "'ana.example.com' is not an address: it must have an @-sign."
    assert "bo@nowhere" in file.skipped[1].reason
    assert file.skipped[0].text == "Ana · Silva · ana.example.com"


@pytest.mark.parametrize("written", ["", "-", "n/a", "None", " "])
def test_somebody_without_an_address_is_kept(written: str) -> None:
    assert one(f"Ana,Silva,{written},Porto,").email is None


@pytest.mark.parametrize(
    "written",
    ["ana@EXAMPLE.com", "mailto:ana@example.com", "<ana@example.com>", "Ana S. <ana@example.com>", "'ana@example.com'"],
)
def test_an_address_is_brought_into_one_form(written: str) -> None:
    assert one(f"Ana,Silva,{written},,").email == "ana@example.com"


def test_two_rows_with_one_address_become_one_person() -> None:
    file = read(
        "Ana,Silva,ana@example.com,,",
        "Bo,Ek,bo@example.com,,",
        "Ana,Silva,ANA@Example.COM,City of Porto,Your talk.",
        "Ana Maria,Silva,ana@example.com,Elsewhere,",
    )
    ana, _ = file.people
    assert (ana.line, ana.first_name, ana.organization, ana.why_you) == (2, "Ana", "City of Porto", "Your talk.")
    assert file.merged == ((4, 2), (5, 2))
    assert file.warnings == ()


def test_two_people_with_one_address_are_one_with_a_remark() -> None:
    file = read("Ana,Silva,office@example.com,,", "Bo,Ek,office@example.com,Ekhus,")
    [person] = file.people
    assert person.name == "Ana Silva"
    [remark] = file.warnings
    assert (remark.line, remark.reason) == (3, "has the address of line 2 but another name: Ana Silva is kept")


def test_blank_rows_are_passed_over_and_short_rows_are_read() -> None:
    file = read("", ",,,,", "Ana,Silva", "  , ,,,", "Bo")
    assert [(person.line, person.name) for person in file.people] == [(4, "Ana Silva"), (6, "Bo")]
    assert file.skipped == ()


def test_a_row_with_too_many_cells_is_not_guessed_at() -> None:
    file = read("Ana,Silva,ana@example.com,Doe, Roe & Co,Your talk", "Bo,Ek,bo@example.com,,")
    assert [person.name for person in file.people] == ["Bo Ek"]
    assert file.skipped[0].line == 2
    assert "6 cells under 5 headers" in file.skipped[0].reason


def test_a_cell_may_hold_lines_and_the_next_row_keeps_its_number() -> None:
    file = read('Ana,Silva,ana@example.com,,"Your talk,\non parks"', "Bo,Ek,bo@example.com,,")
    assert file.people[0].why_you == "Your talk,\non parks"
    assert [person.line for person in file.people] == [2, 4]


def test_what_cannot_be_understood_is_remarked_on_and_the_person_kept() -> None:
    file = read("Ana,a@example.com,Mars,perhaps,via the moon", header="name,email,zone,local,source")
    [person] = file.people
    assert (person.zone, person.local, person.source, person.notes) == (None, None, None, "via the moon")
    assert len(file.warnings) == 3


def test_a_formula_is_text_and_control_characters_go() -> None:
    person = one("'=cmd|calc,Sil\x07va\u202e,ana@example.com,'+Co,\u200bHi")
    assert (person.first_name, person.last_name, person.organization, person.why_you) == (
        "=cmd|calc",
        "Silva",
        "+Co",
        "Hi",
    )


# Quotation marks that are never closed.

UNCLOSED = "a quotation mark opens a cell and is never closed: close or remove it"


@pytest.mark.parametrize(
    "row",
    [
        '"Ana,Silva,ana@example.com,Porto,w',
        'Ana,"Silva,ana@example.com,Porto,w',
        'Ana,Silva,"ana@example.com,Porto,w',
        'Ana,Silva,ana@example.com,"Porto,w',
        'Ana,Silva,ana@example.com,Porto,"w',
    ],
)
@pytest.mark.parametrize("quoted", ["Ek", '"Ek, Jr."'])
def test_an_unclosed_quotation_mark_costs_its_own_line_only(row: str, quoted: str) -> None:
    below = [f"Bo,{quoted},bo@example.com,Ekhus,v", f"Ci,{quoted},ci@example.com,Doe,u"]
    file = read(row, *below)
    assert [person.email for person in file.people][-1] == "ci@example.com"
    if quoted == "Ek" or not row.endswith('"w'):
        assert [(row.line, row.reason) for row in file.skipped] == [(2, UNCLOSED)]
        assert [person.line for person in file.people] == [3, 4]


@pytest.mark.parametrize("row", ['Ana,"Silva,ana@example.com,Porto,w', 'Ana,Silva,ana@example.com,Porto,"w'])
def test_an_unclosed_quotation_mark_in_the_last_line_makes_no_odd_name(row: str) -> None:
    file = read("Bo,Ek,bo@example.com,,", row)
    assert [person.name for person in file.people] == ["Bo Ek"]
    assert [(row.line, row.reason) for row in file.skipped] == [(3, UNCLOSED)]


def test_an_unclosed_quotation_mark_costs_one_line_in_a_large_file_too() -> None:
    below = [f"Bo{number},Ek,bo{number}@example.com,Ekhus,Your talk" for number in range(10_000)]
    file = read('Ana,Silva,ana@example.com,"Porto,w', *below)
    assert len(file.people) == 10_000
    assert [(row.line, row.reason) for row in file.skipped] == [(2, UNCLOSED)]


def test_a_sign_for_inches_is_no_quotation_mark() -> None:
    assert one('Ana,Silva,ana@example.com,19" Racks,').organization == '19" Racks'


# Sizes.


def test_a_cell_of_a_megabyte_costs_its_own_row() -> None:
    file = read(
        'Ana,Silva,ana@example.com,,"' + "x" * 1_000_000 + '"',
        "Bo,Ek,bo@example.com,,",
        "Ci,Doe,ci@example.com,," + "y" * 1_000_000,
        "Di,Fo,di@example.com,," + "z" * 3_000_000,
        'El,Go,el@example.com,,"' + "a, b\n" * 200_000 + '"',
        "Fi,Ho,fi@example.com,,",
    )
    assert [person.name for person in file.people] == ["Bo Ek", "Fi Ho"]
    assert [row.line for row in file.skipped] == [2, 4, 5, 6]
    assert [row.reason for row in file.skipped] == [
        "a cell is larger than 64 KB",
        "a cell is larger than 64 KB",
        "the line is longer than 1,048,576 characters",
        "a cell is larger than 64 KB; lines 6 to 200006 belong to it",
    ]
    assert all(len(row.text) <= 200 for row in file.skipped)


MEASURE = """
import resource, sys, time
from outreach.rules.people_file import read_people
data = open(sys.argv[1], "rb").read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began = time.process_time()
file = read_people(data)
seconds = time.process_time() - began
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(len(file.people), round(seconds, 1), (after - before) // 1024)
"""


@pytest.mark.slow
def test_200_000_rows_are_read_in_seconds_and_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("w", encoding="utf-8") as stream:
        stream.write("first_name,last_name,email,organization,city,referred_by,why_you\n")
        stream.writelines(
            f"First{i % 997},Last{i % 1009},p{i}@example.com,Org {i % 450},Berlin,Bo Ek,Your talk {i} moved me.\n"
            for i in range(200_000)
        )
    done = subprocess.run([sys.executable, "-c", MEASURE, str(path)], capture_output=True, text=True, check=True)
    people, seconds, megabytes = (float(figure) for figure in done.stdout.split())
    print(f"200,000 rows, {path.stat().st_size / 1e6:.0f} MB: {seconds} s of processor time, {megabytes:.0f} MB more")
    assert people == 200_000
    assert seconds < 120, "7 to 10 s were measured, on a busy machine"
    assert megabytes < 300, "about 130 MB, most of it the people themselves"


def test_a_file_beyond_the_limits_is_refused_with_the_limit() -> None:
    rows = "\n".join(f"Ana,Silva,a{i}@example.com,," for i in range(20))
    data = f"{HEADER}\n{rows}\n".encode()
    assert "more than 10 rows" in refusal(data, rows=10)
    assert "larger than 0 MB" in refusal(data, size=100)
    assert "more than 3 columns" in refusal(data, columns=3)


# Files that are none.


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is empty"),
        (b"\n \r\n,,,\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (f"{HEADER}\n".encode(), "has headers but nobody under them"),
        (f"{HEADER}\n\n,,,,\n".encode(), "has headers but nobody under them"),
        (b"product,price\nTea,3\n", 'no header for a name or an address in its first 15 rows (it begins with "product'),
        (b"Dear Ana,\nhow are you?\n", "no header for a name or an address"),
        (b'[{"name": "Ana", "email": "ana@example.com"}]', "no header for a name or an address"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "is a picture"),
        (b"%PDF-1.7\n", "is a PDF"),
        (b"\x1f\x8b\x08\x00", "is a compressed file"),
        (b"PK\x03\x04junk", "is a damaged ZIP archive"),
        (b"BEGIN:VCARD\r\nFN:Ana\r\n", "holds vCards"),
        (bytes(range(256)) * 20, "is not a text file"),
        (random.Random(1).randbytes(5000), "is not a text file"),
        (b"first_name,last_name,email\nAna\x00,Silva,ana@example.com\n", "is not a text file"),
        (b"\xef\xbb\xbfname,email\nZo\xeb,zoe@example.org\n", "is marked as UTF-8, but cannot be read as it"),
        (NAMES.encode("utf-16")[:-1], "is marked as UTF-16, but cannot be read as it"),
        (NAMES.encode("cp500"), "no header for a name or an address"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_sentence(data: bytes, why: str) -> None:
    message = refusal(data)
    assert message.startswith("people.csv ")
    assert why in message
