"""The tokens of 005: what this server can do, and up to which limits; all of it true.

Source: https://modern.ircdocs.horse/#rplisupport-parameters
"""

from collections.abc import Iterable, Mapping

from chatsvc.core.limits import REASON_LENGTH, WATCHED_NICKS, Limits
from chatsvc.irc.capabilities import in_lines
from chatsvc.irc.channels import CASEMAPPING, SIGN, STATUS_SIGNS
from chatsvc.irc.elist import CONDITIONS
from chatsvc.irc.hostmasks import BY_ACCOUNT, EXTBAN_SIGN, EXTBANS
from chatsvc.irc.modes import (
    BOT_MODE,
    CHANNEL_MODES,
    LISTS,
    MOST_WITH_PARAMETER,
    RANKS,
    USER_MODES,
    Kind,
)
from chatsvc.irc.sources import USER_LENGTH

MOST_TOKENS = 13
"""Tokens of one line: "the maximum number of RPL_ISUPPORT tokens [...] is 13"."""

TEXT_LENGTH = 390
"""Longest topic, away message and comment of a kick, in bytes: one line with its source."""

REALNAME_LENGTH = 128
"""Longest real name, in characters; the token NAMELEN tells it."""

KEY_LENGTH = 64
"""Longest key of a channel that may be typed here; the core takes longer ones elsewhere."""

TARGETS = {"JOIN": "", "KICK": "4", "LIST": "", "NAMES": "", "NOTICE": "4", "PART": ""} | {
    "PRIVMSG": "4",
    "TAGMSG": "4",
    "WHOIS": "1",
}
"""How many targets a command takes at once; "" is no bound but the line."""


def letters(kind: Kind) -> str:
    """Return the letters of one kind of channel modes."""
    return "".join(letter for letter, what in CHANNEL_MODES.items() if what is kind)


def channel_mode_groups() -> str:
    """Return CHANMODES: the letters of A, B, C and D."""
    kinds = (Kind.LIST, Kind.PARAMETER, Kind.SETTING, Kind.FLAG)
    return ",".join(letters(kind) for kind in kinds)


def myinfo_modes() -> tuple[str, str, str]:
    """Return the last parameters of 004: modes of users, of channels, those with a parameter."""
    with_parameter = "".join(
        letter for letter, kind in CHANNEL_MODES.items() if kind is not Kind.FLAG
    )
    return USER_MODES, "".join(sorted(CHANNEL_MODES)), "".join(sorted(with_parameter))


def tokens(limits: Limits, network: str, others: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return every token with its value, "" for none, in the order of the answer.

    `others` are those that depend on more than the limits: CHATHISTORY, MONITOR ...
    """
    targets = ",".join(f"{command}:{most}" for command, most in TARGETS.items())
    known = {
        "ACCOUNTEXTBAN": BY_ACCOUNT,
        "AWAYLEN": str(TEXT_LENGTH),
        "BOT": BOT_MODE,
        "CASEMAPPING": CASEMAPPING,
        "CHANLIMIT": f"{SIGN}:{limits.rooms_per_session}",
        "CHANMODES": channel_mode_groups(),
        "CHANNELLEN": str(limits.room_length + len(SIGN)),
        "CHANTYPES": SIGN,
        "ELIST": CONDITIONS,
        "EXCEPTS": "",
        "EXTBAN": f"{EXTBAN_SIGN},{EXTBANS}",
        "HOSTLEN": "64",
        "INVEX": "",
        "KEYLEN": str(KEY_LENGTH),
        "KICKLEN": str(REASON_LENGTH),
        "MAXLIST": f"{LISTS}:{limits.room_sanctions}",
        "MODES": str(MOST_WITH_PARAMETER),
        "MONITOR": str(WATCHED_NICKS),
        "NAMELEN": str(REALNAME_LENGTH),
        "NETWORK": network,
        "NICKLEN": str(limits.nick_length),
        "PREFIX": f"({''.join(RANKS)}){''.join(RANKS.values())}",
        "STATUSMSG": STATUS_SIGNS,
        "TARGMAX": targets,
        "TOPICLEN": str(TEXT_LENGTH),
        "USERLEN": str(USER_LENGTH),
        "UTF8ONLY": "",
        "WHOX": "",
    }
    return dict(sorted({**known, **(others or {})}.items()))


def token_lines(known: Mapping[str, str], overhead: int) -> list[tuple[str, ...]]:
    """Return the tokens as the parameters of lines that have `overhead` bytes besides."""
    words = [f"{name}={escaped(value)}" if value else name for name, value in known.items()]
    lines: list[tuple[str, ...]] = []
    for group in _groups(words):
        lines += [tuple(line.split(" ")) for line in in_lines(group, overhead)]
    return lines


def _groups(words: list[str]) -> Iterable[list[str]]:
    return (words[start : start + MOST_TOKENS] for start in range(0, len(words), MOST_TOKENS))


def escaped(value: str) -> str:
    r"""Return a value as a token has it: "\x20" for a space, and so on."""
    plain = (byte for byte in value.encode())
    return "".join(chr(byte) if _is_plain(byte) else f"\\x{byte:02X}" for byte in plain)


def _is_plain(byte: int) -> bool:
    return 0x21 <= byte <= 0x7E and byte not in b"\\="
