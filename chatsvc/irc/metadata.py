"""Metadata as IRC names it: two capabilities, what they tell, and the words for refusals.

`draft/metadata-2` is https://ircv3.net/specs/extensions/metadata. `draft/metadata-3` is what
is discussed as its successor (https://github.com/ircv3/ircv3-specifications/pull/613): changes
are told by the numerics that answer requests, and two refusals have other codes.
"""

from chatsvc.core.limits import METADATA_KEYS, METADATA_SUBSCRIPTIONS, METADATA_VALUE_BYTES

V2 = "draft/metadata-2"
V3 = "draft/metadata-3"

VALUE = (
    f"before-connect,max-subs={METADATA_SUBSCRIPTIONS},max-keys={METADATA_KEYS},"
    f"max-value-bytes={METADATA_VALUE_BYTES}"
)
"""What both capabilities tell; it needs no quoting in a list between spaces."""

COMMAND = "METADATA"

VISIBLE = "*"
"""The visibility of a key: "an asterisk (*) for keys visible to everyone"."""

OF_REQUEST = "metadata"
"""The type of a batch of values."""

OF_SUBSCRIPTIONS = "metadata-subs"
"""The type of a batch of keys that a client asked for."""

INVALID_KEY = {V3: "INVALID_KEY", V2: "KEY_INVALID"}
INVALID_VALUE = {V3: "INVALID_VALUE", V2: "VALUE_INVALID"}
"""The codes of refusals, by capability."""
