"""What is the same for every IRC connection: the server's names, what it offers, who is who."""

from collections.abc import Callable, Mapping
from functools import lru_cache

import attrs

from chatsvc.core.departures import Gone
from chatsvc.core.names import Nick, nick_key
from chatsvc.core.people import Mark, Person, Session
from chatsvc.core.state import State
from chatsvc.irc import client_batch, metadata
from chatsvc.irc.chathistory import MOST_MESSAGES, REFERENCES
from chatsvc.irc.isupport import token_lines, tokens
from chatsvc.irc.message import LINE_BYTES
from chatsvc.irc.offers import Security, Sts, mechanisms_for, offers, sts_value
from chatsvc.irc.sources import UNKNOWN, Source, cloak, user_name

REGISTRATION = "draft/account-registration"
"""The capability that lets clients register accounts."""

BEFORE_CONNECT = "before-connect"
"""Value of `draft/account-registration`: also before registration of the connection is over."""

OFFERED: Mapping[str, str] = {
    "account-notify": "",
    "account-tag": "",
    "away-notify": "",
    "batch": "",
    "cap-notify": "",
    "chghost": "",
    "echo-message": "",
    "extended-join": "",
    "extended-monitor": "",
    "invite-notify": "",
    "labeled-response": "",
    "message-tags": "",
    "multi-prefix": "",
    "no-implicit-names": "",
    "sasl": "PLAIN",
    "server-time": "",
    "setname": "",
    "standard-replies": "",
    "userhost-in-names": "",
    "draft/channel-rename": "",
    "draft/chathistory": "",
    "draft/event-playback": "",
    "draft/extended-isupport": "",
    "draft/pre-away": "",
    "draft/read-marker": "",
    "draft/message-redaction": "",
    "draft/multiline": client_batch.VALUE,
    metadata.V2: metadata.VALUE,
    metadata.V3: metadata.VALUE,
    REGISTRATION: BEFORE_CONNECT,
}
"""The capabilities that work, with their values as CAP LS 302 shows them."""

TOKENS: Mapping[str, str] = {"CHATHISTORY": str(MOST_MESSAGES), "MSGREFTYPES": REFERENCES}
"""Tokens of 005 beside those that follow from the limits (`isupport.tokens`)."""

_CACHED_CLOAKS = 4096


@attrs.define(eq=False)
class House:
    """One server as IRC shows it.

    `name` is a server name, with a dot; `info` describes it, `network` is one word.
    `password` is what PASS has to give, "" for nothing. `cloak_key` is secret. `now` gives
    milliseconds since 1970 UTC; `started_at` is such a time. `replayed` messages are shown to
    who joins a room and cannot ask for them. `seconds` is the hub's clock, which tells how long
    nobody has asked for anything. `scram_rounds` are
    those of SCRAM's verifiers, `nonce` gives letters by chance. `sts` sends clients to the port
    with TLS.
    """

    name: str
    info: str
    network: str
    version: str
    state: State
    now: Callable[[], int]
    started_at: int = 0
    motd: tuple[str, ...] = ()
    password: str = attrs.field(default="", repr=False)
    cloak_key: bytes = attrs.field(default=b"", repr=False)
    offered: Mapping[str, str] = attrs.field(factory=lambda: dict(OFFERED))
    replayed: int = 0
    scram_rounds: int = 4096
    nonce: Callable[[], str] = lambda: ""
    sts: Sts | None = None
    most_users: int = 0
    seconds: Callable[[], float] = lambda: 0.0
    _cloak: Callable[[str], str] = attrs.field(init=False)
    _token_lines: dict[int, list[tuple[str, ...]]] = attrs.field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self._cloak = lru_cache(_CACHED_CLOAKS)(lambda host: cloak(host, self.cloak_key))
        self.state.cloak = self._cloak
        # Who was called like it would seem to speak for it.
        self.state.server_name = self.name

    def source_of(self, nick: Nick) -> Source:
        """Return who `nick` is, or was when they went; never fails.

        What was said long ago is shown as from a nick that may be somebody else's by now.
        """
        key = nick_key(nick)
        person = self.state.people.get(key)
        if person is not None:
            return self.source_of_person(person, nick)
        gone = next(iter(self.state.departures.of(key)), None)
        if gone is not None:
            return self.source_of_gone(nick, gone)
        return Source(nick, user_name(nick), UNKNOWN)

    def source_of_person(self, person: Person, nick: Nick | None = None) -> Source:
        """Return how somebody who is here is shown, perhaps under the `nick` they had."""
        session = person.oldest_session
        user = session.user or user_name(session.via)
        return Source(nick or person.nick, user, self._cloak(session.host))

    def mask_of(self, nick: Nick) -> str:
        """Return `source_of` as it is written: every line that is from somebody has it."""
        person = self.state.people.get(nick_key(nick))
        if person is None:
            return str(self.source_of(nick))
        # As `mask_of_person`: every message comes by here.
        session = next(iter(person.sessions.values()))
        return f"{nick}!{session.user or user_name(session.via)}@{self._cloak(session.host)}"

    def mask_of_person(self, person: Person, nick: Nick | None = None) -> str:
        """Return `source_of_person` as it is written."""
        session = person.oldest_session
        user = session.user or user_name(session.via)
        return f"{nick or person.nick}!{user}@{self._cloak(session.host)}"

    def host_of(self, session: Session) -> str:
        """Return what is shown of where a connection comes from."""
        return self._cloak(session.host)

    def source_of_gone(self, nick: Nick, gone: Gone) -> Source:
        """Return how somebody who has gone was shown."""
        return Source(nick, gone.user or user_name(gone.via), self._cloak(gone.host))

    def account_of(self, nick: Nick, at: int = 0) -> str:
        """Return the account of who has this nick, or had it at a time; "" where none is known.

        Whoever said something under the name of an account, since there is one, was its owner.
        Who had the nick before those who have it now is somebody else.
        """
        person = self.state.people.get(nick_key(nick))
        if person is not None and (not at or at >= person.named_at):
            return "" if person.account is None else person.account.name
        account = self.state.accounts.get(nick_key(nick))
        return "" if account is None or 0 < at < account.created_at else account.name

    def realname_of(self, nick: Nick) -> str:
        """Return the real name of who is here as `nick`; their nick if they gave none."""
        person = self.state.people.get(nick_key(nick))
        return nick if person is None else person.oldest_session.realname or nick

    def is_bot(self, nick: Nick) -> bool:
        """Tell whether who is here as `nick` says that a program speaks there."""
        if not self.state.marked[Mark.BOT]:
            return False
        person = self.state.people.get(nick_key(nick))
        return person is not None and person.has(Mark.BOT)

    def idle_seconds(self, person: Person) -> int:
        """Return how long somebody has asked for nothing, at any of their sessions."""
        asked = (session.asked_at for session in person.sessions.values())
        latest = max((at for at in asked if at is not None), default=None)
        return 0 if latest is None else max(0, int(self.seconds() - latest))

    def token_lines(self, nick: str) -> list[tuple[str, ...]]:
        """Return the tokens of 005 as the parameters of lines for `nick`."""
        room = len(f":{self.name} 005 {nick}  :are supported by this server".encode())
        overhead = min(room, LINE_BYTES // 2)
        lines = self._token_lines.get(overhead)
        if lines is None:
            known = tokens(self.state.limits, self.network, TOKENS)
            lines = self._token_lines[overhead] = token_lines(known, overhead)
        return lines

    def offered_to(self, session: Session, security: Security) -> Mapping[str, str]:
        """Return the capabilities that one connection is offered, with their values."""
        mechanisms = mechanisms_for(self.offered["sasl"], session.certificate is not None)
        sts = sts_value(self.sts, session.is_secure, self.host_of(session), security)
        return offers(self.offered, mechanisms, sts)

    # Counts, which everybody may know

    @property
    def users(self) -> int:
        """How many people are here."""
        return len(self.state.people)

    @property
    def operators(self) -> int:
        """How many of them are operators of the server."""
        return self.state.operators_here

    @property
    def invisible(self) -> int:
        """How many sessions are marked as not to be found by a search."""
        return min(self.users, len(self.state.marked[Mark.INVISIBLE]))

    @property
    def unknown(self) -> int:
        """How many connections have no nick yet."""
        return self.state.nameless

    @property
    def rooms(self) -> int:
        """How many rooms are in the list; of others it is not told that there are any."""
        return len(self.state.rooms) - len(self.state.unlisted)

    def note_user(self) -> None:
        """Note that somebody came: there may never have been so many."""
        self.most_users = max(self.most_users, self.users)
