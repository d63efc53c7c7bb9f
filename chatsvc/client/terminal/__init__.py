"""The client in a terminal: an editor, a screen, and the chat between them.

Pure, from the keys to the picture:

    keys         bytes -> keys: incremental UTF-8, escape sequences, bracketed paste
    graphemes    what one character is to a person, and how wide it is
    editor       the line being typed; with history
    secrets      which part of it is a password
    typed        what an entered line means, as one of intents; words is the table of all
                 words by subject, which makes manual, and meanings what follows them
    completion   what Tab makes of the word being typed
    model        rooms, transcripts, who is where; made of views
    screen       model and editor -> rows; with dress (looks), rows (wrapping)
    paint        rows -> bytes, only what changed

With Twisted:

    conversation   asks the chat what the person and the model want
    protocol       ChatTerminal, the TerminalProtocol; does not know where its terminal is
    local          run_terminal: the terminal this process was started in
"""
