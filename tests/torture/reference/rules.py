"""The arguments of moderators and operators: masks, times and settings.

Written from docs/protocol.md and docs/access.md; slow, plain, and a word at a time.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Callable

LONGEST_MASK, MOST_STARS, LONGEST_REASON, LONGEST_PASSWORD = 128, 8, 200, 1024
MOST_DAYS, MOST_DAYS_KEPT = 365, 3650
DAY = 24 * 3600

_SECONDS = {"m": 60, "h": 3600, "d": DAY, "w": 7 * DAY}
_KINDS = ("public", "unlisted", "invite-only")
_HISTORIES = ("everyone", "members", "joined")
_CHOICES = {
    "kind": _KINDS, "listed": ("yes", "no"), "announce": ("yes", "no"),
    "door": ("open", "invite-only"), "topic": ("members", "moderators"),
    "outsiders": ("yes", "no"), "plain": ("yes", "no"),
}  # fmt: skip
_MOST_MEMBERS = 1_000_000
_DIGITS = set("0123456789")

Check = Callable[[str], bool]


# Masks


def mask(word: str, is_name: Check, may_be_shown: Check) -> str | None:
    """Return a mask as it is kept, None for what is none."""
    if len(word) > LONGEST_MASK:
        return None
    if word.lower() == "$guest":
        return "$guest"
    if "!" in word:
        return _source(word, is_name, may_be_shown)
    if word[0] in "~@":
        named = _named(word[1:], is_name)
        return None if named is None else _signed(named, word[0])
    if "/" in word or ":" in word or _is_address(word):
        return _network(word)
    if _is_like_an_address(word):
        return None
    named = _named(word, is_name)
    return None if named is None else _signed(named, "@")


def _source(word: str, is_name: Check, may_be_shown: Check) -> str | None:
    """Return a mask by nick, user and host; what is said of nicks alone is a mask of nicks."""
    nick, rest = word.split("!", 1)
    found = re.fullmatch("(.+)@([^@]+)", rest, re.DOTALL)
    if not nick or found is None or not all(map(may_be_shown, rest)):
        return None
    if found.groups() == ("*", "*"):
        named = _named(nick, is_name)
        return None if named is None else _signed(named, "@")
    if set(nick) & set("*?"):
        by_nick = _pattern(nick, is_name)
    else:
        by_nick = (_folded(f"_{nick}", is_name) or "")[1:]
    if not by_nick:
        return None
    user, host = (_wildcards(part.lower()) for part in found.groups())
    text = f"{by_nick}!{user}@{host}"
    return text if text.count("*") <= MOST_STARS and len(text) <= LONGEST_MASK else None


def _wildcards(pattern: str) -> str:
    """Return a pattern with the `*` of each run of wildcards that has one behind its `?`."""
    return re.sub(r"[*?]+", lambda run: _run(run[0]), pattern)


def _run(run: str) -> str:
    return "?" * run.count("?") + "*" * ("*" in run)


def _signed(name: str, sign: str) -> str | None:
    """Return a name with its sign where that is needed."""
    text = f"~{name}" if sign == "~" else name
    if sign == "@" and _is_like_an_address(name):
        text = f"@{name}"
    return text if len(text) <= LONGEST_MASK else None


def _is_address(word: str) -> bool:
    try:
        ipaddress.ip_address(word.split("%")[0])
    except ValueError:
        return False
    return True


def _is_like_an_address(word: str) -> bool:
    """Tell whether this is four numbers, or numbers with dots and wildcards among them."""
    parts = word.split(".")
    if len(parts) == 4 and all(part and set(part) <= _DIGITS for part in parts):
        return True
    return "." in word and bool(set(word) & set("*?")) and set(word) <= _DIGITS | set(".*?")


def _network(word: str) -> str | None:
    if "%" in word:
        return None
    try:
        network = ipaddress.ip_network(word, strict=False)
    except ValueError:
        return None
    address, length = network.network_address, network.prefixlen
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None and length >= 96:
        address, length = mapped, length - 96
    return str(address) if length == address.max_prefixlen else f"{address}/{length}"


def _named(pattern: str, is_name: Check) -> str | None:
    """Return a name or pattern, folded piece by piece."""
    if not set(pattern) & set("*?"):
        return _folded(pattern, is_name)
    name = _pattern(pattern, is_name)
    return name if name is not None and name.count("*") <= MOST_STARS else None


def _pattern(pattern: str, is_name: Check) -> str | None:
    found = []
    for piece in re.findall(r"[*?]+|[^*?]+", pattern):
        if piece[0] in "*?":
            found.append(_run(piece))
            continue
        # A piece may begin with what a name may not.
        folded = _folded(f"_{piece}", is_name)
        if folded is None:
            return None
        found.append(folded[1:])
    return "".join(found)


def _folded(name: str, is_name: Check) -> str | None:
    if not name or not is_name(name):
        return None
    folded = _fold(unicodedata.normalize("NFC", name))
    is_final = bool(folded) and is_name(folded)
    return folded if is_final and _fold(unicodedata.normalize("NFC", folded)) == folded else None


def _fold(name: str) -> str:
    plain = unicodedata.normalize("NFKC", name)
    return unicodedata.normalize("NFKC", plain.casefold())


# Times


def terms(text: str) -> tuple[int | None, str] | None:
    """Return the seconds and the reason in `[TIME] [REASON]`, None for a time that is none.

    The reason is not looked at.
    """
    text = text.strip(" ")
    word, _, after = text.partition(" ")
    if word.lower() == "perm":
        return None, after.strip(" ")
    several = "[0-9]{1,6}[A-Za-z]{1,7}"
    if not re.fullmatch(f"[+-]?[0-9][0-9.,_]*[A-Za-z]{{0,7}}|({several}){{2,}}", word):
        return None, text
    seconds = _seconds(word, MOST_DAYS)
    return None if seconds is None else (seconds, after.strip(" "))


def _seconds(word: str, most_days: int) -> int | None:
    number, unit = word[:-1], word[-1:].lower()
    if unit not in _SECONDS or not 1 <= len(number) <= 6 or not set(number) <= _DIGITS:
        return None
    seconds = int(number) * _SECONDS[unit]
    return seconds if 60 <= seconds <= most_days * DAY else None


# Settings


def is_setting(key: str, value: str) -> bool:
    """Tell whether `set ROOM KEY VALUE` is one; a password apart."""
    words = [word for word in value.lower().split(" ") if word]
    if key in _CHOICES:
        return value.lower() in _CHOICES[key]
    if key == "most":
        is_bound = _is_number(value) and 1 <= int(value) <= _MOST_MEMBERS
        return value.lower() == "all" or is_bound
    if key == "history":
        return words[0] in _HISTORIES and (
            len(words) == 1 or (len(words) == 3 and words[1] == "from" and _is_number(words[2]))
        )
    return key == "keep" and (words == ["all"] or _is_keeping(words))


def _is_keeping(words: list[str]) -> bool:
    numbers = [word for word in words if _is_number(word)]
    times = [word for word in words if not _is_number(word)]
    return (
        len(numbers) <= 1
        and len(times) <= 1
        and all(int(number) > 0 for number in numbers)
        and all((_seconds(time, MOST_DAYS_KEPT) or 0) >= DAY for time in times)
    )


def _is_number(word: str) -> bool:
    return 1 <= len(word) <= 15 and set(word) <= _DIGITS


def is_password(text: str) -> bool:
    """Tell whether a room may have this password."""
    return bool(text) and "\0" not in text and len(text.encode()) <= LONGEST_PASSWORD
