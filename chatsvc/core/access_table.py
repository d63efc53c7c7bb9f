"""The one table of who may do what in a room.

A *relation* is what somebody is to a room, a *kind* (`kinds`) what the room is, an *action*
what a command does there. The table has a row for each action and a cell for each relation;
a cell is a verdict, or a condition that looks at the kind. `decide` is total: it has a
verdict for every combination. docs/access.md is made from this table, and a test walks all
of it.

One rule stands above the table. For who is outside of a room that is not in the list,
whatever is refused is refused as `no-such-room`, and nothing is allowed there but to enter an
unlisted room by its name.
"""

import enum
import re
from collections.abc import Callable

import attrs

from chatsvc.core.errors import (
    AlreadyAMember,
    Banned,
    Muted,
    NeedInvitation,
    NeedPassword,
    NoSuchRoom,
    NotAllowed,
    NotAMember,
    NotRegistered,
)
from chatsvc.core.kinds import Door, History, Kind


class Relation(enum.Enum):
    """What somebody is to a room; exactly one of these."""

    STRANGER = "stranger"
    GUEST = "guest"
    LEFT = "left"
    KICKED = "kicked"
    BANNED = "banned"
    INVITED = "invited"
    MEMBER = "member"
    MUTED = "muted"
    VOICED = "voiced"
    MODERATOR = "moderator"
    OWNER = "owner"
    ABSENT_MODERATOR = "absent moderator"
    ABSENT_OWNER = "absent owner"
    OPERATOR = "operator"


MEANINGS = {
    Relation.STRANGER: "logged in, was never a member",
    Relation.GUEST: "not logged in, was never a member",
    Relation.LEFT: "was a member and left",
    Relation.KICKED: "was a member and was put out",
    Relation.BANNED: "no member, and hit by a ban",
    Relation.INVITED: "no member, but invited, once or for good; or says the right password with "
    "its `join`",
    Relation.MEMBER: "a member without a role, guest or not",
    Relation.MUTED: "a member without voice that is hit by a mute",
    Relation.VOICED: "a voiced member",
    Relation.MODERATOR: "a moderator who is a member",
    Relation.OWNER: "an owner who is a member, or an operator of the server who is one",
    Relation.ABSENT_MODERATOR: "a moderator who is not a member at the moment",
    Relation.ABSENT_OWNER: "an owner who is not a member at the moment",
    Relation.OPERATOR: "an operator of the server who is not a member",
}
"""What each relation means, for people."""

OUTSIDE = frozenset(
    {Relation.STRANGER, Relation.GUEST, Relation.LEFT, Relation.KICKED, Relation.BANNED}
)
"""Those to whom a room that is not in the list does not exist."""

INSIDE = frozenset(
    {Relation.MEMBER, Relation.MUTED, Relation.VOICED, Relation.MODERATOR, Relation.OWNER}
)
"""Those who are members."""


class Action(enum.Enum):
    """What a command does in, or with, a room."""

    LIST = "list"
    INFO = "info"
    JOIN = "join"
    RECEIVE = "receive"
    LEAVE = "leave"
    SAY = "say"
    TALK = "talk"
    HISTORY = "history"
    SEARCH = "search"
    WHO = "who"
    READ_TOPIC = "read topic"
    SET_TOPIC = "set topic"
    READ_WELCOME = "read welcome"
    SET_WELCOME = "set welcome"
    REDACT_OWN = "redact own"
    REDACT_OTHERS = "redact others'"
    EDIT_OWN = "edit own"
    EDIT_OTHERS = "edit others'"
    INVITE = "invite"
    KICK = "kick"
    BAN = "ban, unban"
    MUTE = "mute, unmute"
    SHOW_BANS = "show bans"
    VOICE = "voice, devoice"
    OP = "op, deop"
    STEP_DOWN = "step down"
    SET = "set"
    RENAME = "rename"
    DELETE = "delete"


class Verdict(enum.Enum):
    """Yes, or the code of the refusal."""

    YES = "yes"
    NO_SUCH_ROOM = NoSuchRoom.code
    NOT_A_MEMBER = NotAMember.code
    ALREADY_A_MEMBER = AlreadyAMember.code
    NEED_INVITATION = NeedInvitation.code
    NEED_PASSWORD = NeedPassword.code
    BANNED = Banned.code
    MUTED = Muted.code
    NOT_ALLOWED = NotAllowed.code
    NOT_REGISTERED = NotRegistered.code


class Ownership(enum.Enum):
    """Whose a room is: nobody's (the lobby), a guest's, or that of an account."""

    NOBODY = "nobody"
    GUEST = "guest"
    ACCOUNT = "account"


@attrs.frozen
class Case:
    """All that a verdict depends on, the action apart.

    `is_alone`: nobody else is in the room. `is_guest`: the one who asks has no account.
    `is_temporary`: the room ends when nobody is in it.
    """

    kind: Kind
    relation: Relation
    is_guest: bool = False
    is_alone: bool = False
    ownership: Ownership = Ownership.ACCOUNT
    is_temporary: bool = False

    @property
    def is_secret(self) -> bool:
        """Tell whether the one who asks may not know that the room exists."""
        return not self.kind.listed and self.relation in OUTSIDE


@attrs.frozen
class Condition:
    """A cell that looks at the case: yes where `holds`, else `otherwise`.

    `otherwise` None: what the door of the room asks of who is outside; who may enter anyway
    has to.
    """

    word: str
    meaning: str
    holds: Callable[[Case], bool]
    otherwise: Verdict | None

    def verdict(self, case: Case) -> Verdict:
        """Return the verdict on one case."""
        if self.holds(case):
            return Verdict.YES
        if self.otherwise is None:
            is_kept_out = case.relation in OUTSIDE
            return AT_THE_DOOR[case.kind.door] if is_kept_out else Verdict.NOT_A_MEMBER
        return self.otherwise


AT_THE_DOOR = {
    Door.OPEN: Verdict.NOT_A_MEMBER,
    Door.INVITATION: Verdict.NEED_INVITATION,
    Door.PASSWORD: Verdict.NEED_PASSWORD,
}
"""What somebody outside is told who has to come in first."""

OPEN = Condition(
    "if open",
    "yes if anybody may enter, else what the door asks for",
    lambda case: case.kind.is_open,
    None,
)
READ_BY_ALL = Condition(
    "if read by all",
    "yes in a public room with `history everyone`, else `not-a-member` or what the door asks for",
    lambda case: case.kind.readers is History.EVERYONE,
    None,
)
NOT_ANNOUNCE = Condition(
    "unless announce",
    "yes unless the room is for announcements",
    lambda case: not case.kind.announce,
    Verdict.NOT_ALLOWED,
)
TAKES_ALL = Condition(
    "if for all",
    "yes if anybody may enter anyway",
    lambda case: case.kind.is_open,
    Verdict.NOT_ALLOWED,
)
OWNERLESS = Condition(
    "if ownerless",
    "yes in a room that is nobody's, such as the lobby",
    lambda case: case.ownership is Ownership.NOBODY,
    Verdict.NOT_ALLOWED,
)
ABANDONED = Condition(
    "if abandoned",
    "yes if no account owns the room and nobody else is in it",
    lambda case: case.is_alone and case.ownership is not Ownership.ACCOUNT,
    Verdict.NOT_ALLOWED,
)
REGISTERED = Condition(
    "if registered",
    "yes for an account, and in a room that ends when it is empty; what lasts must not be "
    "private by the word of a nick that anybody may take",
    lambda case: not case.is_guest or case.is_temporary,
    Verdict.NOT_REGISTERED,
)

TOPIC_FOR_ALL = Condition(
    "unless kept",
    "yes unless the room is for announcements or its topic is for moderators",
    lambda case: not (case.kind.announce or case.kind.topic_kept),
    Verdict.NOT_ALLOWED,
)
TOPIC_FOR_VOICED = Condition(
    "unless topic kept",
    "yes unless the topic is for moderators",
    lambda case: not case.kind.topic_kept,
    Verdict.NOT_ALLOWED,
)
TAKES_OUTSIDERS = Condition(
    "if for outsiders",
    "yes if anybody may enter, and the room takes messages of who is not in it",
    lambda case: case.kind.outsiders and case.kind.is_public and not case.kind.announce,
    Verdict.NOT_A_MEMBER,
)

CONDITIONS = (
    OPEN,
    READ_BY_ALL,
    NOT_ANNOUNCE,
    TAKES_ALL,
    OWNERLESS,
    ABANDONED,
    REGISTERED,
    TOPIC_FOR_ALL,
    TOPIC_FOR_VOICED,
    TAKES_OUTSIDERS,
)
"""Every condition of the table."""

Cell = Verdict | Condition

YES = Verdict.YES

WORDS: dict[str, Cell] = {
    "yes": YES,
    "no": Verdict.NOT_ALLOWED,
    "out": Verdict.NOT_A_MEMBER,
    "in": Verdict.ALREADY_A_MEMBER,
    "ban": Verdict.BANNED,
    "mute": Verdict.MUTED,
    "open": OPEN,
    "read": READ_BY_ALL,
    "talk": NOT_ANNOUNCE,
    "all": TAKES_ALL,
    "none": OWNERLESS,
    "left": ABANDONED,
    "acct": REGISTERED,
    "topic": TOPIC_FOR_ALL,
    "tvoic": TOPIC_FOR_VOICED,
    "ext": TAKES_OUTSIDERS,
}
"""What the words in the cells below stand for."""

COLUMNS: tuple[tuple[Relation, ...], ...] = (
    (Relation.STRANGER, Relation.GUEST, Relation.LEFT, Relation.KICKED),
    *((relation,) for relation in list(Relation)[4:]),
)
"""Whom each column of the table below is about: the first is four, then one each in order."""

_TABLE = """
                outs. ban.  inv.  mem.  muted voic. mod.  owner a.mod a.own oper.
list            yes   yes   yes   yes   yes   yes   yes   yes   yes   yes   yes
info            open  open  yes   yes   yes   yes   yes   yes   yes   yes   yes
join            open  ban   yes   in    in    in    in    in    yes   yes   yes
receive         out   ban   out   yes   yes   yes   yes   yes   out   out   out
leave           out   out   out   yes   yes   yes   yes   yes   out   out   out
say             ext   ban   ext   talk  mute  yes   yes   yes   ext   ext   ext
talk            out   ban   out   yes   yes   yes   yes   yes   out   out   out
history         read  ban   read  yes   yes   yes   yes   yes   read  read  read
search          read  ban   read  yes   yes   yes   yes   yes   read  read  read
who             open  ban   yes   yes   yes   yes   yes   yes   yes   yes   yes
read topic      open  open  yes   yes   yes   yes   yes   yes   yes   yes   yes
set topic       out   ban   out   topic  mute  tvoic   yes   yes   out   out   out
read welcome    open  open  yes   yes   yes   yes   yes   yes   yes   yes   yes
set welcome     no    ban   no    none  mute  none  none  yes   no    yes   yes
redact own      out   ban   out   yes   yes   yes   yes   yes   out   out   out
redact others'  no    ban   no    no    no    no    yes   yes   yes   yes   yes
edit own        out   ban   out   talk  mute  yes   yes   yes   out   out   out
edit others'    no    ban   no    no    no    no    no    no    no    no    no
invite          out   ban   out   all   mute  all   yes   yes   yes   yes   yes
kick            no    ban   no    no    no    no    yes   yes   yes   yes   yes
ban, unban      no    ban   no    no    no    no    yes   yes   yes   yes   yes
mute, unmute    no    ban   no    no    no    no    yes   yes   yes   yes   yes
show bans       no    ban   no    yes   yes   yes   yes   yes   yes   yes   yes
voice, devoice  no    ban   no    no    no    no    yes   yes   yes   yes   yes
op, deop        no    ban   no    no    no    no    no    yes   no    yes   yes
step down       no    ban   no    no    yes   yes   yes   yes   yes   yes   no
set             no    ban   no    no    no    no    no    acct  no    acct  yes
rename          no    ban   no    no    no    no    no    acct  no    acct  yes
delete          left  ban   left  left  left  left  left  yes   left  yes   yes
"""


def _row(line: str) -> tuple[Action, dict[Relation, Cell]]:
    name, *words = re.split(r"\s{2,}", line)
    cells = {
        relation: WORDS[word]
        for relations, word in zip(COLUMNS, words, strict=True)
        for relation in relations
    }
    return Action(name), cells


TABLE: dict[Action, dict[Relation, Cell]] = dict(map(_row, _TABLE.splitlines()[2:]))
"""The table: what each relation may do, or under which condition."""


def decide(case: Case, action: Action) -> Verdict:
    """Return whether `action` is allowed in this case, or as what it is refused."""
    cell = TABLE[action][case.relation]
    verdict = cell.verdict(case) if isinstance(cell, Condition) else cell
    if case.is_secret and not (action is Action.JOIN and verdict is YES):
        return Verdict.NO_SUCH_ROOM
    return verdict
