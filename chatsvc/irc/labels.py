"""Labels: a client names a request, and the whole answer to it carries that name once.

    no line      @label=L ACK
    one line     @label=L ...
    a batch      the label is on the line that opens it
    more lines   a batch of type labeled-response about them

Source: https://ircv3.net/specs/extensions/labeled-response, which needs `batch` as well.
"""

from collections.abc import Sequence

from chatsvc.irc.message import Message, Written

NEEDS = frozenset({"batch", "labeled-response"})
"""Without both of these a label means nothing."""

BATCH_TYPE = "labeled-response"

_BATCH = "BATCH"


def labeled(
    lines: Sequence[Message | Written], label: str, reference: str, server: str
) -> tuple[Message | Written, ...]:
    """Return the lines of an answer with the label; `reference` is a batch id not in use.

    "Servers MUST include the tag in exactly one logical message."
    """
    if not lines:
        return (Message("ACK", (), server, {"label": label}),)
    first, *rest = lines
    if not rest or _is_one_batch(lines):
        return (first.tagged("label", label), *rest)
    inside = (within(line, reference) for line in lines)
    return (opened(label, reference, server), *inside, closed(reference, server))


def opened(label: str, reference: str, server: str) -> Message:
    """Return the line that begins the batch of an answer, which has the label."""
    return Message(_BATCH, (f"+{reference}", BATCH_TYPE), server, {"label": label})


def closed(reference: str, server: str) -> Message:
    """Return the line that ends the batch of an answer."""
    return Message(_BATCH, (f"-{reference}",), server)


def _is_one_batch(lines: Sequence[Message | Written]) -> bool:
    """Tell whether the first line opens a batch which the last one ends."""
    first, last = lines[0], lines[-1]
    if not (isinstance(first, Message) and isinstance(last, Message)):
        return False
    if first.command != _BATCH or last.command != _BATCH:
        return False
    reference = first.param(0)
    return reference.startswith("+") and last.param(0) == f"-{reference[1:]}"


def within(line: Message | Written, reference: str) -> Message | Written:
    """Return a line as it stands in a batch; one that is in another batch stays there.

    Of a batch in the batch both the line that begins it and the one that ends it carry the
    tag: "end of batch `inner` is tagged by batch `outer`" (batch).
    """
    return line if line.is_in_batch else line.tagged("batch", reference)
