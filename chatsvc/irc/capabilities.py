"""Capabilities: what a client may ask for, and which of it changes the bytes of events.

Connections that are sent the same bytes share one encoding (`ports.Encoding`), so each event is
written once for all of them. What makes the bytes differ is the *shape*: those capabilities of
a client that say how an event is written. All others change only what a client is answered.

Source: https://ircv3.net/specs/extensions/capability-negotiation
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

import attrs

from chatsvc.core.text import printable
from chatsvc.irc.message import BODY_BYTES, LINE_BYTES

VERSION_WITH_VALUES = 302
"""From this version of CAP LS on, capabilities are shown with values and `cap-notify` is on."""

MOST_ASKED = 100
"""Words of one CAP REQ that are looked at; a line has no room for more."""


@attrs.frozen
class Capability:
    """One capability; `shapes`: it changes the bytes of events that others get as well.

    `needs` are capabilities without which it means nothing in the shape.
    """

    name: str
    shapes: bool = False
    needs: tuple[str, ...] = ()


_TABLE = (
    Capability("account-notify", shapes=True),
    Capability("account-tag", shapes=True),
    Capability("away-notify", shapes=True),
    Capability("batch"),
    Capability("cap-notify"),
    Capability("chghost", shapes=True),
    Capability("echo-message"),
    Capability("extended-join", shapes=True),
    Capability("extended-monitor"),
    Capability("invite-notify", shapes=True),
    Capability("labeled-response"),
    Capability("message-tags", shapes=True),
    Capability("multi-prefix"),
    Capability("no-implicit-names"),
    Capability("sasl"),
    Capability("server-time", shapes=True),
    Capability("setname", shapes=True),
    Capability("standard-replies"),
    Capability("userhost-in-names"),
    Capability("draft/account-registration"),
    Capability("draft/channel-rename", shapes=True),
    Capability("draft/chathistory"),
    Capability("draft/event-playback"),
    Capability("draft/extended-isupport"),
    Capability("draft/message-redaction", shapes=True),
    Capability("draft/metadata-2"),
    Capability("draft/metadata-3"),
    Capability("draft/multiline", shapes=True, needs=("batch",)),
    Capability("draft/pre-away"),
    Capability("draft/read-marker"),
    Capability("sts"),
)

CAPABILITIES = {capability.name: capability for capability in _TABLE}
"""Every capability the server may offer, by name."""

NEVER_ASKED = frozenset({"sts"})
"""What is announced and cannot be asked for (https://ircv3.net/specs/extensions/sts)."""

Shape = frozenset[str]
"""What says how events are written; clients of one shape share an encoding."""


def shape_of(enabled: Iterable[str]) -> Shape:
    """Return the shape of a client that has these capabilities.

    "Servers [...] MUST NOT" send tags that were not asked for; `message-tags` asks for all.
    """
    has = frozenset(enabled)
    return frozenset(
        capability.name
        for name in has
        if (capability := CAPABILITIES.get(name)) is not None
        and capability.shapes
        and has.issuperset(capability.needs)
    )


@lru_cache(maxsize=1000)
def _shared(enabled: frozenset[str]) -> frozenset[str]:
    """Return the same set for all clients that have enabled the same: it takes a kilobyte."""
    return enabled


@attrs.frozen
class Asked:
    """What a CAP REQ asks for: all of it or nothing."""

    added: frozenset[str]
    removed: frozenset[str]

    def applied(self, enabled: frozenset[str]) -> frozenset[str]:
        """Return what is enabled after this."""
        return _shared((enabled | self.added) - self.removed)


def parse_request(text: str, offered: Mapping[str, str]) -> Asked | None:
    """Return what the parameter of CAP REQ asks for; None if any of it cannot be had.

    "The server MUST [...] either ACK all of them or NAK". A name with `-` in front is taken away.
    Of a name that stands there twice, the last one counts.
    """
    asked: dict[str, bool] = {}
    for word in text.split()[:MOST_ASKED]:
        name = word.removeprefix("-")
        if name not in offered or name in NEVER_ASKED:
            return None
        asked[name] = not word.startswith("-")
    added = frozenset(name for name, is_added in asked.items() if is_added)
    return Asked(added, frozenset(asked) - added)


def listed(offered: Mapping[str, str], version: int, overhead: int) -> list[str]:
    """Return the lists of CAP LS, each for one line that has `overhead` bytes besides.

    `offered` has each capability's value, "" for none. Before version 302 values are not shown,
    nor what means nothing without one, and there is one line, however long: it is cut at a name.
    """
    if version < VERSION_WITH_VALUES:
        return in_lines((name for name in offered if name not in NEVER_ASKED), overhead)[:1]
    words = (f"{name}={value}" if value else name for name, value in offered.items())
    return in_lines(words, overhead)


def in_lines(words: Iterable[str], overhead: int) -> list[str]:
    """Return words joined by spaces, as many in a line as fit beside `overhead` bytes."""
    lines = [""]
    for word in words:
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1] and len(longer.encode()) > BODY_BYTES - overhead:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def shown_request(text: str) -> str:
    """Return the parameter of a CAP REQ as ACK and NAK give it back."""
    return printable(text)[:LINE_BYTES]
