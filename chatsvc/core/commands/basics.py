"""Commands that are about nothing but the connection."""

import attrs


@attrs.frozen
class Ping:
    """Ask for a sign of life that carries `token`."""

    token: str = ""


@attrs.frozen
class Help:
    """Ask what one can say, or how one verb is used."""

    verb: str = ""


@attrs.frozen
class Quit:
    """Leave every room and close the connection, perhaps with a reason."""

    reason: str = ""
