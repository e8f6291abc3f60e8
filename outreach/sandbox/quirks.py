"""Ways in which this Google can differ from what its clients believe of the real one, each switched on by name."""

from __future__ import annotations

from enum import StrEnum


class Quirk(StrEnum):
    """One difference. Without any, the sandbox does what Google is believed to do."""

    #: A Message-ID that the client gave is kept.
    KEEPS_MESSAGE_ID = "keeps_message_id"
    #: A Message-ID that the client gave is kept if it is one of mail.gmail.com.
    KEEPS_OWN_MESSAGE_ID = "keeps_own_message_id"
    #: Sending does not consume a draft: asked again, it is sent again.
    SENDS_AGAIN = "sends_again"
    #: Sends of one draft that are under way at the same time are all carried out.
    SENDS_RACING = "sends_racing"
    #: A draft that was sent is shown as if it were still there; it cannot be sent again.
    SHOWS_SENT_DRAFTS = "shows_sent_drafts"
    #: Headers whose names begin with X- are taken out of what is sent.
    DROPS_X_HEADERS = "drops_x_headers"
    #: A letter to oneself arrives as a message of its own, without headers that begin with X-.
    DROPS_X_ON_ARRIVAL = "drops_x_on_arrival"
    #: What is sent begins a new thread, whatever thread its draft was in.
    NEW_THREAD = "new_thread"
    #: History does not show what was sent.
    HIDES_FROM_HISTORY = "hides_from_history"
    #: Lists and searches do not show what was sent.
    HIDES_FROM_SEARCH = "hides_from_search"
    #: A request whose client is gone before it is answered is not carried out.
    DROPS_CUT_OFF = "drops_cut_off"
    #: A request whose client is gone takes the draft away and sends nothing.
    LOSES_CUT_OFF = "loses_cut_off"
    #: An event with an id that is taken is filed instead of the one that has it.
    TAKES_EVENTS_TWICE = "takes_events_twice"
    #: A mailed answer to an earlier version of a meeting (RFC 5546, 2.1.5) is shown as if it were about this one.
    TAKES_OLD_ANSWERS = "takes_old_answers"
    #: No video link can be made.
    REFUSES_MEET = "refuses_meet"
    #: A video link is not there at once, but when the event is looked at the second time.
    MEET_TAKES_TIME = "meet_takes_time"
    #: The id of a deleted event can be used again.
    FREES_EVENT_IDS = "frees_event_ids"
