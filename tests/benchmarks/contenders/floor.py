"""The floor: a script of a dozen lines. One connection, stdlib EmailMessage, no queue, no record, no check.

``python floor.py LETTERS PORT``
"""

import smtplib
import sys
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate

if __package__:  # ours, which may import this from the project
    from tests.benchmarks.contenders import letter
    from tests.benchmarks.contenders.clock import WARM, Stopwatch, tell
else:
    import letter
    from clock import WARM, Stopwatch, tell


def message(person):
    """Return the letter to one person."""
    made = EmailMessage()
    made["From"] = Address(letter.MY_NAME, addr_spec=letter.ME)
    made["To"] = Address(f"{person['first_name']} {person['last_name']}", addr_spec=person["email"])
    made["Subject"] = letter.SUBJECT
    made["Date"] = formatdate()
    made.set_content(filled(letter.TEXT, person))
    made.add_alternative(filled(letter.HTML, person), subtype="html")
    return made


def filled(template, person):
    """Return the template with the person's facts in it."""
    return template.replace("{{ first_name }}", person["first_name"]).replace("{{ why_you }}", person["why_you"])


def main():
    """Send the letters."""
    letters, port = int(sys.argv[1]), int(sys.argv[2])
    people = [letter.person(number) for number in range(letters)]
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        for person in people[:WARM]:
            smtp.send_message(message(person))
        with Stopwatch() as watch:
            for person in people:
                smtp.send_message(message(person))
    tell(letters, watch)


if __name__ == "__main__":
    main()
