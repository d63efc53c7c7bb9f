"""IRC: how it is written, what each command does, how events are told.

The protocol (`protocols.irc`) cuts lines, has the commands carried out one after the other and
sends what comes of it. Nothing here knows a socket, a clock or chance: times, keys and nonces
are arguments.

What is done:

    commands      what each command does, in steps
    asking        the steps: lines of the answer, commands for the core
    encode        events -> lines, the same for all clients of a shape
    telling       what one client is told in a way of its own
    client        one connection, as the commands see it; with registration and login
    house         what is the same for every connection

How it is written, as pure functions over strings:

    message       a line <-> tags, source, command, parameters
    replies       what the server answers: numerics and standard replies, and `Refused`
    refusals      what a refusal of the core is in IRC; advice, its sentence in IRC's words
    scribe        lines that come from people, with the tags of a shape
    numerics      every numeric with its text
    capabilities  what a client may ask for; which of it changes the bytes of events
    offers        what one connection is offered of that, by its TLS
    isupport      the tokens of 005
    channels      channel names <-> room names
    sources       nick!user@host, user names, cloaks in place of addresses
    modes         mode strings <-> changes
    room_modes    what is set in a room as letters; user_modes, the same of users
    hostmasks     masks as IRC writes them <-> masks of the core
    texts         formatting codes, CTCP, lines that are too long
    msgids        message ids <-> room and number
    elist, whox   what LIST and WHO are asked for
    chathistory   what CHATHISTORY is asked for
    labels        the answer to a request that has a label
    client_batch  one text of many lines
    metadata      what its two capabilities tell
    manners       what is said at a wrong door
    sasl, scram   AUTHENTICATE in pieces, PLAIN, SCRAM-SHA-256

The specifications: modern.ircdocs.horse ("Modern"), RFC 1459, RFC 2812, ircv3.net/specs.
"""
