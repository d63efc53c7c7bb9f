"""IRC as it is written: lines, numerics, tokens, names, modes; pure functions over strings.

What IRC says to our core, and our core to IRC, is put together from these by the protocol
(`protocols.irc`). Nothing here knows a socket, a clock or chance: times, keys and nonces are
arguments.

    message       a line <-> tags, source, command, parameters
    replies       what the server answers: numerics and standard replies, and `Refused`
    refusals      what a refusal of the core is in IRC
    numerics      every numeric with its text
    capabilities  what a client may ask for; which of it changes the bytes of events
    isupport      the tokens of 005
    channels      channel names <-> room names
    sources       nick!user@host, user names, cloaks in place of addresses
    modes         mode strings <-> changes
    hostmasks     masks as IRC writes them <-> masks of the core
    texts         formatting codes, CTCP, lines that are too long
    msgids        message ids <-> room and number
    elist, whox   what LIST and WHO are asked for
    chathistory   what CHATHISTORY is asked for
    labels        the answer to a request that has a label
    client_batch  one text of many lines
    sasl, scram   AUTHENTICATE in pieces, PLAIN, SCRAM-SHA-256

The specifications: modern.ircdocs.horse ("Modern"), RFC 1459, RFC 2812, ircv3.net/specs.
"""
