"""The tree of refusals.

    Refusal                     code                 whose fault: the client's
      UnknownCommand            unknown-command
      Usage                     usage
      LineTooLong               line-too-long
      BadText                   bad-text
      NoNick                    no-nick
      BadNick                   bad-nick
      NickTaken                 nick-taken
      NickRegistered            nick-registered
      NotLoggedIn               not-logged-in
      BadRoom                   bad-room
      NoSuchRoom                no-such-room
      RoomExists                room-exists
      NotAMember                not-a-member
      AlreadyAMember            already-a-member
      NoSuchUser                no-such-user
      NoSuchMessage             no-such-message
      NotAllowed                not-allowed
      NotRegistered             not-registered
      Banned                    banned
      Muted                     muted
      NeedInvitation            need-invitation
      NeedPassword              need-password
      RoomFull                  room-full
      BadMask                   bad-mask
      TooMany                   too-many
      TooFast                   too-fast
      Busy                      busy
      BadLogin                  bad-login
      TooManyLogins             too-many-logins
      BadPassword               bad-password
      BadKey                    bad-key
      WrongProtocol             wrong-protocol
                                                     ours, or the machine's
      StorageFailed             storage
      Closing                   closing
      Internal                  internal

A refusal has a stable code for programs and one sentence for people that says
what happened and what to do. Sentences quote only checked names and text that
went through `printable`. Anything that is not a Refusal is a bug.
"""

import re
from typing import ClassVar

_WAIT = re.compile(r"\bwait (\d{1,9}) seconds?\b", re.IGNORECASE)


def counted_seconds(seconds: int) -> str:
    """Return "1 second" or "N seconds", as sentences that name a time to wait have it."""
    return f"{seconds} second{'' if seconds == 1 else 's'}"


class Refusal(Exception):
    """Tell a client that its request was not carried out.

    `code` is stable and machine-readable; `sentence` is for people.
    """

    code: ClassVar[str] = "internal"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    @property
    def wait(self) -> int:
        """The seconds after which to ask again, 0 if waiting does not help.

        They stand in the sentence as "wait N seconds", so a client has them too.
        """
        named = _WAIT.search(self.sentence)
        return int(named[1]) if named else 0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Refusal):
            return NotImplemented
        return (self.code, self.sentence) == (other.code, other.sentence)

    def __hash__(self) -> int:
        return hash((self.code, self.sentence))


class UnknownCommand(Refusal):
    """Refuse a verb that is not in the command table."""

    code = "unknown-command"


class Usage(Refusal):
    """Refuse a known verb with arguments that do not fit its syntax."""

    code = "usage"


class LineTooLong(Refusal):
    """Refuse a line of more than `Limits.line_bytes` bytes."""

    code = "line-too-long"

    def __init__(self, limit: int) -> None:
        super().__init__(f"A line may be {limit} bytes long; this one was skipped.")

    @classmethod
    def by(cls, over: int, limit: int) -> "LineTooLong":
        """Return the refusal of a text that does not fit a request; no server has seen it."""
        refusal = cls(limit)
        Refusal.__init__(
            refusal,
            f"This is {over} byte{'' if over == 1 else 's'} too long for one message: with its "
            f"command and room it may have {limit} bytes. Say it in two.",
        )
        return refusal


class BadText(Refusal):
    """Refuse text that is not UTF-8 or cannot be shown safely."""

    code = "bad-text"


class NoNick(Refusal):
    """Refuse what needs a nick before there is one."""

    code = "no-nick"

    def __init__(self) -> None:
        super().__init__("Say who you are first: nick NAME.")


class BadNick(Refusal):
    """Refuse a nick that breaks the rules for names."""

    code = "bad-nick"


class NickTaken(Refusal):
    """Refuse a nick that somebody else has, or one that looks like it.

    `suggestion` is free, "" where it is not known.
    """

    code = "nick-taken"
    suggestion = ""

    def __init__(self, nick: str, suggestion: str) -> None:
        super().__init__(f'The nick "{nick}" is taken; "{suggestion}" is free.')
        self.suggestion = suggestion

    @classmethod
    def by_look(cls, nick: str, holder: str, suggestion: str) -> "NickTaken":
        """Return the refusal of a nick that could be taken for `holder`, who is here."""
        refusal = cls(nick, suggestion)
        Refusal.__init__(
            refusal,
            f'The nick "{nick}" looks too much like "{holder}", who is here; '
            f'"{suggestion}" is free.',
        )
        return refusal


class NickRegistered(Refusal):
    """Refuse a nick that is the name of somebody's account; `suggestion` as above."""

    code = "nick-registered"
    suggestion = ""

    def __init__(self, nick: str, suggestion: str) -> None:
        super().__init__(
            f'The nick "{nick}" is registered; "{suggestion}" is free. '
            f"If it is yours: login {nick} PASSWORD.",
        )
        self.suggestion = suggestion

    @classmethod
    def by_look(cls, nick: str, other: str, suggestion: str) -> "NickRegistered":
        """Return the refusal of a nick that looks like the name `other` of an account."""
        refusal = cls(nick, suggestion)
        Refusal.__init__(
            refusal,
            f'The nick "{nick}" looks too much like "{other}", which is registered; '
            f'"{suggestion}" is free.',
        )
        return refusal


class NotLoggedIn(Refusal):
    """Refuse what only somebody who is logged in may do."""

    code = "not-logged-in"

    def __init__(self) -> None:
        super().__init__("Log in first: login NAME PASSWORD.")


class BadRoom(Refusal):
    """Refuse a room name that breaks the rules for names."""

    code = "bad-room"


class NoSuchRoom(Refusal):
    """Refuse a room that does not exist."""

    code = "no-such-room"

    def __init__(self, room: str) -> None:
        super().__init__(f'There is no room called "{room}".')

    @classmethod
    def of_port(cls) -> "NoSuchRoom":
        """Return the refusal of who came by a room's own port; its name may be a secret."""
        refusal = cls("")
        Refusal.__init__(refusal, "The room of this port is gone, or not for you.")
        return refusal


class RoomExists(Refusal):
    """Refuse to make a room whose name is taken, or looks like one that is."""

    code = "room-exists"

    def __init__(self, room: str) -> None:
        super().__init__(f'There is a room called "{room}" already; join it, or pick another name.')

    @classmethod
    def by_look(cls, room: str, existing: str) -> "RoomExists":
        """Return the refusal to make a room that could be taken for `existing`."""
        refusal = cls(existing)
        Refusal.__init__(
            refusal,
            f'A room called "{room}" would look too much like "{existing}"; '
            "join that one, or pick another name.",
        )
        return refusal


class NotAMember(Refusal):
    """Refuse what only a member of the room may do."""

    code = "not-a-member"

    def __init__(self, room: str) -> None:
        super().__init__(f'You are not in "{room}"; join it first.')


class AlreadyAMember(Refusal):
    """Refuse to join a room the session is in."""

    code = "already-a-member"

    def __init__(self, room: str) -> None:
        super().__init__(f'You are in "{room}" already.')


class NoSuchUser(Refusal):
    """Refuse a user who is not here."""

    code = "no-such-user"

    def __init__(self, nick: str) -> None:
        super().__init__(f'Nobody here is called "{nick}".')

    @classmethod
    def in_room(cls, nick: str, room: str) -> "NoSuchUser":
        """Return the refusal of a user who is not a member of `room`."""
        refusal = cls(nick)
        Refusal.__init__(refusal, f'Nobody in "{room}" is called "{nick}".')
        return refusal

    @classmethod
    def invited(cls, nick: str, room: str) -> "NoSuchUser":
        """Return the refusal of a user who is not invited into `room`."""
        refusal = cls(nick)
        Refusal.__init__(refusal, f'"{nick}" is not invited into "{room}".')
        return refusal


class NoSuchMessage(Refusal):
    """Refuse a message that never was, that is redacted already, or that may not be read."""

    code = "no-such-message"

    def __init__(self, room: str, number: int) -> None:
        super().__init__(f'There is no message {number} in "{room}", or it is redacted already.')


class NotAllowed(Refusal):
    """Refuse what this session has no right to do."""

    code = "not-allowed"


class NotRegistered(Refusal):
    """Refuse what is tied to an account to somebody, or for somebody, who has none."""

    code = "not-registered"


class Banned(Refusal):
    """Refuse whom a ban keeps out of a room; the sentence says why and for how long."""

    code = "banned"


class Muted(Refusal):
    """Refuse what a muted member says; the sentence says why and for how long."""

    code = "muted"


class NeedInvitation(Refusal):
    """Refuse who comes to a room that is no secret but takes the invited alone."""

    code = "need-invitation"

    def __init__(self, room: str) -> None:
        super().__init__(f'"{room}" is open to those who are invited; ask one of its moderators.')


class NeedPassword(Refusal):
    """Refuse who comes without the right password to a room that is no secret."""

    code = "need-password"

    def __init__(self, room: str) -> None:
        super().__init__(f'"{room}" has a password; say: join {room} PASSWORD.')


class BadMask(Refusal):
    """Refuse a mask that names nobody; see `masks`."""

    code = "bad-mask"


class RoomFull(Refusal):
    """Refuse to let one more into a room that has as many members as its owner wants."""

    code = "room-full"

    def __init__(self, room: str) -> None:
        super().__init__(f'"{room}" is full; wait until somebody leaves, or have them invite you.')


class TooMany(Refusal):
    """Refuse what would go over a limit of `Limits`."""

    code = "too-many"


class TooFast(Refusal):
    """Refuse a request that comes faster than `Limits.requests_per_second` allows."""

    code = "too-fast"

    def __init__(self, wait: int) -> None:
        super().__init__(f"That was too fast. Wait {counted_seconds(wait)}, then send it again.")


class Busy(Refusal):
    """Refuse what cannot be taken just now; the sentence says when to try again."""

    code = "busy"


class BadLogin(Refusal):
    """Refuse a login; it is the same for an unknown name and for a wrong password."""

    code = "bad-login"

    def __init__(self, sentence: str = "There is no such name with this password.") -> None:
        super().__init__(sentence)


class TooManyLogins(Refusal):
    """Refuse to look at a login so soon after wrong ones."""

    code = "too-many-logins"

    def __init__(self, wait: int) -> None:
        super().__init__(
            f"There were too many wrong logins. Wait {counted_seconds(wait)}, then try again."
        )


class BadPassword(Refusal):
    """Refuse what cannot be anybody's password."""

    code = "bad-password"


class BadKey(Refusal):
    """Refuse what is not a public key that can be used to log in."""

    code = "bad-key"


class WrongProtocol(Refusal):
    """Refuse a client that speaks another protocol, `spoken`; the connection is closed."""

    code = "wrong-protocol"

    def __init__(self, spoken: str) -> None:
        self.spoken = spoken
        super().__init__(
            f"This is a chat server for lines of text, and you speak {spoken}; "
            "connect with chatsvc-client, nc or telnet."
        )


_UNCERTAIN = (
    "Nothing was shown to anybody, but a crash of the server now may bring it back; "
    "try again with the same #ID."
)


class StorageFailed(Refusal):
    """Tell that the log could not be written or read; nothing was kept or shown.

    `cause` is a whole sentence. `is_certain` False: nothing was shown, but a crash now
    may bring it back.
    """

    code = "storage"

    def __init__(self, cause: str = "The disk reported an error.", is_certain: bool = True) -> None:
        outcome = "Nothing was changed; try again." if is_certain else _UNCERTAIN
        super().__init__(f"{cause} {outcome}")


class Closing(Refusal):
    """Refuse a request that comes while the server is shutting down."""

    code = "closing"

    def __init__(self) -> None:
        super().__init__("The server is shutting down; nothing was changed.")


class Internal(Refusal):
    """Tell that the request met a bug of ours; the server's log has it in full."""

    code = "internal"

    def __init__(self) -> None:
        super().__init__("The server made a mistake and wrote it down; please tell its operator.")


def refusal_with_code(code: str, sentence: str) -> Refusal:
    """Return the refusal that a server sent as `code` and `sentence`.

    Its class is the one with that code, or plain `Refusal` for an unknown code.
    """
    kind = _BY_CODE.get(code, Refusal)
    refusal = kind.__new__(kind)
    Refusal.__init__(refusal, sentence)
    return refusal


_BY_CODE = {kind.code: kind for kind in Refusal.__subclasses__()}
