-- What a message has beside its text, where it has any: a JSON object; storage/manners.py.
ALTER TABLE messages ADD COLUMN more TEXT;
