"""NickServ: words that people know for what they do with their account."""

from collections.abc import Iterator

from chatsvc.core.accounts import Account
from chatsvc.core.commands import (
    AddKey,
    ChangePassword,
    DropAccount,
    EndOthers,
    ListKeys,
    LogIn,
    LogOut,
    Register,
    RemoveKey,
    SetNick,
)
from chatsvc.core.errors import BadKey, NotLoggedIn, Refusal
from chatsvc.core.keys import parse_key
from chatsvc.core.names import Nick, nick_key, parse_nick
from chatsvc.core.replies import (
    AccountGone,
    AccountMade,
    DropCode,
    KeyGone,
    KeyKept,
    KeyList,
    KeySummary,
    KillDone,
    LoggedInAs,
    NickIs,
)
from chatsvc.irc.asking import Ask, End, Step, Steps
from chatsvc.irc.client import Client
from chatsvc.irc.commands.accounts import Before, logged_in, logged_out
from chatsvc.irc.commands.serving import NICKSERV, Misused, Word, ask, notice, rows, tell, word_at
from chatsvc.wire.times import format_time

GUEST = Nick("guest")
"""What somebody is called who has logged out; a number is added where it is taken."""


def _say(client: Client, text: str) -> Step:
    return notice(client, NICKSERV, text)


def _register(client: Client, words: list[str]) -> Steps:
    def show(reply: AccountMade) -> Steps:
        return (_say(client, f'"{reply.nick}" is yours from now on.'), logged_in(client))

    return ask(client, NICKSERV, Register(word_at(words, 0)), show)


def _identify(client: Client, words: list[str]) -> Steps:
    """Log in, to the account that has one's nick for its name where none is given."""
    *names, password = words or [word_at(words, 0)]
    name = parse_nick(names[0]) if names else client.nick or Nick("")
    return _log_in(client, name, password, ())


def _log_in(client: Client, name: Nick, password: str, then: Steps) -> Iterator[Step]:
    """Log in, and go on with `then`."""
    before = Before(client)

    def show(_reply: LoggedInAs) -> Iterator[Step]:
        yield from before.changes()
        yield logged_in(client)
        yield _say(client, "You are logged in.")
        yield from then

    return ask(client, NICKSERV, LogIn(name, password, keeps_nick=True), show)


def _logout(client: Client, _words: list[str]) -> Iterator[Step]:
    """Be a guest again, in no room of the account, under a nick that is nobody's."""
    before, nick = Before(client), client.nick
    account = client.session.account

    def renamed(_reply: NickIs) -> Iterator[Step]:
        yield from before.changes()
        yield logged_out(before.mask)
        yield _say(client, "You are logged out.")

    def show(_reply: object) -> Iterator[Step]:
        is_own = account is None or nick is None or nick_key(nick) == account.key
        wanted = GUEST if is_own else nick
        assert wanted is not None
        free = wanted if client.state.is_free(wanted) else client.state.suggestion(wanted)
        yield Ask(SetNick(free, may_differ=True), renamed, refuse=_nameless)

    return ask(client, NICKSERV, LogOut(), show)


def _nameless(refusal: Refusal) -> Steps:
    """End the connection of who may not be here as a guest."""
    return (End(refusal.sentence),)


def _ghost(client: Client, words: list[str]) -> Steps:
    """End one's other connections, perhaps after logging in; they are one person with this."""
    name, password = parse_nick(word_at(words, 0)), words[1] if len(words) > 1 else ""
    if password:
        return _log_in(client, name, password, _end_others(client))
    if client.state.found(name) is not client.session.person:
        return (_say(client, "That is not you. Say the password of the account as well."),)
    return _end_others(client)


def _end_others(client: Client) -> Iterator[Step]:
    def show(reply: KillDone) -> Steps:
        return (_say(client, f"Your other connections are ended: {reply.sessions}."),)

    return ask(client, NICKSERV, EndOthers(), show)


def _regain(client: Client, words: list[str]) -> Steps:
    """Have one's nick, perhaps after logging in."""
    name, password = parse_nick(word_at(words, 0)), words[1] if len(words) > 1 else ""
    if password:
        return _log_in(client, name, password, _take(client, name))
    return _take(client, name)


def _take(client: Client, nick: Nick) -> Iterator[Step]:
    before = Before(client)

    def show(_reply: NickIs) -> Iterator[Step]:
        yield from before.renaming()
        yield _say(client, f"You are {client.shown_nick}.")

    return ask(client, NICKSERV, SetNick(nick, may_differ=True), show)


def _release(client: Client, words: list[str]) -> Steps:
    word_at(words, 0)
    return (_say(client, "No nick is ever held here; say REGAIN to have yours."),)


def _set(client: Client, words: list[str]) -> Steps:
    if word_at(words, 0).upper() != "PASSWORD":
        raise Misused
    command = ChangePassword(word_at(words, 1), word_at(words, 2))
    return tell(client, NICKSERV, command, "Your password is changed.")


def _drop(client: Client, words: list[str]) -> Steps:
    """Give one's account up, by a code that is asked for first."""
    mask = client.mask

    def show(reply: DropCode | AccountGone) -> Steps:
        if isinstance(reply, AccountGone):
            gone = _say(client, f'"{reply.nick}" is nobody\'s any more.')
            return (gone, logged_out(mask))
        text = f"To give your account up for good, say: DROP password {reply.code}"
        return (_say(client, text),)

    command = DropAccount(word_at(words, 0), "".join(words[1:2]))
    return ask(client, NICKSERV, command, show)


# What is known of an account


def _info(client: Client, words: list[str]) -> Iterator[Step]:
    """Show an account: one's own, or that of a nick or name."""
    own = client.session.account
    account = client.state.account_called(parse_nick(words[0])) if words else own
    if account is None:
        if not words:
            raise NotLoggedIn
        yield _say(client, f'"{words[0]}" is no account.')
        return
    yield _say(client, f"{account.name} is registered since {format_time(account.created_at)}.")
    person = client.state.owners.get(account.key)
    yield _say(client, f"{account.name} is {'not here' if person is None else 'here'}.")
    if account is own:
        yield from _own_info(client, account)


def _own_info(client: Client, account: Account) -> Iterator[Step]:
    sessions = 0 if client.session.person is None else len(client.session.person.sessions)
    rooms = len(client.state.kept_by(account))
    yield _say(
        client,
        f"Connections: {sessions}. Rooms: {rooms}. Keys and certificates: {len(account.keys)}.",
    )


# Certificates


def _cert(client: Client, words: list[str]) -> Steps:
    action = word_at(words, 0).upper()
    if action == "ADD":
        return _add_certificate(client, words[1:])
    if action == "LIST":
        return ask(client, NICKSERV, ListKeys(), lambda reply: _list(client, reply))
    if action not in {"DEL", "REMOVE"}:
        raise Misused
    name = word_at(words, 1)
    key = int(name) if name.isascii() and name.isdigit() and len(name) < _MOST_DIGITS else name

    def show(reply: KeyGone) -> Steps:
        return (_say(client, f"{reply.fingerprint} is yours no more."),)

    return ask(client, NICKSERV, RemoveKey(key), show)


_MOST_DIGITS = 9


def _add_certificate(client: Client, words: list[str]) -> Steps:
    """Keep a fingerprint: the one that is given, or that of this connection's certificate."""
    fingerprint = " ".join(words) or client.session.certificate
    if not fingerprint:
        raise BadKey("This connection has shown no certificate; name a fingerprint.")

    def show(reply: KeyKept) -> Steps:
        return (_say(client, f"{reply.fingerprint} logs you in from now on."),)

    return ask(client, NICKSERV, AddKey(parse_key(fingerprint).line), show)


def _list(client: Client, reply: KeyList) -> Steps:
    return rows(client, NICKSERV, map(_key_row, reply.keys), "You have no certificate.")


def _key_row(key: KeySummary) -> str:
    return f"{key.place}: {key.kind} {key.fingerprint} {key.comment}".rstrip()


WORDS: dict[str, Word] = {
    "REGISTER": Word(_register, "REGISTER password [mail]", "Make your nick an account of yours."),
    "IDENTIFY": Word(_identify, "IDENTIFY [name] password", "Log in, and keep your nick."),
    "LOGOUT": Word(_logout, "LOGOUT", "Be a guest again, under another nick if need be."),
    "GHOST": Word(_ghost, "GHOST nick [password]", "End your other connections."),
    "REGAIN": Word(_regain, "REGAIN nick [password]", "Have the nick that is yours."),
    "RELEASE": Word(_release, "RELEASE nick [password]", "Nothing: no nick is ever held here."),
    "SET": Word(_set, "SET PASSWORD old new", "Change your password."),
    "DROP": Word(_drop, "DROP password [code]", "Give your account up; asks for a code first."),
    "INFO": Word(_info, "INFO [nick]", "Show an account."),
    "CERT": Word(
        _cert,
        "CERT ADD [fingerprint] | LIST | DEL number|fingerprint",
        "Keep certificates that log you in by SASL EXTERNAL.",
    ),
}
"""What NickServ understands, in the order of its HELP."""
