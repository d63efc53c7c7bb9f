"""Answers about metadata."""

import attrs

from chatsvc.core.metadata import Change, Metadata


@attrs.frozen
class MetadataIs:
    """What is set; `target` is the nick or room as it is spelt."""

    target: str
    metadata: Metadata


@attrs.frozen
class MetadataChanged:
    """What was changed; what was so before is not among it."""

    target: str
    changes: tuple[Change, ...]
