"""People: nicks, being away, accounts and their keys."""

import re

from tests.torture.reference.arguments import (
    Refused,
    Request,
    end,
    needed,
    new_nick,
    nothing,
    number_of,
    optional_text,
    refuse,
    text_of,
    word_of,
)

LONGEST_COMMENT = 64

_ED25519 = re.compile(
    "(ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[A-P][A-Za-z0-9+/]{42})(|[ ].*)", re.DOTALL
)


def _nick(rest: str) -> Request:
    word, rest = needed(rest)
    return end(rest, ("SetNick", new_nick(word)))


def _away(rest: str) -> Request:
    return ("SetAway", optional_text(rest))


def _register(rest: str) -> Request:
    password, rest = needed(rest)
    return end(rest, ("Register", password))


def _login(rest: str) -> Request:
    word, rest = needed(rest)
    name = new_nick(word)
    password, rest = needed(rest)
    return end(rest, ("LogIn", name, password))


def _passwd(rest: str) -> Request:
    old, rest = needed(rest)
    new, rest = needed(rest)
    return end(rest, ("ChangePassword", old, new))


def _drop(rest: str) -> Request:
    password, rest = needed(rest)
    code, rest = word_of(rest)
    return end(rest, ("DropAccount", password, code))


def _pair(rest: str) -> Request:
    code, rest = needed(rest)
    return end(rest, ("Pair", code))


def _keys(rest: str) -> Request:
    """Read `keys`; of all types of keys the grammar makes no other than Ed25519."""
    action, rest = needed(rest)
    if action.lower() == "list":
        return end(rest, ("ListKeys",))
    if action.lower() == "add":
        return ("AddKey", _key(rest.strip(" ") or refuse("usage")))
    if action.lower() != "remove":
        refuse("usage")
    name, rest = needed(rest)
    return end(rest, ("RemoveKey", number_of(name) if name.isdigit() else text_of(name)))


def _key(text: str) -> str:
    found = _ED25519.fullmatch(text)
    if found is None or "PRIVATE KEY" in text:
        refuse("bad-key")
    comment = found[2].strip()
    if len(comment) > LONGEST_COMMENT:
        refuse("bad-key")
    try:
        return f"{found[1]} {text_of(comment)}" if comment else found[1]
    except Refused:
        return refuse("bad-key")


PARSERS = {
    "nick": _nick, "away": _away, "back": nothing("SetBack"), "register": _register,
    "login": _login, "logout": nothing("LogOut"), "passwd": _passwd, "drop": _drop, "keys": _keys,
    "grant-code": nothing("GrantCode"), "pair": _pair,
}  # fmt: skip
