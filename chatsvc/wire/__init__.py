"""The line protocol `chatsvc/1` as text, without any I/O; server and client share it.

    framing   bytes -> lines: line ends, telnet options, the length limit
    foreign   other protocols that come to the wrong port
    table     the commands as people type them: verbs, syntax, help, parsers, formatters
    request   a line -> a Command, and back
    answer    a Reply, Refusal or Event -> bytes
    reading   a server's lines -> Replies, Refusals and Events, for clients
    times     milliseconds <-> ISO 8601

    request  = verb *(" " argument) line-end
    answer   = *( "=" " " row line-end ) ("+" / "-") " " rest line-end
    event    = "*" " " rest line-end
    line-end = LF / CR LF / CR NUL          (a server sends LF)

docs/protocol.md defines every form; its table of commands is made from `table`.
"""

PROTOCOL = "chatsvc/1"
"""Name and version of the protocol, as the greeting says it."""
