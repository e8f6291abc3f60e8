"""django-post-office: templates, its queue in SQLite, then its sender until nothing is left.

``django_queue.py LETTERS PORT FOLDER``; with port 0 Django's dummy backend takes the letters. ``send_many`` is its fast
way in; all else is as it comes, but for one thread (more are slower here: the work is Python's) and WAL.
"""

import logging
import sys
from pathlib import Path

import django
import letter
from clock import WARM, Stopwatch, tell
from django.conf import settings

_CHUNK = 500


def main():
    """Queue and send the letters."""
    letters, port, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    _configure(port, folder)
    from django.core.management import call_command
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from post_office import mail
    from post_office.models import STATUS, Email, EmailTemplate

    call_command("migrate", verbosity=0)
    template = EmailTemplate.objects.create(
        name="first", subject=letter.SUBJECT, content=letter.TEXT, html_content=letter.HTML
    )
    people = [letter.person(number) for number in range(letters)]
    mail.send_many([_wanted(person, template) for person in people[:WARM]])
    mail.send_queued_mail_until_done(lockfile=str(folder / "lock"))
    with Stopwatch() as watch:
        for start in range(0, letters, _CHUNK):
            mail.send_many([_wanted(person, template) for person in people[start : start + _CHUNK]])
        mail.send_queued_mail_until_done(lockfile=str(folder / "lock"))
    assert Email.objects.filter(status=STATUS.sent).count() == letters + WARM
    # Asked apart, with a few more letters: counting costs time.
    with CaptureQueriesContext(connection) as counted:
        mail.send_many([_wanted(person, template) for person in people[:100]])
        mail.send_queued()
    tell(letters, watch, queries=len(counted) / min(letters, 100))


def _wanted(person, template):
    to = f"{person['first_name']} {person['last_name']} <{person['email']}>"
    sender = f"{letter.MY_NAME} <{letter.ME}>"
    return {"recipients": to, "sender": sender, "template": template, "context": person}


def _configure(port, folder):
    logging.disable(logging.INFO)
    backend = "django.core.mail.backends." + ("smtp.EmailBackend" if port else "dummy.EmailBackend")
    database = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(folder / "post_office.db"),
        "OPTIONS": {"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL"},
    }
    settings.configure(
        DATABASES={"default": database},
        INSTALLED_APPS=["django.contrib.contenttypes", "post_office"],
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=port,
        POST_OFFICE={"BACKENDS": {"default": backend}, "THREADS_PER_PROCESS": 1},
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        USE_TZ=True,
    )
    django.setup()


if __name__ == "__main__":
    main()
