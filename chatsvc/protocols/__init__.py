"""Ways in: a Twisted Factory and Protocol each, thin translations over the hub.

    line        the line protocol chatsvc/1, for nc, telnet, our client and programs
    encoding    what its connections share: the bytes of events, sent to many at once
    outbox      bounded sending, one write per connection and reactor turn
    sending     the loops over all who are sent something; compiled where there is a compiler
    pages       long answers, a page at a time
    ending      closing so that the client gets all that it was sent
    sockets     what we ask of the kernel for each connection
    half_close  closing one direction alone
    secure      TLS below any of them; certificates: what is shown; certificate_watch: renewal
    doorkeeper  connections by address; accepting: a pause when descriptors run out
    listening   where to listen: endpoints, and what to tell the operator about them
    room_ports  a listening socket of its own for each room

A new way in implements `ports.Connection` and passes tests/contracts/connection.py.
"""
