"""AUTHENTICATE: log in to an account, before registration or at any time after it.

A client need not have the account's name for its nick. Sources:
https://ircv3.net/specs/extensions/sasl-3.1, https://ircv3.net/specs/extensions/sasl-3.2
"""

from collections.abc import Callable, Iterator
from functools import partial

from chatsvc.core.commands import LogIn, Prove, ShowCertificate
from chatsvc.core.errors import BadNick, Refusal
from chatsvc.core.names import Nick, RoomKey, nick_key, parse_nick
from chatsvc.core.people import Person
from chatsvc.core.replies import AccountMade, LoggedInAs, Proven
from chatsvc.core.room import Room
from chatsvc.irc.asking import Ask, Line, Step, Steps
from chatsvc.irc.channels import channel_of
from chatsvc.irc.client import Client
from chatsvc.irc.commands.arriving import arrival
from chatsvc.irc.commands.verb import Verb
from chatsvc.irc.login import Login, Proof
from chatsvc.irc.message import Message
from chatsvc.irc.modes import format_modes
from chatsvc.irc.numerics import (
    ERR_SASLABORTED,
    ERR_SASLFAIL,
    ERR_SASLTOOLONG,
    RPL_LOGGEDIN,
    RPL_LOGGEDOUT,
    RPL_SASLMECHS,
    RPL_SASLSUCCESS,
)
from chatsvc.irc.offers import EXTERNAL
from chatsvc.irc.replies import Reply, numeric
from chatsvc.irc.room_modes import rank_changes, ranks_of
from chatsvc.irc.sasl import EMPTY, Outcome, in_pieces, parse_plain
from chatsvc.irc.scram import Exchange, ScramFailed, made_up, name_in, parse_verifier

FAILED = "SASL authentication failed"
NOT_ASKED_FOR = "Ask for the capability first: CAP REQ :sasl"
NO_SUCH_MECHANISM = "There is no such mechanism here"
NOT_IN_PIECES = "What was sent is not in pieces of base64"

Responding = Callable[[Client, bytes], Steps]
"""Takes a whole response of a client and goes on."""


def _authenticate(client: Client, message: Message) -> Steps:
    """Begin a login with a mechanism's name, or take the next piece of a response."""
    login = client.login
    if login is None:
        return _begin(client, message.param(0).upper())
    outcome = login.pieces.feed(message.param(0))
    if outcome is Outcome.MORE:
        return ()
    if isinstance(outcome, bytes):
        return _MECHANISMS[login.mechanism](client, outcome)
    client.login = None
    return (_WHY[outcome],)


def _begin(client: Client, mechanism: str) -> Steps:
    """Begin; "RPL_SASLMECHS MAY be sent in reply to [...] an unsupported mechanism"."""
    if not client.has("sasl"):
        return (failed(NOT_ASKED_FOR),)
    known = client.offered["sasl"].split(",")
    if mechanism not in known:
        return (numeric(RPL_SASLMECHS, ",".join(known)), failed(NO_SUCH_MECHANISM))
    client.login = Login(mechanism)
    return (say(client, EMPTY),)


def say(client: Client, piece: str) -> Message:
    """Return one line of what the server says in a login."""
    return client.scribe.from_server("AUTHENTICATE", piece)


def failed(why: str = FAILED) -> Reply:
    """Return that it did not work; "the client MAY retry"."""
    return numeric(ERR_SASLFAIL, sentence=why)


_WHY = {
    Outcome.ABORTED: numeric(ERR_SASLABORTED),
    Outcome.TOO_LONG: numeric(ERR_SASLTOOLONG),
    Outcome.ENDLESS: failed("The response is too long"),
    Outcome.BROKEN: failed(NOT_IN_PIECES),
}


def _plain(client: Client, response: bytes) -> Steps:
    """Check a name and a password; what holds a NUL too many is wrong, and never cut."""
    client.login = None
    plain = parse_plain(response)
    try:
        name = None if plain is None else parse_nick(plain.name)
    except BadNick:
        name = None
    if plain is None or name is None:
        return (failed(),)
    return (log_in(client, LogIn(name, plain.password, keeps_nick=True)),)


def _scram(client: Client, response: bytes) -> Iterator[Step]:
    """Take the client's first message, its proof, or its word that it believes the server's.

    A proof is counted before it is answered: who may not try now learns nothing from it.
    """
    login = client.login
    assert login is not None
    proof = login.scram
    try:
        if proof is None:
            login.scram = proof = _begun(client, response)
            yield from _challenged(client, proof.exchange.challenge.encode())
        elif not proof.is_right:
            show = partial(_believed, client, proof, proof.exchange.finish(response))
            shown = Prove(proof.name, proof.secret, is_right=True)
            yield Ask(shown, show, refuse=partial(_not_believed, client))
        else:
            client.login = None
            yield log_in(client, Prove(proof.name, proof.secret, is_right=True, is_sure=True))
    except ScramFailed:
        client.login = None
        if proof is None:
            yield failed()
        else:
            yield log_in(client, Prove(proof.name, proof.secret, is_right=False))


def _believed(client: Client, proof: Proof, answer: bytes, _reply: Proven) -> Iterator[Step]:
    proof.is_right = True
    yield from _challenged(client, answer)


def _not_believed(client: Client, refusal: Refusal) -> Steps:
    client.login = None
    return _refused(refusal)


def _begun(client: Client, first: bytes) -> Proof:
    """Begin; a name that nobody has, or has no verifier, is answered like any other."""
    try:
        name = parse_nick(name_in(first))
    except BadNick:
        raise ScramFailed from None
    account = client.state.accounts.get(nick_key(name))
    secret = "" if account is None else account.secret
    house = client.house
    # Made up and read for everybody: else the time would tell who has an account.
    nobodys = str(made_up(nick_key(name), house.cloak_key, house.scram_rounds))
    verifier = parse_verifier(secret.partition("\n")[2] or nobodys) or parse_verifier(nobodys)
    assert verifier is not None
    shown = name if account is None else account.name
    return Proof(Exchange(first, verifier, client.house.nonce()), shown, secret)


def _challenged(client: Client, challenge: bytes) -> Iterator[Step]:
    for piece in in_pieces(challenge):
        yield say(client, piece)


def _external(client: Client, response: bytes) -> Steps:
    """Log in by the certificate that the connection has shown (RFC 4422, appendix A).

    The response is the name to be, or nothing: then it is the one account that has this
    certificate, or of several the one that is called like the nick.
    """
    client.login = None
    preferred = client.nick or client.registration.nick
    try:
        name = parse_nick(response.decode("utf-8")) if response else None
    except (UnicodeDecodeError, BadNick):
        return (failed(),)
    return (log_in(client, ShowCertificate(name, preferred)),)


def log_in(client: Client, command: LogIn | Prove | ShowCertificate) -> Ask:
    """Return what logs a client in, and shows it what comes of that."""
    before = Before(client)
    return Ask(command, partial(_succeeded, client, before), refuse=_refused)


def _refused(refusal: Refusal) -> Steps:
    return (failed(refusal.sentence),)


def _succeeded(client: Client, before: "Before", _reply: LoggedInAs) -> Iterator[Step]:
    yield from before.changes()
    yield logged_in(client)
    yield numeric(RPL_SASLSUCCESS)


def logged_in(client: Client) -> Line:
    """Return 900 with the account that a client is logged in to."""
    account = client.session.account
    assert account is not None
    return numeric(RPL_LOGGEDIN, client.mask, account.name, account=account.name)


def logged_out(mask: str) -> Line:
    """Return 901 to who was `mask` while it was logged in."""
    return numeric(RPL_LOGGEDOUT, mask)


def registered_as(client: Client, _reply: AccountMade) -> Line:
    """Return 900 for an account that was just made."""
    return logged_in(client)


class Before:
    """Who a client was before it logged in, or out; it is shown by itself what changed."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._person: Person | None = client.session.person
        self._nick: Nick | None = client.nick
        self._source = str(client.source) if self._person is not None else ""
        self._rooms: dict[RoomKey, Room] = dict(client.session.rooms)
        self._ranks = {key: self._rank_in(room) for key, room in self._rooms.items()}

    def changes(self) -> Iterator[Step]:
        """Return PART for the rooms that it has left, NICK, JOIN for those it brought.

        And MODE where it has stayed with another rank.
        """
        client, session = self._client, self._client.session
        if self._person is None or self._nick is None:
            return
        stays = session.person is self._person
        for key, room in self._rooms.items():
            if not (stays and key in session.rooms):
                yield self._line("PART", channel_of(room.name))
        yield from self.renaming()
        if stays:
            yield from self._reranking()
        elif session.person is not None:
            for room in session.rooms.values():
                if session.session_id not in room.members[session.person.person_id].automatic:
                    yield from arrival(client, room.name)

    @property
    def mask(self) -> str:
        """The source it had."""
        return self._source

    def renaming(self) -> Iterator[Step]:
        """Return NICK if it has another nick."""
        nick = self._client.session.nick
        if nick is not None and self._nick is not None and nick != self._nick:
            yield self._line("NICK", nick)

    def _reranking(self) -> Iterator[Step]:
        client = self._client
        for key, room in client.session.rooms.items():
            changes = rank_changes(self._ranks.get(key, ""), self._rank_in(room), client.shown_nick)
            for words in format_modes(list(changes)):
                yield client.own("MODE", channel_of(room.name), *words)

    def _rank_in(self, room: Room) -> str:
        person = self._client.session.person
        return "" if person is None else ranks_of(room, person)

    def _line(self, command: str, *params: str) -> Message:
        return Message(command, params, self._source, self._client.scribe.tags())


_MECHANISMS: dict[str, Responding] = {"PLAIN": _plain, "SCRAM-SHA-256": _scram, EXTERNAL: _external}

COMMANDS = {
    "AUTHENTICATE": Verb(
        _authenticate, 1, is_open=True, help="AUTHENTICATE mechanism / pieces of base64 / *"
    ),
}
