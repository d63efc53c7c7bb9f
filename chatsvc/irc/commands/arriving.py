"""What a client is told that has come into a room: JOIN, topic, read marker, names.

Source: https://modern.ircdocs.horse/#join-message: "the server MUST send" them in this order.
"""

from collections.abc import Iterator

from chatsvc.core.commands import ShowTopic
from chatsvc.core.events import Joined
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.replies import TopicIs
from chatsvc.irc.asking import Step
from chatsvc.irc.channels import channel_of
from chatsvc.irc.client import Client
from chatsvc.irc.commands.describing import on_arrival
from chatsvc.irc.commands.names import names
from chatsvc.irc.commands.playback import READ_MARKER, own_marker
from chatsvc.irc.encode.rooms import join_line
from chatsvc.irc.numerics import RPL_NOTOPIC, RPL_TOPIC, RPL_TOPICWHOTIME
from chatsvc.irc.replies import numeric


def arrival(client: Client, room: RoomName, has_names: bool = True) -> Iterator[Step]:
    """Return what is told of a room that the client is in from now on.

    `has_names`: also who is there, if the client did not ask for being told that not.
    """
    event = Joined(room, client.nick or Nick(""), client.session.session_id)
    yield join_line(event, client.scribe)
    topic: TopicIs = client.read(ShowTopic(room))
    if topic.nick is not None:
        yield from topic_lines(client, topic)
    if client.has(READ_MARKER):
        yield own_marker(client, room)
    if has_names and not client.has("no-implicit-names"):
        yield from names(client, room)
    yield from on_arrival(client, room)


def topic_lines(client: Client, topic: TopicIs) -> Iterator[Step]:
    """Return a topic with who set it and when, or that there is none."""
    channel = channel_of(topic.room)
    if topic.nick is None:
        yield numeric(RPL_NOTOPIC, channel)
        return
    setter = str(client.house.source_of(topic.nick))
    yield numeric(RPL_TOPIC, channel, topic=topic.text)
    yield numeric(RPL_TOPICWHOTIME, channel, setter, str(topic.at // 1000))
