"""Where durable events are kept: two implementations of `ports.Log` and their tools.

    memory        MemoryLog, for tests and for `--data :memory:`; memory_state has
                  what it remembers besides messages
    sqlite        SqliteLog, one database file in one folder; the parts it is made of:

      folder        the data folder: its lock, its first creation, what may be opened
      database      connections, the sentence for each way in which they fail
      schema/       the tables, as numbered SQL files; upgrades applies them
      statements    every SQL statement that is not in schema/
      encoding      how settings, roles, masks and stays stand in the tables
      loading       what a log returns when it is opened
      changes       what an append does to the tables; staying: to memberships and stays
      layout        how a room's id and a message's number become one row id
      numbering     the next numbers and ids, changed only by what is durable
      writer        appends; its docstring tells the whole story
      journal       one row for each commit: its encoding
      waiting       what is in the journal, as the writer remembers it
      housekeeping  moves the journal into the tables, sweeps deleted rooms, trims
      checkpoints   brings the write-ahead file into the database file
      rewriting     takes texts back, or gives messages others
      scrubbing     leaves nothing of them in the files; gaps fills pages for it
      undoing       takes back what a failed append may have left
      files         whether the database is still where it was
      trouble       tells the operator when writing fails and works again
      recent        the newest messages in memory, for pages without the disk
      reader        older pages and searches
      crew, bell    the threads in which writer and readers work; how they report
      terms         how text and search words are cut into terms

    certificate   the server's own certificate, beside the log in its folder
    maintenance   export, backup and verify, beside a running server

Nothing here knows the hub or a way in.
"""
