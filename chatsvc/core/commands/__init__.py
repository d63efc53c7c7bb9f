"""What a client can ask for: one class a command, named in the imperative.

Every way in turns its bytes into these. Names in them are checked (`names`),
texts have passed `text.check_text`; numbers are not negative. Passwords are as the
client sent them; commands with one, or with a code, never reach a rule as they are: the hub
has it checked or hashed first, and then asks for what comes of it (see `accounts`).

    accounts     who somebody is: passwords, codes, keys
    moderation   what owners and moderators ask for; the rest is here
"""

import attrs

from chatsvc.core.commands.accounts import (
    AddKey,
    BecomeAccount,
    ChangePassword,
    DropAccount,
    GrantCode,
    ListKeys,
    LogIn,
    LogOut,
    NotePositions,
    Pair,
    Register,
    RegisterAccount,
    RemoveAccount,
    RemoveKey,
    RenewSecret,
    ReplacePassword,
)
from chatsvc.core.commands.moderation import (
    Ban,
    ChangeSetting,
    Invite,
    Kick,
    LiftWhatIsOver,
    ListSanctions,
    ModerationCommand,
    Mute,
    SetRole,
    SetRoomPassword,
    SetRoomSecret,
    SetVoice,
    ShowSettings,
    StepDown,
    TryBan,
    Unban,
    Uninvite,
    Unmute,
)
from chatsvc.core.events import Said
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.values import lightly_frozen


@attrs.frozen
class SetNick:
    """Take a nick, or change it."""

    nick: Nick


@attrs.frozen
class CreateRoom:
    """Make a room that stays until it is deleted; does not join it."""

    room: RoomName


@attrs.frozen
class JoinRoom:
    """Become a member; `room` None means the lobby.

    With `since`, every message after that number follows before the live ones.
    """

    room: RoomName | None
    since: int | None = None


@attrs.frozen
class JoinWithPassword:
    """Become a member of a room that takes a password; with `since` as for `JoinRoom`.

    Makes no room.
    """

    room: RoomName
    password: str = attrs.field(repr=False)
    since: int | None = None


@attrs.frozen
class EnterRoom(JoinRoom):
    """Become a member of a room that is there, having said a password; `is_right`: its own."""

    is_right: bool = False


@attrs.frozen
class LeaveRoom:
    """Stop being a member."""

    room: RoomName


@attrs.frozen
class DeleteRoom:
    """Remove a room and everything said in it."""

    room: RoomName


@attrs.frozen
class VacateRoom:
    """Remove a temporary room that nobody is in; only the hub asks for this."""

    room: RoomName


@attrs.frozen
class TrimRoom:
    """Remove the messages of a room up to a number; only the hub asks for this.

    The room with this id: another may have its name by now.
    """

    room: RoomName
    room_id: int
    number: int


@lightly_frozen
class Say:
    """Say something in a room.

    A second Say by the same nick in the same room with the same non-empty
    `client_id` is answered with the first one's number and says nothing.
    """

    room: RoomName
    text: str
    client_id: str = ""


@attrs.frozen
class Tell:
    """Say something to one user only.

    Where that is kept, `client_id` means what it does in a `Say`.
    """

    nick: Nick
    text: str
    client_id: str = ""


@attrs.frozen
class Ignore:
    """Hear no more of a user."""

    nick: Nick


@attrs.frozen
class Unignore:
    """Hear a user again."""

    nick: Nick


@attrs.frozen
class ListIgnored:
    """Ask whom one ignores."""


@attrs.frozen
class SetAway:
    """Say that one is away, and perhaps why."""

    text: str = ""


@attrs.frozen
class SetBack:
    """Say that one is back."""


@attrs.frozen
class SetTopic:
    """Set a room's topic; an empty text clears it."""

    room: RoomName
    text: str


@attrs.frozen
class ShowTopic:
    """Ask for a room's topic."""

    room: RoomName


@attrs.frozen
class SetWelcome:
    """Set the line shown to whoever joins; an empty text clears it."""

    room: RoomName
    text: str


@attrs.frozen
class ShowWelcome:
    """Ask for a room's welcome line."""

    room: RoomName


@attrs.frozen
class ListRooms:
    """Ask for every room."""


@attrs.frozen
class DescribeRoom:
    """Ask for the details of a room."""

    room: RoomName


@attrs.frozen
class ListUsers:
    """Ask who is here, or who is in a room."""

    room: RoomName | None = None


@attrs.frozen
class ReadHistory:
    """Ask for messages of a room, or of the conversation with `@nick`, oldest first.

    The newest `count` ones; or the newest before the number `before`; or the
    oldest after the number `after`. At most one of the two is given.
    """

    room: RoomName
    count: int
    before: int | None = None
    after: int | None = None


@attrs.frozen
class SearchRoom:
    """Ask for the newest messages of a room or conversation that hold all of `words`."""

    room: RoomName
    words: str


@attrs.frozen
class Redact:
    """Take back the text of a message; its number stays."""

    room: RoomName
    number: int


@attrs.frozen
class Edit:
    """Give a message another text."""

    room: RoomName
    number: int
    text: str


@attrs.frozen
class ChangeMessage:
    """Carry out `change` on `message`, which the hub has read from the log for it.

    Only the hub asks for this.
    """

    change: Redact | Edit
    message: Said


@attrs.frozen
class TalkIn:
    """From now on say plain lines in `room`; None ends that."""

    room: RoomName | None


@attrs.frozen
class Ping:
    """Ask for a sign of life that carries `token`."""

    token: str = ""


@attrs.frozen
class Help:
    """Ask what one can say, or how one verb is used."""

    verb: str = ""


@attrs.frozen
class Quit:
    """Leave every room and close the connection."""


PasswordCommand = (
    Register
    | LogIn
    | ChangePassword
    | DropAccount
    | JoinWithPassword
    | GrantCode
    | Pair
    | SetRoomPassword
)
"""The commands with a password, or a code in place of one, which the hub prepares."""

PASSWORD_COMMANDS = (
    Register,
    LogIn,
    ChangePassword,
    DropAccount,
    JoinWithPassword,
    GrantCode,
    Pair,
    SetRoomPassword,
)
"""The classes of `PasswordCommand`, for `isinstance`."""

HUBS_OWN = (
    VacateRoom,
    TrimRoom,
    RegisterAccount,
    BecomeAccount,
    ReplacePassword,
    RenewSecret,
    RemoveAccount,
    NotePositions,
    EnterRoom,
    ChangeMessage,
    SetRoomSecret,
    LiftWhatIsOver,
)
"""The commands that only the hub asks for."""

Command = (
    SetNick
    | CreateRoom
    | JoinRoom
    | EnterRoom
    | LeaveRoom
    | DeleteRoom
    | VacateRoom
    | TrimRoom
    | Say
    | Tell
    | Ignore
    | Unignore
    | ListIgnored
    | SetAway
    | SetBack
    | SetTopic
    | ShowTopic
    | SetWelcome
    | ShowWelcome
    | ListRooms
    | DescribeRoom
    | ListUsers
    | ReadHistory
    | SearchRoom
    | Redact
    | Edit
    | ChangeMessage
    | TalkIn
    | Ping
    | Help
    | Quit
    | PasswordCommand
    | LogOut
    | AddKey
    | ListKeys
    | RemoveKey
    | RegisterAccount
    | BecomeAccount
    | ReplacePassword
    | RenewSecret
    | RemoveAccount
    | NotePositions
    | ModerationCommand
)
"""Any command."""

__all__ = [
    "HUBS_OWN",
    "PASSWORD_COMMANDS",
    "AddKey",
    "Ban",
    "BecomeAccount",
    "ChangeMessage",
    "ChangePassword",
    "ChangeSetting",
    "Command",
    "CreateRoom",
    "DeleteRoom",
    "DescribeRoom",
    "DropAccount",
    "Edit",
    "EnterRoom",
    "GrantCode",
    "Help",
    "Invite",
    "JoinRoom",
    "JoinWithPassword",
    "Kick",
    "LeaveRoom",
    "LiftWhatIsOver",
    "ListKeys",
    "ListRooms",
    "ListSanctions",
    "ListUsers",
    "LogIn",
    "LogOut",
    "ModerationCommand",
    "Mute",
    "NotePositions",
    "Pair",
    "PasswordCommand",
    "Ping",
    "Quit",
    "ReadHistory",
    "Redact",
    "Register",
    "RegisterAccount",
    "RemoveAccount",
    "RemoveKey",
    "RenewSecret",
    "ReplacePassword",
    "Say",
    "SearchRoom",
    "SetAway",
    "SetBack",
    "SetNick",
    "SetRole",
    "SetRoomPassword",
    "SetRoomSecret",
    "SetTopic",
    "SetVoice",
    "SetWelcome",
    "ShowSettings",
    "ShowTopic",
    "ShowWelcome",
    "StepDown",
    "TalkIn",
    "Tell",
    "TryBan",
    "Unban",
    "Uninvite",
    "Unmute",
    "VacateRoom",
]
