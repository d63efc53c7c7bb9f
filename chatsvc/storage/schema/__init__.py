"""The tables of chatsvc.db, as numbered SQL files.

    001.sql   makes schema version 1 in an empty database
    NNN.sql   turns version NNN - 1 into NNN

A new database goes through all of them, so there is one way to get a schema and
nothing that could differ from it. A file that was released is never edited.
`storage.upgrades` applies them.
"""
