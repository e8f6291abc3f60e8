"""The letter that everybody sends, and the people who get it. Imports nothing, for all environments read it.

The words are those of our own bundled first letter, in template syntax that Jinja and Django share.
"""

ME, MY_NAME = "ada@student.example.com", "Ada Okafor"
SUBJECT = "A question about urban planning"
FIELDS = ("first_name", "last_name", "email", "zone", "why_you")
TEXT = """\
Dear {{ first_name }},

My name is Ada Okafor. I am in my last year of geography. I came across your name while reading about your field, and \
one thing made me want to write to you. {{ why_you }}.

I have read what I could find about urban planning, and now I would like an insider's view before I decide whether to \
go that way. This is research; I am not looking for a job.

Could you spare me 20 to 30 minutes by phone or video, whenever it suits you? If this is a bad moment, a plain no is \
enough, and you need not explain it.

With kind regards,
Ada Okafor
"""
HTML = "\n\n".join("<p>" + part.replace("\n", "<br>\n") + "</p>" for part in TEXT.strip().split("\n\n")) + "\n"


def person(number):
    """Return one person of the file; every fourth has a name that must be encoded in a header."""
    first = ("Grace", "Zoë", "Milan", "Anne")[number % 4]
    why = f"Your talk number {number} on pocket parks changed how I look at my own street every morning"
    return dict(zip(FIELDS, (first, f"Example{number}", f"p{number}@city.example.com", "Europe/London", why)))  # noqa: B905


def people_file(letters, start=0):
    """Return the people as CSV."""
    rows = [",".join(person(number).values()) for number in range(start, start + letters)]
    return "\n".join([",".join(FIELDS), *rows]).encode() + b"\n"
