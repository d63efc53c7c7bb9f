"""The pure core: names, limits, errors, commands, events, rooms and the RoomManager.

Nothing here imports Twisted, reads a clock, draws a random number or touches a
disk; times are arguments, in milliseconds since 1970-01-01 UTC.
"""
