"""WHOX: what WHO is asked for, `WHO mask %fields,token`.

The fields come in the answer in one order whatever order they are asked for in. Source:
https://ircv3.net/specs/extensions/whox
"""

import re
from collections.abc import Mapping

import attrs

FIELDS = "tcuihsnfdlaor"
"""Every field, in the order of the answer: token, channel, user, IP address, host, server,
nick, flags, hops, idle seconds, account, rank in the channel, real name."""

NO_ACCOUNT = "0"
NO_TOKEN = "0"  # noqa: S105 - of a query
NO_CHANNEL = "*"
HIDDEN_ADDRESS = "255.255.255.255"
"""What stands for an address that is nobody's business, as the specification says."""

_TOKEN = re.compile(r"[0-9]{1,3}")


@attrs.frozen
class Whox:
    """The fields that are asked for, in the order of the answer, and the token to return."""

    fields: str
    token: str = NO_TOKEN

    def row(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """Return the parameters of one RPL_WHOSPCRPL from the value of each field."""
        known = {**values, "t": self.token}
        return tuple(known[field] for field in self.fields)


def parse_whox(text: str) -> Whox | None:
    """Return what the second parameter of WHO asks for; None if it is not WHOX.

    What is no field is passed over; `o` alone is the old request for operators.
    """
    _flags, percent, rest = text.partition("%")
    if not percent:
        return None
    asked, _, token = rest.partition(",")
    fields = "".join(field for field in FIELDS if field in asked)
    if not fields:
        return None
    return Whox(fields, token if _TOKEN.fullmatch(token) else NO_TOKEN)


def wants_operators(text: str) -> bool:
    """Tell whether the second parameter of WHO asks for operators only: `o` before any `%`."""
    return "o" in text.partition("%")[0]
