"""The bytes of a people file: archive opened, encoding found out, what is no table refused by name."""

from __future__ import annotations

import codecs
import io
import re
import zipfile
import zlib
from dataclasses import dataclass

from charset_normalizer import from_bytes

from outreach.errors import BadInput

_NOT_A_TABLE = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Outlook file"),
    (b"\x1f\x8b", "a compressed file"),
    (b"Rar!", "a compressed file"),
    (b"7z\xbc\xaf", "a compressed file"),
    (b"SQLite format 3", "a database"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90\x00", "a program"),
)
# In this order: the mark of UTF-32 begins with that of UTF-16.
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What spreadsheets and mail programs really write; left to all of its 90 encodings, a short list is read as nonsense.
_LIKELY = [
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "iso8859_2", "mac_roman",
    "shift_jis", "gb18030", "big5", "euc_kr",
]  # fmt: skip
# The Latin code pages share most bytes, and statistics on a few names cannot tell them apart; everyday letters can.
_WESTERN = frozenset("äöüßéèêëàâçîïôùûñíóúáìòãõåæøœÄÖÜÉÈÀÂÇÊÎÔÑÍÓÚÁÅØÆŒ¿¡’‘“”„–—€«»´·®©°\u00a0")
_EVERYDAY = {
    "cp1252": _WESTERN,
    "cp1250": frozenset("áčďéěíňóřšťúůýžąćęłńśźżőűöüăâîşţäßđôľĺŕÁČĎÉĚÍŇÓŘŠŤÚŮÝŽĄĆĘŁŃŚŹŻŐŰÖÜĂÂÎŞŢÄĐĽ’„”“–—€\u00a0"),
    "cp1254": frozenset("çğıöşüâîûÇĞİÖŞÜ’“”–—€\u00a0"),
    "mac_roman": _WESTERN,
}
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]+")
_CHUNK = 1 << 20
_MOST_MEMBERS = 10_000


@dataclass(frozen=True)
class Bounds:
    """What may be read at most: bytes of the table and times that an archive may grow when opened."""

    size: int
    ratio: int


def table_bytes(data: bytes, name: str, bounds: Bounds) -> tuple[bytes, str]:
    """Return the bytes of the table and its name: of the file itself, or of the one inside a ZIP archive.

    Raises BadInput for an empty, oversized or unreadable file and for one that is plainly something else.
    """
    _refuse_size(len(data), name, bounds)
    if data[:4] == b"PK\x03\x04":
        return _from_archive(data, name, bounds)
    if not data.strip(b"\x00\r\n\t ,;\xef\xbb\xbf\xfe\xff"):
        raise BadInput(f"{name} is empty: export the list again, with a row of headers and a row for each person.")
    for magic, what in _NOT_A_TABLE:
        if data.startswith(magic):
            raise BadInput(f"{name} is {what}, not a table: save the list as CSV and import that file.")
    if data[:200].lstrip(b"\xef\xbb\xbf \r\n").upper().startswith(b"BEGIN:VC"):
        raise BadInput(f"{name} holds vCards or a calendar, not a table: export the list as CSV and import that file.")
    return data, name


def find_encoding(data: bytes, name: str) -> str:
    """Return the codec that reads the bytes: by BOM, as strict UTF-8, as UTF-16 by its NULs, else by statistics.

    Raises BadInput when the bytes are no text at all, or not in the encoding that their mark says: nothing is guessed
    then, for a letter that begins "Dear Zo" is worse than a question.
    """
    for bom, codec in _BOMS:
        if data.startswith(bom):
            if not _reads_as(data, codec):
                marked = codec.removesuffix("-sig").upper()
                raise BadInput(f"{name} is marked as {marked}, but cannot be read as it: save the list as CSV again.")
            return codec
    if b"\x00" in data[: 4 * _CHUNK]:
        return _utf16_by_nuls(data, name)
    if _reads_as(data, "utf-8"):
        return "utf-8"
    return _by_statistics(data, name)


def _refuse_size(size: int, name: str, bounds: Bounds) -> None:
    if size > bounds.size:
        raise BadInput(f"{name} is larger than {bounds.size // 1_000_000} MB: split it into smaller files.")


def _from_archive(data: bytes, name: str, bounds: Bounds) -> tuple[bytes, str]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            member = _table_in(archive, name)
            _refuse_size(member.file_size, f"{member.filename[:100]} in {name}", bounds)
            if member.file_size > bounds.ratio * max(member.compress_size, 1024):
                raise BadInput(f"{name} unpacks to more than {bounds.ratio} times its size, so it is not opened.")
            with archive.open(member) as stream:
                inner = stream.read(bounds.size + 1)  # the header may lie about the size
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        raise BadInput(f"{name} is a damaged ZIP archive: download it again.") from error
    except (NotImplementedError, RuntimeError) as error:
        raise BadInput(f"{name} is encrypted or packed in an unusual way: unpack it and import the CSV.") from error
    if inner[:4] == b"PK\x03\x04":
        raise BadInput(f"{name} holds an archive within an archive: unpack it and import the CSV.")
    return table_bytes(inner, member.filename.rpartition("/")[2][:100] or name, bounds)


def _table_in(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    members = archive.infolist()
    if len(members) > _MOST_MEMBERS:
        raise BadInput(f"{name} holds more than {_MOST_MEMBERS} files: unpack it and import the CSV.")
    if any(member.filename in {"xl/workbook.xml", "content.xml"} for member in members):
        raise BadInput(f"{name} is a spreadsheet, not a CSV: save the sheet as CSV and import that file.")
    tables = [member for member in members if member.filename.lower().endswith(".csv")]
    connections = [member for member in tables if member.filename.lower().endswith("connections.csv")]
    if len(connections or tables) == 1:
        return (connections or tables)[0]
    if tables:
        raise BadInput(f"{name} holds {len(tables)} tables and no Connections.csv: unpack it and import the right one.")
    raise BadInput(f"{name} holds no CSV; LinkedIn's first archive often lacks Connections.csv, the later one has it.")


def _utf16_by_nuls(data: bytes, name: str) -> str:
    sample = data[:4096]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    codec = "utf-16-le" if odd > half * 0.4 and even < half * 0.1 else "utf-16-be"
    fits = codec == "utf-16-le" or (even > half * 0.4 and odd < half * 0.1)
    if fits and _reads_as(data, codec):
        return codec
    raise BadInput(f"{name} is not a text file: save the list as CSV and import that file.")


def _reads_as(data: bytes, codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)()
    view = memoryview(data)
    try:
        for start in range(0, len(data), _CHUNK):
            decoder.decode(view[start : start + _CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _by_statistics(data: bytes, name: str) -> str:
    """Guess from the lines that hold anything but ASCII: a few kilobytes of them say more than the rest."""
    telling = b"\n".join(line[:500] for line in data[: 8 * _CHUNK].splitlines()[:50_000] if not line.isascii())[:32_768]
    if sum(byte < 32 and byte not in b"\t\r\n\x1b" for byte in telling) > len(telling) // 50:
        raise BadInput(f"{name} is not a text file: save the list as CSV and import that file.")
    if _looks_latin(telling):
        return max(_EVERYDAY, key=lambda codec: _share_of_everyday_letters(telling, codec))
    guess = from_bytes(telling, cp_isolation=_LIKELY, threshold=0.4).best() if telling else None
    if guess is None or guess.encoding in {*_EVERYDAY, "iso8859_2"}:
        return max(_EVERYDAY, key=lambda codec: _share_of_everyday_letters(telling, codec))
    return guess.encoding


def _looks_latin(data: bytes) -> bool:
    """Return whether bytes beyond ASCII stand alone, as in "Änne" or "Öz"; in other scripts most stand side by side.

    Asked first, for statistics take two such names for Chinese.
    """
    runs = _BEYOND_ASCII.findall(data)
    return bool(runs) and sum(len(run) == 1 for run in runs) >= 0.8 * len(runs)


def _share_of_everyday_letters(data: bytes, codec: str) -> float:
    letters = [character for character in data.decode(codec, errors="replace") if not character.isascii()]
    return sum(character in _EVERYDAY[codec] for character in letters) / max(len(letters), 1)
