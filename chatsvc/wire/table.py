"""The commands as people type them: one row a verb.

A row has everything the line protocol knows of a command: its spellings, syntax, one
line of help, and the function that turns its arguments into a Command. `help`, the
"usage" errors and the table in docs/protocol.md are made from it. A new command is a
row here, or in the table of its subject (and a line in `request.FORMATTERS` if clients of
ours send it).

    moderation   what owners and moderators say
    operating    what operators of the server say; the rest is here
"""

from chatsvc.core import commands as c
from chatsvc.core.errors import UnknownCommand
from chatsvc.core.keys import parse_key
from chatsvc.core.limits import HISTORY_DEFAULT
from chatsvc.core.names import parse_room_name
from chatsvc.core.text import check_text, printable
from chatsvc.wire import moderation, operating
from chatsvc.wire.arguments import Arguments, Misused, Verb, misused


def _nick(arguments: Arguments) -> c.Command:
    return c.SetNick(arguments.nick())


def _create(arguments: Arguments) -> c.Command:
    return c.CreateRoom(arguments.room())


def _join(arguments: Arguments) -> c.Command:
    """Parse `join`; `since` is also a room's name, unless a number follows it."""
    first, second = arguments.word(), arguments.word()
    if first.lower() == "since" and second and second.lower() != "since":
        return c.JoinRoom(None, arguments.number(second))
    room = parse_room_name(first) if first else None
    since = None
    if second.lower() == "since":
        since, second = arguments.number(arguments.needed_word()), arguments.word()
    if not second:
        return c.JoinRoom(room, since)
    if second.lower() != "password" or room is None:
        raise Misused
    return c.JoinWithPassword(room, arguments.secret(), since)


def _leave(arguments: Arguments) -> c.Command:
    return c.LeaveRoom(arguments.room())


def _delete(arguments: Arguments) -> c.Command:
    return c.DeleteRoom(arguments.room())


def _rename(arguments: Arguments) -> c.Command:
    return c.RenameRoom(arguments.room(), arguments.room(), arguments.reason())


def _list(_arguments: Arguments) -> c.Command:
    return c.ListRooms()


def _info(arguments: Arguments) -> c.Command:
    return c.DescribeRoom(arguments.room())


def _send(arguments: Arguments) -> c.Command:
    room = arguments.room()
    client_id = arguments.client_id()
    return c.Say(room, arguments.text(), client_id)


def _tell(arguments: Arguments) -> c.Command:
    nick = arguments.nick()
    client_id = arguments.client_id()
    return c.Tell(nick, arguments.text(), client_id)


def _ignore(arguments: Arguments) -> c.Command:
    return c.Ignore(arguments.nick())


def _unignore(arguments: Arguments) -> c.Command:
    return c.Unignore(arguments.nick())


def _ignored(_arguments: Arguments) -> c.Command:
    return c.ListIgnored()


def _who(arguments: Arguments) -> c.Command:
    return c.ListUsers(arguments.optional_room())


def _away(arguments: Arguments) -> c.Command:
    return c.SetAway(arguments.optional_text())


def _back(_arguments: Arguments) -> c.Command:
    return c.SetBack()


def _topic(arguments: Arguments) -> c.Command:
    room, text = arguments.room(), arguments.optional_text()
    if not text:
        return c.ShowTopic(room)
    return c.SetTopic(room, _cleared(text))


def _welcome(arguments: Arguments) -> c.Command:
    room, text = arguments.room(), arguments.optional_text()
    if not text:
        return c.ShowWelcome(room)
    return c.SetWelcome(room, _cleared(text))


def _cleared(text: str) -> str:
    """Return `text`, or nothing for the lone "-" that clears a topic or welcome line."""
    return "" if text == "-" else text


def _history(arguments: Arguments) -> c.Command:
    room, word = arguments.place(), arguments.word()
    count = HISTORY_DEFAULT
    if word and word.lower() not in ("before", "after"):
        count, word = arguments.number(word), arguments.word()
    if count < 1:
        raise Misused
    if not word:
        return c.ReadHistory(room, count)
    number = arguments.number(arguments.needed_word())
    if word.lower() == "before":
        return c.ReadHistory(room, count, before=number)
    if word.lower() == "after":
        return c.ReadHistory(room, count, after=number)
    raise Misused


def _search(arguments: Arguments) -> c.Command:
    return c.SearchRoom(arguments.place(), arguments.text())


def _redact(arguments: Arguments) -> c.Command:
    return c.Redact(arguments.place(), arguments.number(arguments.needed_word()))


def _edit(arguments: Arguments) -> c.Command:
    room, number = arguments.place(), arguments.number(arguments.needed_word())
    return c.Edit(room, number, arguments.text())


def _talk(arguments: Arguments) -> c.Command:
    return c.TalkIn(arguments.optional_room())


def _ping(arguments: Arguments) -> c.Command:
    return c.Ping(arguments.optional_text())


def _help(arguments: Arguments) -> c.Command:
    name = arguments.word()
    return c.Help(verb_called(name).name if name else "")


def _register(arguments: Arguments) -> c.Command:
    return c.Register(arguments.needed_word())


def _login(arguments: Arguments) -> c.Command:
    return c.LogIn(arguments.nick(), arguments.needed_word())


def _logout(_arguments: Arguments) -> c.Command:
    return c.LogOut()


def _passwd(arguments: Arguments) -> c.Command:
    return c.ChangePassword(arguments.needed_word(), arguments.needed_word())


def _drop(arguments: Arguments) -> c.Command:
    return c.DropAccount(arguments.needed_word(), arguments.word())


def _keys(arguments: Arguments) -> c.Command:
    """Parse `keys`; a private key, or what is no key, is refused before it goes anywhere."""
    action = arguments.needed_word().lower()
    if action == "add":
        return c.AddKey(parse_key(arguments.rest() or misused()).line)
    if action == "list":
        return c.ListKeys()
    if action != "remove":
        raise Misused
    name = arguments.needed_word()
    return c.RemoveKey(arguments.number(name) if name.isdigit() else check_text(name))


def _grant_code(_arguments: Arguments) -> c.Command:
    return c.GrantCode()


def _pair(arguments: Arguments) -> c.Command:
    return c.Pair(arguments.needed_word())


def _quit(_arguments: Arguments) -> c.Command:
    return c.Quit()


VERBS = (
    Verb("nick", (), "nick NAME", "Take a nick, or change it.", _nick),
    Verb("create", ("1",), "create ROOM", "Make a room that stays until it is deleted.", _create),
    Verb(
        "join",
        ("2",),
        "join [ROOM] [since N] [password PASSWORD]",
        "Enter a room (the lobby if none is named); with since, get what came after number N.",
        _join,
    ),
    Verb("list", ("3",), "list", "Show every room.", _list),
    Verb("info", (), "info ROOM", "Show the details of a room.", _info),
    Verb("delete", ("4",), "delete ROOM", "Remove a room and everything said in it.", _delete),
    Verb(
        "rename",
        (),
        "rename ROOM NEW [REASON]",
        "Give a room another name; all that is in it stays.",
        _rename,
    ),
    Verb("leave", ("leave_chatroom",), "leave ROOM", "Leave a room.", _leave),
    Verb(
        "send",
        (),
        "send ROOM [#ID] TEXT",
        "Say something in a room; the same #ID is never said twice.",
        _send,
    ),
    Verb(
        "tell",
        (),
        "tell USER [#ID] TEXT",
        "Say something to one user only; also @USER TEXT. Kept if both are registered.",
        _tell,
    ),
    Verb("ignore", (), "ignore USER", "Hear no direct messages of a user any more.", _ignore),
    Verb("unignore", (), "unignore USER", "Hear a user again.", _unignore),
    Verb("ignored", (), "ignored", "Show whom you ignore.", _ignored),
    Verb("who", (), "who [ROOM]", "Show who is here, or who is in a room.", _who),
    Verb("away", (), "away [TEXT]", "Say that you are away, and perhaps why.", _away),
    Verb("back", (), "back", "Say that you are back.", _back),
    Verb("topic", (), "topic ROOM [TEXT]", "Show or set the topic; - clears it.", _topic),
    Verb(
        "welcome",
        (),
        "welcome ROOM [TEXT]",
        "Show or set the line shown to whoever joins; - clears it.",
        _welcome,
    ),
    Verb(
        "history",
        (),
        "history ROOM [COUNT] [before N | after N]",
        "Read old messages, oldest first; @USER for what you and a user told each other.",
        _history,
    ),
    Verb(
        "search",
        (),
        "search ROOM WORDS",
        "Find messages that hold all the words, in a room or with @USER.",
        _search,
    ),
    Verb(
        "redact",
        (),
        "redact ROOM NUMBER",
        "Take back what was said; the number stays, the text is gone.",
        _redact,
    ),
    Verb("edit", (), "edit ROOM NUMBER TEXT", "Give a message another text.", _edit),
    Verb(
        "talk",
        (),
        "talk [ROOM]",
        "Say every plain line in a room, with /verb for commands; /talk alone ends it.",
        _talk,
    ),
    Verb(
        "register",
        (),
        "register PASSWORD",
        "Make your nick an account of yours; nobody else may use it from then on.",
        _register,
    ),
    Verb(
        "login",
        (),
        "login NAME PASSWORD",
        "Be the owner of an account; shows its rooms and how much is unread in each.",
        _login,
    ),
    Verb("logout", (), "logout", "Be nobody again at this connection.", _logout),
    Verb("passwd", (), "passwd OLD NEW", "Change the password of your account.", _passwd),
    Verb(
        "drop",
        (),
        "drop PASSWORD [CODE]",
        "Give up your account; answers with a code, and is done when you add that.",
        _drop,
    ),
    Verb(
        "keys",
        (),
        "keys add KEY | list | remove N|FINGERPRINT",
        "Keep SSH public keys with your account, the lines of files such as id_ed25519.pub, "
        "and fingerprints of certificates.",
        _keys,
    ),
    Verb(
        "grant-code",
        (),
        "grant-code",
        "Get a code for another connection of yours; say pair CODE there.",
        _grant_code,
    ),
    Verb("pair", (), "pair CODE", "Be who said grant-code, at this connection too.", _pair),
    *moderation.VERBS,
    *operating.VERBS,
    Verb("ping", (), "ping [TOKEN]", "Get a sign of life.", _ping),
    Verb("help", (), "help [VERB]", "Show what you can say.", _help),
    Verb("quit", ("disconnect",), "quit", "Leave every room and close the connection.", _quit),
)
"""The command table, in the order `help` shows it."""

_LONGEST_VERB_SHOWN = 32


def verb_called(name: str) -> Verb:
    """Return the row of a verb in any of its spellings; raise `UnknownCommand`."""
    verb = BY_NAME.get(name) or BY_NAME.get(name.lower())
    if verb is None:
        shown = printable(name)[:_LONGEST_VERB_SHOWN]
        raise UnknownCommand(f'There is no command "{shown}"; help lists what there is.')
    return verb


BY_NAME = {name: verb for verb in VERBS for name in (verb.name, *verb.aliases)}
"""Every spelling of every verb, in lower case."""
