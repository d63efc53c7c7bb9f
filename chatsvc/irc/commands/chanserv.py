"""ChanServ: words that people know for what they do in rooms."""

from collections.abc import Iterator

from chatsvc.core.access_table import Action
from chatsvc.core.commands import (
    Ban,
    ChangeSetting,
    Command,
    CreateRoom,
    DescribeRoom,
    Invite,
    Kick,
    SetRole,
    SetRoomPassword,
    SetTopic,
    SetVoice,
    ShowSettings,
    StepDown,
    Unban,
)
from chatsvc.core.errors import BadMask
from chatsvc.core.kinds import NewPassword, format_settings, parse_setting
from chatsvc.core.limits import REASON_LENGTH
from chatsvc.core.masks import Mask
from chatsvc.core.names import Nick, RoomName, parse_nick, room_key
from chatsvc.core.people import Person
from chatsvc.core.permission import permitted
from chatsvc.core.replies import (
    InvitationGiven,
    PutOut,
    RoleIs,
    RoomDetails,
    RoomMade,
    SanctionGone,
    SanctionIs,
    Settings,
    TopicIs,
)
from chatsvc.core.roles import Role
from chatsvc.core.sanctions import Means, Terms
from chatsvc.core.text import check_text
from chatsvc.irc.asking import Step, Steps
from chatsvc.irc.channels import channel_of, room_of
from chatsvc.irc.client import Client
from chatsvc.irc.commands.serving import (
    CHANSERV,
    Misused,
    Serving,
    Word,
    ask,
    notice,
    rows,
    word_at,
)
from chatsvc.irc.hostmasks import parse_list_mask, to_core
from chatsvc.irc.isupport import TEXT_LENGTH
from chatsvc.irc.message import cut
from chatsvc.irc.modes import format_modes
from chatsvc.irc.room_modes import list_change, rank_changes, ranks_of, setting_changes
from chatsvc.irc.texts import plain, presentable
from chatsvc.wire.times import format_time


def _say(client: Client, text: str) -> Step:
    return notice(client, CHANSERV, text)


def _room(client: Client, words: list[str]) -> RoomName:
    return room_of(word_at(words, 0), client.state.limits.room_length)


def _nick(client: Client, words: list[str]) -> Nick:
    """Return the nick that stands behind the room; one's own where none does."""
    return parse_nick(words[1]) if len(words) > 1 else client.nick or Nick("")


def _reason(words: list[str]) -> str:
    """Return what stands behind the name or mask, as it may be shown."""
    return presentable(" ".join(words[2:]))[:REASON_LENGTH].strip()


def _register(client: Client, words: list[str]) -> Steps:
    """Make a room that lasts; one that is there belongs to who made it."""

    def show(reply: RoomMade) -> Steps:
        return (_say(client, f"{channel_of(reply.room)} is yours, and lasts; you may join it."),)

    return ask(client, CHANSERV, CreateRoom(_room(client, words)), show)


class _Ranks:
    """The ranks of somebody in a room: who changed them is shown the change by its answer."""

    def __init__(self, client: Client, room: RoomName, nick: Nick) -> None:
        self._client = client
        self._room = client.session.rooms.get(room_key(room))
        self._person = client.state.found(nick)
        self._old = self._now()

    def changes(self) -> Iterator[Step]:
        """Return the MODE lines of what has changed; none to who is not in the room."""
        if self._room is None or self._person is None:
            return
        changes = rank_changes(self._old, self._now(), self._person.nick)
        for words in format_modes(list(changes)):
            yield self._client.own("MODE", channel_of(self._room.name), *words)

    def _now(self) -> str:
        return "" if self._room is None or self._person is None else self._of(self._person)

    def _of(self, person: Person) -> str:
        assert self._room is not None
        return ranks_of(self._room, person) if person.person_id in self._room.members else ""


def _ranked(client: Client, room: RoomName, nick: Nick, command: Command) -> Iterator[Step]:
    """Ask for another rank of somebody, and show what has become of it."""
    ranks = _Ranks(client, room, nick)

    def show(reply: RoleIs) -> Iterator[Step]:
        yield from ranks.changes()
        nick = client.state.nick_of_owner(reply.nick)
        yield _say(client, f"{nick} is {reply.role.word} in {channel_of(reply.room)}.")

    return ask(client, CHANSERV, command, show)


def _role(role: Role) -> Serving:
    """Return what gives somebody a role in a room."""

    def serve(client: Client, words: list[str]) -> Steps:
        room, nick = _room(client, words), _nick(client, words)
        return _ranked(client, room, nick, SetRole(room, nick, role))

    return serve


def _voice(is_voiced: bool) -> Serving:
    """Return what gives somebody voice beside their role, or takes it."""

    def serve(client: Client, words: list[str]) -> Steps:
        room, nick = _room(client, words), _nick(client, words)
        return _ranked(client, room, nick, SetVoice(room, nick, is_voiced))

    return serve


def _deop(client: Client, words: list[str]) -> Steps:
    """Take a moderator's role; one's own is given up."""
    room, nick = _room(client, words), _nick(client, words)
    is_own = client.state.found(nick) is client.session.person
    command = StepDown(room) if is_own else SetRole(room, nick, Role.MEMBER)
    return _ranked(client, room, nick, command)


def _owner(client: Client, words: list[str]) -> Steps:
    word_at(words, 1)
    return _role(Role.OWNER)(client, words)


def _transfer(client: Client, words: list[str]) -> Iterator[Step]:
    """Make somebody else the owner, and step down once that is done."""
    room, nick = _room(client, words), parse_nick(word_at(words, 1))
    if client.state.found(nick) is client.session.person:
        raise Misused
    done: list[RoleIs] = []
    ranks = _Ranks(client, room, nick)

    def show(reply: RoleIs) -> Iterator[Step]:
        done.append(reply)
        yield from ranks.changes()
        nick = client.state.nick_of_owner(reply.nick)
        yield _say(client, f"{nick} is {reply.role.word} in {channel_of(reply.room)}.")

    yield from ask(client, CHANSERV, SetRole(room, nick, Role.OWNER), show)
    if done:
        yield from _ranked(client, room, client.nick or Nick(""), StepDown(room))


def _kick(client: Client, words: list[str]) -> Steps:
    reason = _reason(words)

    def show(reply: PutOut) -> Iterator[Step]:
        if room_key(reply.room) in client.session.rooms:
            why = reason or client.shown_nick
            yield client.own("KICK", channel_of(reply.room), reply.nick, why)
        yield _say(client, f"{reply.nick} is out of {channel_of(reply.room)}.")

    command = Kick(_room(client, words), parse_nick(word_at(words, 1)), reason)
    return ask(client, CHANSERV, command, show)


def _mask(words: list[str]) -> Mask:
    """Return the mask that stands behind the room; raise `BadMask`, also for one that mutes."""
    listed = parse_list_mask(word_at(words, 1))
    if listed.is_mute:
        raise BadMask("A mute is no ban; say MODE #room +b ~m:MASK.")
    return to_core(listed)


def _listed(client: Client, room: RoomName, mask: Mask, is_set: bool) -> Iterator[Step]:
    """Show a client what it has changed in the list of bans."""
    if room_key(room) in client.session.rooms:
        for words in format_modes([list_change(Means.BAN, mask, is_set)]):
            yield client.own("MODE", channel_of(room), *words)


def _ban(client: Client, words: list[str]) -> Steps:
    mask, terms = _mask(words), Terms(None, _reason(words))

    def show(reply: SanctionIs) -> Iterator[Step]:
        yield from _listed(client, reply.room, reply.mask, is_set=True)
        channel = channel_of(reply.room)
        yield _say(client, f"{reply.mask.text} is banned from {channel}: {reply.hit} put out.")

    return ask(client, CHANSERV, Ban(_room(client, words), mask, terms), show)


def _unban(client: Client, words: list[str]) -> Steps:
    def show(reply: SanctionGone) -> Iterator[Step]:
        yield from _listed(client, reply.room, reply.mask, is_set=False)
        yield _say(client, f"{reply.mask.text} is not banned from {channel_of(reply.room)}.")

    return ask(client, CHANSERV, Unban(_room(client, words), _mask(words)), show)


def _invite(client: Client, words: list[str]) -> Steps:
    def show(reply: InvitationGiven) -> Steps:
        return (_say(client, f"{reply.nick} is invited into {channel_of(reply.room)}."),)

    command = Invite(_room(client, words), parse_nick(word_at(words, 1)))
    return ask(client, CHANSERV, command, show)


def _topic(client: Client, words: list[str]) -> Steps:
    word_at(words, 1)
    text = check_text(cut(plain(" ".join(words[1:])).encode(), TEXT_LENGTH).decode())

    def show(reply: TopicIs) -> Iterator[Step]:
        if room_key(reply.room) in client.session.rooms:
            yield client.own("TOPIC", channel_of(reply.room), reply.text)
        yield _say(client, f"The topic of {channel_of(reply.room)} is set.")

    return ask(client, CHANSERV, SetTopic(_room(client, words), text), show)


# What is set


def _set(client: Client, words: list[str]) -> Steps:
    """Show what is set, or set one thing as the line protocol has it."""
    room = _room(client, words)
    if len(words) == 1:
        return ask(client, CHANSERV, ShowSettings(room), lambda reply: _settings(client, reply))
    key, value = words[1].lower(), " ".join(words[2:])
    if not value:
        raise Misused
    setting = parse_setting(*(("kind", f"password {value}") if key == "password" else (key, value)))
    command: Command = ChangeSetting(room, key, value)
    if isinstance(setting, NewPassword):
        command = SetRoomPassword(room, setting.text)
    there = client.session.rooms.get(room_key(room))
    old = None if there is None else there.kind

    def show(reply: Settings) -> Iterator[Step]:
        if there is not None and old is not None:
            for modes in format_modes(list(setting_changes(old, there.kind))):
                yield client.own("MODE", channel_of(there.name), *modes)
        yield from _settings(client, reply)

    return ask(client, CHANSERV, command, show)


def _settings(client: Client, reply: Settings) -> Steps:
    pairs = ", ".join(f"{key} {value}" for key, value in format_settings(reply.kind))
    return (_say(client, f"{channel_of(reply.room)}: {pairs}."),)


# What is known of a room


def _info(client: Client, words: list[str]) -> Steps:
    return ask(
        client, CHANSERV, DescribeRoom(_room(client, words)), lambda reply: _about(client, reply)
    )


def _about(client: Client, reply: RoomDetails) -> Iterator[Step]:
    """Show a room, as `info` of the line protocol does."""
    summary = reply.summary
    channel = channel_of(summary.room)
    lasts = "lasts" if summary.kept else "ends when nobody is its member"
    made = f", made {format_time(summary.created_at)}" if summary.created_at else ""
    yield _say(client, f"{channel} is {summary.kind}{made}, and {lasts}.")
    if reply.owner is not None:
        yield _say(client, f"Made by the guest {reply.owner}.")
    yield _say(client, f"Members: {summary.members}. Messages: {summary.last}.")
    if summary.topic:
        yield _say(client, f"Topic: {summary.topic}")


def _access(client: Client, words: list[str]) -> Steps:
    """Show who has a role in a room, to those who may ask who is in it."""
    if word_at(words, 1).upper() != "LIST":
        raise Misused
    now = client.house.now()
    room = permitted(client.state, client.session, _room(client, words), Action.WHO, now)
    ranked = sorted(room.roles.items(), key=lambda row: (-row[1], row[0]))
    texts = (f"{client.state.spelt(Nick(name))}: {role.word}" for name, role in ranked)
    return rows(client, CHANSERV, texts, f"No account has a role in {channel_of(room.name)}.")


WORDS: dict[str, Word] = {
    "REGISTER": Word(_register, "REGISTER #room", "Make a room that lasts while nobody is in it."),
    "OP": Word(_role(Role.MODERATOR), "OP #room [nick]", "Make somebody a moderator."),
    "DEOP": Word(_deop, "DEOP #room [nick]", "Make somebody a mere member."),
    "VOICE": Word(_voice(True), "VOICE #room [nick]", "Let somebody speak in any case."),
    "DEVOICE": Word(_voice(False), "DEVOICE #room [nick]", "Take that back."),
    "OWNER": Word(_owner, "OWNER #room nick", "Make somebody an owner, beside you."),
    "TRANSFER": Word(_transfer, "TRANSFER #room nick", "Make somebody the owner in your place."),
    "KICK": Word(_kick, "KICK #room nick [reason]", "Put somebody out."),
    "BAN": Word(_ban, "BAN #room mask [reason]", "Put out whom a mask names, and keep them out."),
    "UNBAN": Word(_unban, "UNBAN #room mask", "Lift a ban."),
    "INVITE": Word(_invite, "INVITE #room nick", "Let somebody in."),
    "TOPIC": Word(_topic, "TOPIC #room text", "Set the topic."),
    "SET": Word(_set, "SET #room [setting value]", "Show what is set, or set something."),
    "INFO": Word(_info, "INFO #room", "Show a room."),
    "ACCESS": Word(_access, "ACCESS #room LIST", "Show who has a role."),
}
"""What ChanServ understands, in the order of its HELP."""
