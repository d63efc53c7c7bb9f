"""Masks as IRC writes them, and as our core does (`core.masks`).

    IRC                    core              names
    bob!*@*                bob               who has the nick bob
    sp?m*!*@*              sp?m*             nicks by pattern
    *!*@192.0.2.0/24       192.0.2.0/24      an address or network
    ~a:bob                 ~bob              an account (account extban)
    ~U:*                   $guest            who is not logged in
    ~m:MASK                                  a mute in place of a ban (mute extban)
    *!name@*, *!*@*.ip     *!name@*          by user name, or by cloak

What is left out is `*`: `bob` is `bob!*@*`, `*@host` is `*!*@host`. Sources:
https://modern.ircdocs.horse/#ban-channel-mode,
https://ircv3.net/specs/extensions/account-extban
"""

import attrs

from chatsvc.core.addresses import address_of, parse_network
from chatsvc.core.errors import BadMask, Refusal
from chatsvc.core.masks import ACCOUNT_SIGN, GUESTS, NICK_SIGN, Form, Mask, parse_mask
from chatsvc.core.text import printable

EXTBAN_SIGN = "~"
"""What extended bans begin with, as the token EXTBAN tells."""

BY_ACCOUNT, MUTED, GUESTS_ONLY = "a", "m", "U"
EXTBANS = BY_ACCOUNT + MUTED + GUESTS_ONLY
"""The letters of extended bans."""

ANY = "*"

_LONGEST_SHOWN = 50


@attrs.frozen
class Hostmask:
    """A pattern for each part of `nick!user@host`."""

    nick: str = ANY
    user: str = ANY
    host: str = ANY

    def __str__(self) -> str:
        return f"{self.nick}!{self.user}@{self.host}"


@attrs.frozen
class ListMask:
    """An entry of `+b`, `+e` or `+I`: whom it names, and whether it only mutes.

    `account` is a pattern of account names, `is_guests` everybody without one; without either
    it is by `hostmask`.
    """

    hostmask: Hostmask = Hostmask()
    account: str = ""
    is_guests: bool = False
    is_mute: bool = False

    def __str__(self) -> str:
        mute = f"{EXTBAN_SIGN}{MUTED}:" if self.is_mute else ""
        if self.account:
            return f"{mute}{EXTBAN_SIGN}{BY_ACCOUNT}:{self.account}"
        if self.is_guests:
            return f"{mute}{EXTBAN_SIGN}{GUESTS_ONLY}:*"
        return f"{mute}{self.hostmask}"


def parse_hostmask(text: str) -> Hostmask:
    """Return the mask in `nick!user@host`, with `*` for what is left out; never fails."""
    before, at, host = text.rpartition("@")
    if not at:
        before, host = text, ""
    nick, bang, user = before.partition("!")
    if not bang and at:
        nick, user = "", before
    return Hostmask(nick or ANY, user or ANY, host or ANY)


def parse_list_mask(text: str) -> ListMask:
    """Return the entry that `+b text` means; raise `BadMask`."""
    is_mute = text.startswith(f"{EXTBAN_SIGN}{MUTED}:")
    rest = text[len(EXTBAN_SIGN) + 2 :] if is_mute else text
    if not rest or printable(rest) != rest or " " in rest:
        raise _bad(text)
    if not rest.startswith(EXTBAN_SIGN):
        return ListMask(parse_hostmask(rest), is_mute=is_mute)
    letter, colon, rest = rest[len(EXTBAN_SIGN) :].partition(":")
    if letter == BY_ACCOUNT and colon and rest:
        return ListMask(account=rest, is_mute=is_mute)
    if letter == GUESTS_ONLY and colon:
        return ListMask(is_guests=True, is_mute=is_mute)
    raise _bad(text)


def to_core(mask: ListMask) -> Mask:
    """Return the core's mask that names the same people.

    Raises `BadMask` for what can name nobody.
    """
    if mask.account:
        return parse_mask(ACCOUNT_SIGN + mask.account)
    if mask.is_guests:
        return parse_mask(GUESTS)
    nick, user, host = mask.hostmask.nick, mask.hostmask.user, mask.hostmask.host
    if user == host == ANY:
        return parse_mask(NICK_SIGN + nick)
    if user == nick == ANY and _is_network(host):
        return parse_mask(host)
    return parse_mask(str(mask.hostmask))


def from_core(mask: Mask, is_mute: bool = False) -> ListMask:
    """Return how IRC writes a mask of the core."""
    match mask.form:
        case Form.ACCOUNT:
            return ListMask(account=mask.name, is_mute=is_mute)
        case Form.GUESTS:
            return ListMask(is_guests=True, is_mute=is_mute)
        case Form.HOSTMASK:
            return ListMask(parse_hostmask(mask.text), is_mute=is_mute)
        case Form.NETWORK:
            return ListMask(Hostmask(host=mask.text), is_mute=is_mute)
        case Form.NICK:
            return ListMask(Hostmask(nick=mask.name), is_mute=is_mute)


def _is_network(host: str) -> bool:
    if "%" in host:
        return False
    if address_of(host) is not None:
        return True
    try:
        return bool(parse_network(host))
    except ValueError:
        return False


def _bad(text: str) -> Refusal:
    shown = printable(text)[:_LONGEST_SHOWN]
    return BadMask(
        f'"{shown}" is no mask: write nick!user@host with * and ?, '
        f"{EXTBAN_SIGN}{BY_ACCOUNT}:ACCOUNT, or {EXTBAN_SIGN}{MUTED}: before one to mute."
    )
