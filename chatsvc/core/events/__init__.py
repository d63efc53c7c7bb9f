"""What happened: one class an event, named in the past tense.

*Durable* events are written to the log before anyone is told; the log gives
messages their number and rooms their id. *Live* events are told to whoever is
there and not kept. *Notices* change nothing: they tell one session about itself, or
the members of a room how many they are. Messages that were changed have classes of
their own, `Reworded` and `TakenBack`, so that `Said` stays as light as it is. Times (`at`)
are milliseconds since 1970-01-01 UTC. What is said to be done by a nick is done by the
person who has it (`people`); a `session` is the id of the one of their sessions that
acted; it is 0 in what a client decodes from the wire.

    messages   what was said, redacted, edited       durable
    rooms      rooms, what is set in them            durable
    accounts   accounts, what lasts of them          durable
    server     what operators set and did            durable
    live       who comes and goes                    live
    notices    what one is told about oneself        notices
"""

from chatsvc.core.events.accounts import (
    AccountDropped,
    IgnoreAdded,
    IgnoreRemoved,
    KeyAdded,
    KeyRemoved,
    MembershipEnded,
    MembershipKept,
    MetadataSet,
    PasswordSet,
    PositionsNoted,
    Registered,
)
from chatsvc.core.events.live import (
    Announced,
    Authenticated,
    Called,
    CalledIn,
    CameBack,
    Departed,
    Disconnected,
    Expelled,
    GuestMetadataSet,
    IgnoresSet,
    Joined,
    Kicked,
    Left,
    LoggedIn,
    LoggedOut,
    MarkerSet,
    MarksSet,
    Named,
    OperatorHere,
    Ranked,
    RealnameSet,
    Renamed,
    Signalled,
    StopAsked,
    Told,
    Wallops,
    WatchSet,
    WentAway,
)
from chatsvc.core.events.messages import (
    UNNUMBERED,
    UNSTAMPED,
    Edited,
    Redacted,
    Reworded,
    Said,
    SaidMore,
    TakenBack,
    bytes_of,
    more_after_edit,
    more_of,
    with_more,
)
from chatsvc.core.events.notices import (
    Appeared,
    Greeted,
    MembersCounted,
    Resumed,
    ServerClosing,
    SourceChanged,
    Vanished,
    Welcomed,
)
from chatsvc.core.events.rooms import (
    Happened,
    InvitationTakenBack,
    Invited,
    RoleSet,
    RoomCreated,
    RoomDeleted,
    RoomMetadataSet,
    RoomRenamed,
    RoomSet,
    SanctionLaid,
    SanctionLifted,
    TopicSet,
    Trimmed,
    WelcomeSet,
)
from chatsvc.core.events.server import (
    Audited,
    OperatorSet,
    ServerBanLaid,
    ServerBanLifted,
    ServerSet,
)

AccountEvent = (
    Registered
    | PasswordSet
    | AccountDropped
    | KeyAdded
    | KeyRemoved
    | IgnoreAdded
    | IgnoreRemoved
    | MembershipKept
    | MembershipEnded
    | PositionsNoted
    | MetadataSet
)
RoomEvent = (
    RoomCreated
    | RoomDeleted
    | TopicSet
    | Happened
    | WelcomeSet
    | Trimmed
    | RoomSet
    | RoleSet
    | SanctionLaid
    | SanctionLifted
    | Invited
    | InvitationTakenBack
    | RoomRenamed
    | RoomMetadataSet
)
ServerEvent = OperatorSet | ServerSet | ServerBanLaid | ServerBanLifted | Audited
DurableEvent = Said | Redacted | Edited | RoomEvent | AccountEvent | ServerEvent
LiveEvent = (
    Named
    | Renamed
    | Joined
    | Left
    | Kicked
    | Ranked
    | Called
    | CalledIn
    | LoggedIn
    | LoggedOut
    | Authenticated
    | OperatorHere
    | Wallops
    | Departed
    | Disconnected
    | WentAway
    | CameBack
    | RealnameSet
    | MarksSet
    | GuestMetadataSet
    | WatchSet
    | IgnoresSet
    | Told
    | Signalled
    | MarkerSet
    | Announced
    | Expelled
    | StopAsked
)
Notice = (
    Greeted
    | Welcomed
    | Resumed
    | MembersCounted
    | ServerClosing
    | SourceChanged
    | Appeared
    | Vanished
)
Changed = Reworded | TakenBack
Event = DurableEvent | SaidMore | LiveEvent | Notice | Changed
"""Any event."""

ROOM_EVENTS = (
    RoomCreated,
    RoomDeleted,
    TopicSet,
    Happened,
    WelcomeSet,
    Trimmed,
    RoomSet,
    RoleSet,
    SanctionLaid,
    SanctionLifted,
    Invited,
    InvitationTakenBack,
    RoomRenamed,
    RoomMetadataSet,
)
"""What makes, changes or removes a room."""

ACCOUNT_EVENTS = (
    Registered,
    PasswordSet,
    AccountDropped,
    KeyAdded,
    KeyRemoved,
    IgnoreAdded,
    IgnoreRemoved,
    MembershipKept,
    MembershipEnded,
    PositionsNoted,
    MetadataSet,
)
"""What changes an account and what lasts of it."""

SERVER_EVENTS = (
    OperatorSet,
    ServerSet,
    ServerBanLaid,
    ServerBanLifted,
    Audited,
)
"""What changes the whole server, and what is written down of it."""

DURABLE = (Said, Redacted, Edited, *ROOM_EVENTS, *ACCOUNT_EVENTS, *SERVER_EVENTS)
"""The classes of `DurableEvent`, for `isinstance`."""

__all__ = [
    "ACCOUNT_EVENTS",
    "DURABLE",
    "ROOM_EVENTS",
    "SERVER_EVENTS",
    "UNNUMBERED",
    "UNSTAMPED",
    "AccountDropped",
    "AccountEvent",
    "Announced",
    "Appeared",
    "Audited",
    "Authenticated",
    "Called",
    "CalledIn",
    "CameBack",
    "Changed",
    "Departed",
    "Disconnected",
    "DurableEvent",
    "Edited",
    "Event",
    "Expelled",
    "Greeted",
    "GuestMetadataSet",
    "Happened",
    "IgnoreAdded",
    "IgnoreRemoved",
    "IgnoresSet",
    "InvitationTakenBack",
    "Invited",
    "Joined",
    "KeyAdded",
    "KeyRemoved",
    "Kicked",
    "Left",
    "LiveEvent",
    "LoggedIn",
    "LoggedOut",
    "MarkerSet",
    "MarksSet",
    "MembersCounted",
    "MembershipEnded",
    "MembershipKept",
    "MetadataSet",
    "Named",
    "Notice",
    "OperatorHere",
    "OperatorSet",
    "PasswordSet",
    "PositionsNoted",
    "Ranked",
    "RealnameSet",
    "Redacted",
    "Registered",
    "Renamed",
    "Resumed",
    "Reworded",
    "RoleSet",
    "RoomCreated",
    "RoomDeleted",
    "RoomEvent",
    "RoomMetadataSet",
    "RoomRenamed",
    "RoomSet",
    "Said",
    "SaidMore",
    "SanctionLaid",
    "SanctionLifted",
    "ServerBanLaid",
    "ServerBanLifted",
    "ServerClosing",
    "ServerEvent",
    "ServerSet",
    "Signalled",
    "SourceChanged",
    "StopAsked",
    "TakenBack",
    "Told",
    "TopicSet",
    "Trimmed",
    "Vanished",
    "Wallops",
    "WatchSet",
    "WelcomeSet",
    "Welcomed",
    "WentAway",
    "bytes_of",
    "more_after_edit",
    "more_of",
    "with_more",
]
