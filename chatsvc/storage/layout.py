"""How a message's place becomes its row id, so that a room is one range of ids.

    id = room id * 2**34 + number

That leaves room for 17 thousand million messages in a room and for 500 million
rooms, counted from the first start: temporary rooms come and go, and an id is
never given out twice. schema/001.sql uses the same number of bits.
"""

NUMBER_BITS = 34
LAST_NUMBER = (1 << NUMBER_BITS) - 1
LAST_ROOM_ID = (1 << (63 - NUMBER_BITS)) - 1


def message_id(room_id: int, number: int) -> int:
    """Return the row id of a message."""
    return room_id << NUMBER_BITS | number


def room_of(row_id: int) -> int:
    """Return the id of the room that a row id belongs to."""
    return row_id >> NUMBER_BITS


def number_of(row_id: int) -> int:
    """Return the number of the message that a row id belongs to."""
    return row_id & LAST_NUMBER
