"""What a request is answered with when it is not refused: one class an answer.

A refused request is answered with a `Refusal` (see `errors`). A `port` is the
room's own TCP port: None where rooms have none, 0 where none was free.

    rooms        rooms, their topics and welcome lines
    people       nicks, presence, who is here
    talk         what is said, and was said before
    accounts     who somebody is: passwords, codes, keys
    moderation   what owners and moderators are answered with
    operating    what operators of the server are answered with
    basics       the connection itself
"""

from chatsvc.core.replies.accounts import (
    AccountGone,
    AccountMade,
    DropCode,
    KeyGone,
    KeyKept,
    KeyList,
    KeySummary,
    LoggedInAs,
    LoggedOff,
    PairingCode,
    PasswordChanged,
    Proven,
    Unread,
)
from chatsvc.core.replies.basics import (
    WHOLE,
    Bye,
    HelpOn,
    Pong,
)
from chatsvc.core.replies.history import Activity, Happenings, MarkerIs
from chatsvc.core.replies.metadata import MetadataChanged, MetadataIs
from chatsvc.core.replies.moderation import (
    Hit,
    InvitationGiven,
    InvitationGone,
    ModerationReply,
    PutOut,
    RoleIs,
    SanctionGone,
    SanctionIs,
    SanctionList,
    Settings,
    WouldHit,
)
from chatsvc.core.replies.operating import (
    AnnouncementMade,
    AuditEntry,
    AuditPage,
    KillDone,
    OperatorIs,
    OperatorList,
    OperatorReply,
    OperatorSummary,
    ReloadDone,
    ServerBanList,
    ServerBanned,
    ServerSettings,
    ServerUnbanned,
    ServerWouldHit,
    SessionSummary,
    StopBegun,
    Whereabouts,
)
from chatsvc.core.replies.people import (
    AwayNoted,
    BackNoted,
    IgnoredNow,
    IgnoredUsers,
    MarksAre,
    NickIs,
    RealnameIs,
    UnignoredNow,
    UserList,
    UserPages,
    UserSummary,
    Watched,
)
from chatsvc.core.replies.rooms import (
    NO_PORT,
    Entered,
    RoomDetails,
    RoomGone,
    RoomLeft,
    RoomList,
    RoomMade,
    RoomNameIs,
    RoomPages,
    RoomSummary,
    TalkingIn,
    TopicIs,
    WelcomeIs,
)
from chatsvc.core.replies.talk import (
    Delivered,
    History,
    MessageEdited,
    MessageRedacted,
    Passed,
    SearchResult,
    Sent,
)

Reply = (
    Activity
    | Happenings
    | MarkerIs
    | MetadataIs
    | MetadataChanged
    | Sent
    | NickIs
    | RoomMade
    | Entered
    | RoomLeft
    | RoomGone
    | RoomNameIs
    | MessageRedacted
    | MessageEdited
    | Delivered
    | Passed
    | IgnoredNow
    | UnignoredNow
    | IgnoredUsers
    | AwayNoted
    | BackNoted
    | RealnameIs
    | MarksAre
    | Watched
    | TopicIs
    | WelcomeIs
    | RoomList
    | RoomPages
    | RoomDetails
    | UserList
    | UserPages
    | History
    | SearchResult
    | TalkingIn
    | Pong
    | HelpOn
    | AccountMade
    | LoggedInAs
    | LoggedOff
    | PasswordChanged
    | Proven
    | DropCode
    | AccountGone
    | KeyKept
    | KeyList
    | KeyGone
    | PairingCode
    | Bye
    | ModerationReply
    | OperatorReply
)
"""Any answer that is not a refusal."""

NOT_IN_LINES = (
    *(RealnameIs, MarksAre, Watched, Passed, Activity, Happenings, MarkerIs),
    *(MetadataIs, MetadataChanged, Proven),
)
"""The answers to what the line protocol has no word for."""

__all__ = [
    "NOT_IN_LINES",
    "NO_PORT",
    "WHOLE",
    "AccountGone",
    "AccountMade",
    "Activity",
    "AnnouncementMade",
    "AuditEntry",
    "AuditPage",
    "AwayNoted",
    "BackNoted",
    "Bye",
    "Delivered",
    "DropCode",
    "Entered",
    "Happenings",
    "HelpOn",
    "History",
    "Hit",
    "IgnoredNow",
    "IgnoredUsers",
    "InvitationGiven",
    "InvitationGone",
    "KeyGone",
    "KeyKept",
    "KeyList",
    "KeySummary",
    "KillDone",
    "LoggedInAs",
    "LoggedOff",
    "MarkerIs",
    "MarksAre",
    "MessageEdited",
    "MessageRedacted",
    "MetadataChanged",
    "MetadataIs",
    "ModerationReply",
    "NickIs",
    "OperatorIs",
    "OperatorList",
    "OperatorReply",
    "OperatorSummary",
    "PairingCode",
    "Passed",
    "PasswordChanged",
    "Pong",
    "Proven",
    "PutOut",
    "RealnameIs",
    "ReloadDone",
    "Reply",
    "RoleIs",
    "RoomDetails",
    "RoomGone",
    "RoomLeft",
    "RoomList",
    "RoomMade",
    "RoomNameIs",
    "RoomPages",
    "RoomSummary",
    "SanctionGone",
    "SanctionIs",
    "SanctionList",
    "SearchResult",
    "Sent",
    "ServerBanList",
    "ServerBanned",
    "ServerSettings",
    "ServerUnbanned",
    "ServerWouldHit",
    "SessionSummary",
    "Settings",
    "StopBegun",
    "TalkingIn",
    "TopicIs",
    "UnignoredNow",
    "Unread",
    "UserList",
    "UserPages",
    "UserSummary",
    "Watched",
    "WelcomeIs",
    "Whereabouts",
    "WouldHit",
]
