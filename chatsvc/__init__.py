"""chatsvc: a chat-room service on Twisted.

The house, from the street door down; a floor imports only what lies below it:

    tap, command        wire everything together: the daemon, the command line
    tls, daemon         the server's certificate; opening ports, and a start that fails
    protocols, client,  ways in, our own client, and the stores; neighbours
      storage           never import each other
    hub                 sessions -> commands -> decisions -> log -> deliveries
    ports               the typed seams between the hub and what plugs into it
    wire                text <-> commands, replies and events, without I/O
    core                what chat *is*: pure rules over attrs classes
"""

__version__ = "0.1.0"
