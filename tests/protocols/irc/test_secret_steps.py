"""A secret room and one that does not exist take the same steps, so that time tells nothing.

What is compared is how many functions are called: that is the same each time, on any machine.
"""

import gc
import sys

from twisted.trial.unittest import TestCase

from tests.protocols.irc.conversation import IrcClient, IrcServer
from tests.protocols.irc.test_access_matrix import ASKED, DONE, UNJUDGED

CAPABILITIES = (
    "batch message-tags draft/chathistory draft/event-playback draft/message-redaction "
    "draft/channel-rename draft/metadata-2 draft/read-marker"
)

MOST_MORE = 4
"""Calls by which the two may differ: less than a thousandth of a millisecond each."""


class SecretStepsTests(TestCase):
    """Strangers and guests ask about a room out of the list, and about one that is not there."""

    def test_what_is_asked_of_a_secret_room_takes_the_steps_of_a_missing_one(self) -> None:
        server = IrcServer(self)
        for nick in ("zoe", "max", "mia"):
            server.client(nick).says("register s3cret")
        owner = server.client("olga")
        owner.says("register s3cret", "create den", "set den kind invite-only", "invite den max")
        owner.says(
            "ban den spam*", "ban den 10.0.0.0/8", "ban den ~mal", "mute den zz*", "join den"
        )
        guest = server.irc("gustav", caps=CAPABILITIES)
        stranger = server.irc("kim", caps=CAPABILITIES).says("NS REGISTER s3cret")
        for client in (guest, stranger):
            client.takes()
            for line in (*ASKED, *DONE, *UNJUDGED):
                self.compare(client, line)

    def compare(self, client: IrcClient, line: str) -> None:
        counts = [0, 0]
        for _ in range(2):  # What is kept in caches is there the second time.
            counts = [calls(client, line.replace("{}", room)) for room in ("#den", "#dem")]
        self.assertLessEqual(abs(counts[0] - counts[1]), MOST_MORE, (line, counts))


def calls(client: IrcClient, line: str) -> int:
    """Return how many functions are called until a line is answered."""
    count = 0

    def note(_frame: object, what: str, _argument: object) -> None:
        nonlocal count
        count += what == "call"

    before = sys.getprofile()
    gc.disable()  # What is called for a round of it is no step of ours.
    sys.setprofile(note)
    try:
        client.says(line)
    finally:
        sys.setprofile(before)
        gc.enable()
    client.takes()
    return count
