"""What is being changed until the log has it, and which commands wait for that.

A *mark* stands for a room, a conversation, an account, what is set for the whole server, or
all names. From the moment in which something is decided until it is in the log, `marks_of`
its events are set (`State.changing`); a command whose `needs` are among them is decided
afterwards. So each is decided on a state that nothing before it can still take away: no two
operators put each other down at the same moment, and no two connections of an account
exceed a limit together.
"""

from collections.abc import Iterator

from chatsvc.core.commands import (
    BecomeAccount,
    BecomeOperator,
    Command,
    DropAccount,
    OperateAs,
    RegisterAccount,
    RemoveAccount,
    RenameRoom,
    ServerBan,
    ServerUnban,
    SetNick,
    SetOperator,
    SetServer,
)
from chatsvc.core.conversations import SIGN, is_direct, parties
from chatsvc.core.events import (
    ROOM_EVENTS,
    AccountDropped,
    Event,
    IgnoreAdded,
    IgnoreRemoved,
    KeyAdded,
    KeyRemoved,
    Kicked,
    LoggedIn,
    MetadataSet,
    OperatorSet,
    PasswordSet,
    Registered,
    RoomCreated,
    RoomRenamed,
    ServerBanLaid,
    ServerBanLifted,
    ServerSet,
)
from chatsvc.core.names import Nick, NickKey, RoomKey, nick_key, room_key
from chatsvc.core.people import Session
from chatsvc.core.roles import Role
from chatsvc.core.state import State

SERVER = RoomKey(SIGN)
"""The mark of what is set for the whole server: operators, bans, sign-ups."""

NAMES = RoomKey(SIGN * 2)
"""The mark of all names, while an account is made: others must not look like its name."""

_OF_ROOM = (*ROOM_EVENTS, Kicked)
"""Until these, no other request about the room begins: nobody says anything there who is
about to be put out."""

_OF_ACCOUNT = (
    AccountDropped,
    IgnoreAdded,
    IgnoreRemoved,
    KeyAdded,
    KeyRemoved,
    LoggedIn,
    MetadataSet,
    OperatorSet,
    PasswordSet,
    Registered,
)
"""Also a login: whoever logs in next is then one person with who has."""
_OF_SERVER = (OperatorSet, ServerBanLaid, ServerBanLifted, ServerSet)
_NEED_SERVER = (
    BecomeAccount,
    BecomeOperator,
    OperateAs,
    RegisterAccount,
    ServerBan,
    ServerUnban,
    SetOperator,
    SetServer,
)
_NEED_NAMES = (BecomeAccount, RegisterAccount, SetNick)
_BRING_ROOMS = (BecomeAccount, RegisterAccount)


def account_mark(account: NickKey) -> RoomKey:
    """Return the mark of an account; no room and no conversation has such a key."""
    return RoomKey(SIGN + account)


def marks_of(event: Event) -> Iterator[RoomKey]:
    """Return what `event` changes, as far as anything waits for that."""
    if isinstance(event, _OF_ROOM):
        yield room_key(event.room)
        if isinstance(event, RoomCreated) and event.owner and is_direct(event.room):
            yield account_mark(nick_key(event.owner))
        if isinstance(event, RoomRenamed):
            yield room_key(event.new)
    if isinstance(event, _OF_ACCOUNT):
        yield account_mark(nick_key(event.name))
    if isinstance(event, _OF_SERVER):
        yield SERVER
    if isinstance(event, Registered):
        yield NAMES


def needs(state: State, session: Session, command: Command) -> Iterator[RoomKey]:
    """Return the marks, beside that of its room, for which `command` of `session` waits.

    They are those of its own account and of whoever it names, and what its rule looks at.
    """
    account = session.account
    if account is not None:
        yield account_mark(account.key)
    named = getattr(command, "nick", None) or getattr(command, "name", None)
    if isinstance(named, str):
        yield account_mark(nick_key(Nick(named)))
        if (meant := state.account_called(Nick(named))) is not None:
            yield account_mark(meant.key)
    if isinstance(command, _NEED_SERVER):
        yield SERVER
    if isinstance(command, RenameRoom):
        yield room_key(command.new)
    if isinstance(command, _NEED_NAMES):
        yield NAMES
    if isinstance(command, _BRING_ROOMS):
        yield from session.rooms
        if session.aim is not None:
            yield room_key(session.aim)
    if account is not None and isinstance(command, DropAccount | RemoveAccount):
        yield from _of_its_own(state, account.key)


def _of_its_own(state: State, account: NickKey) -> Iterator[RoomKey]:
    """Return the rooms that an account owns, and its conversations that are changing."""
    for key in state.changing:
        room = state.rooms.get(key)
        is_owner = room is not None and room.roles.get(account) is Role.OWNER
        if is_owner or (is_direct(key) and account in parties(key)):
            yield key
