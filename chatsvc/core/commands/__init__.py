"""What a client can ask for: one class a command, named in the imperative.

Every way in turns its bytes into these. Names in them are checked (`names`),
texts have passed `text.check_text`; numbers are not negative. Passwords are as the
client sent them; commands with one, or with a code, never reach a rule as they are: the hub
has it checked or hashed first, and then asks for what comes of it (see `accounts`).

    rooms        making, entering, leaving, describing
    people       nicks, presence, who is here
    talk         what is said, and was said before
    metadata     what users say of themselves, and owners of rooms
    accounts     who somebody is: passwords, codes, keys
    moderation   what owners and moderators ask for
    operating    what operators of the server ask for
    basics       the connection itself
"""

from chatsvc.core.commands.accounts import (
    AddKey,
    BecomeAccount,
    ChangePassword,
    DropAccount,
    EndOthers,
    GrantCode,
    ListKeys,
    LogIn,
    LogOut,
    NotePositions,
    Pair,
    Prove,
    Register,
    RegisterAccount,
    RemoveAccount,
    RemoveKey,
    RenewSecret,
    ReplacePassword,
    ShowCertificate,
)
from chatsvc.core.commands.basics import (
    Help,
    Ping,
    Quit,
)
from chatsvc.core.commands.history import (
    KeepMarker,
    ListActivity,
    MarkRead,
    ReadHappenings,
    ReadHistoryAt,
    ShowMarker,
)
from chatsvc.core.commands.metadata import (
    ChangeMetadata,
    ChangeRoomMetadata,
    ShowMetadata,
    ShowRoomMetadata,
)
from chatsvc.core.commands.moderation import (
    Ban,
    ChangeSetting,
    Favour,
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
    Unfavour,
    Uninvite,
    Unmute,
)
from chatsvc.core.commands.operating import (
    HUBS_OWN_FOR_OPERATORS,
    Announce,
    BecomeOperator,
    Claim,
    Kill,
    LiftServerBans,
    ListOperators,
    ListServerBans,
    Locate,
    NoteReload,
    NoteWrongClaims,
    Operate,
    OperateAs,
    OperatorCommand,
    ReadAudit,
    Reload,
    ServerBan,
    ServerUnban,
    SetOperator,
    SetServer,
    ShowServer,
    ShowWhereabouts,
    ShowWouldHit,
    ShutDown,
    TellOperators,
    TryServerBan,
)
from chatsvc.core.commands.people import (
    Ignore,
    ListIgnored,
    ListUsers,
    SetAway,
    SetBack,
    SetMarks,
    SetNick,
    SetRealname,
    Unignore,
    Watch,
)
from chatsvc.core.commands.rooms import (
    CreateRoom,
    DeleteRoom,
    DescribeRoom,
    EnterRoom,
    JoinRoom,
    JoinWithPassword,
    LeaveRoom,
    ListRooms,
    RenameRoom,
    SetTopic,
    SetWelcome,
    ShowTopic,
    ShowWelcome,
    TrimRoom,
    VacateRoom,
)
from chatsvc.core.commands.talk import (
    ChangeMessage,
    Edit,
    ReadHistory,
    Redact,
    Say,
    SearchRoom,
    Signal,
    TalkIn,
    Tell,
)

PasswordCommand = (
    Register
    | LogIn
    | ChangePassword
    | DropAccount
    | JoinWithPassword
    | GrantCode
    | Pair
    | Prove
    | SetRoomPassword
    | ShowCertificate
    | Operate
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
    Prove,
    SetRoomPassword,
    ShowCertificate,
    Operate,
)
"""The classes of `PasswordCommand`, for `isinstance`."""

HUBS_OWN = (
    KeepMarker,
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
    *HUBS_OWN_FOR_OPERATORS,
)
"""The commands that only the hub asks for."""

NOT_IN_LINES = (
    *(SetRealname, SetMarks, Watch, Signal),
    *(ReadHistoryAt, ReadHappenings, ListActivity, MarkRead, ShowMarker),
    *(ShowMetadata, ChangeMetadata, ShowRoomMetadata, ChangeRoomMetadata),
    *(Operate, Prove, ShowCertificate, EndOthers, TellOperators),
)
"""The commands that the line protocol has no word for; other ways in have."""

Command = (
    SetNick
    | CreateRoom
    | JoinRoom
    | EnterRoom
    | LeaveRoom
    | DeleteRoom
    | RenameRoom
    | VacateRoom
    | TrimRoom
    | Say
    | Tell
    | Signal
    | Ignore
    | Unignore
    | ListIgnored
    | SetAway
    | SetBack
    | SetRealname
    | SetMarks
    | Watch
    | SetTopic
    | ShowTopic
    | SetWelcome
    | ShowWelcome
    | ListRooms
    | DescribeRoom
    | ListUsers
    | ReadHistory
    | ReadHistoryAt
    | ReadHappenings
    | ListActivity
    | MarkRead
    | KeepMarker
    | ShowMarker
    | ShowMetadata
    | ChangeMetadata
    | ShowRoomMetadata
    | ChangeRoomMetadata
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
    | EndOthers
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
    | OperatorCommand
)
"""Any command."""

__all__ = [
    "HUBS_OWN",
    "HUBS_OWN_FOR_OPERATORS",
    "NOT_IN_LINES",
    "PASSWORD_COMMANDS",
    "AddKey",
    "Announce",
    "Ban",
    "BecomeAccount",
    "BecomeOperator",
    "ChangeMessage",
    "ChangeMetadata",
    "ChangePassword",
    "ChangeRoomMetadata",
    "ChangeSetting",
    "Claim",
    "Command",
    "CreateRoom",
    "DeleteRoom",
    "DescribeRoom",
    "DropAccount",
    "Edit",
    "EndOthers",
    "EnterRoom",
    "Favour",
    "GrantCode",
    "Help",
    "Ignore",
    "Invite",
    "JoinRoom",
    "JoinWithPassword",
    "KeepMarker",
    "Kick",
    "Kill",
    "LeaveRoom",
    "LiftServerBans",
    "LiftWhatIsOver",
    "ListActivity",
    "ListIgnored",
    "ListKeys",
    "ListOperators",
    "ListRooms",
    "ListSanctions",
    "ListServerBans",
    "ListUsers",
    "Locate",
    "LogIn",
    "LogOut",
    "MarkRead",
    "ModerationCommand",
    "Mute",
    "NotePositions",
    "NoteReload",
    "NoteWrongClaims",
    "Operate",
    "OperateAs",
    "OperatorCommand",
    "Pair",
    "PasswordCommand",
    "Ping",
    "Prove",
    "Quit",
    "ReadAudit",
    "ReadHappenings",
    "ReadHistory",
    "ReadHistoryAt",
    "Redact",
    "Register",
    "RegisterAccount",
    "Reload",
    "RemoveAccount",
    "RemoveKey",
    "RenameRoom",
    "RenewSecret",
    "ReplacePassword",
    "Say",
    "SearchRoom",
    "ServerBan",
    "ServerUnban",
    "SetAway",
    "SetBack",
    "SetMarks",
    "SetNick",
    "SetOperator",
    "SetRealname",
    "SetRole",
    "SetRoomPassword",
    "SetRoomSecret",
    "SetServer",
    "SetTopic",
    "SetVoice",
    "SetWelcome",
    "ShowCertificate",
    "ShowMarker",
    "ShowMetadata",
    "ShowRoomMetadata",
    "ShowServer",
    "ShowSettings",
    "ShowTopic",
    "ShowWelcome",
    "ShowWhereabouts",
    "ShowWouldHit",
    "ShutDown",
    "Signal",
    "StepDown",
    "TalkIn",
    "Tell",
    "TellOperators",
    "TrimRoom",
    "TryBan",
    "TryServerBan",
    "Unban",
    "Unfavour",
    "Unignore",
    "Uninvite",
    "Unmute",
    "VacateRoom",
    "Watch",
]
