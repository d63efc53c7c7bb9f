"""What the core's sentences advise, in the words that people at an IRC client can type."""

import re

_WORDS = (
    (re.compile(r"\bdeop (\S+) (\S+?)([.;]|$)"), r"/msg ChanServ DEOP #\1 \2\3"),
    (re.compile(r"\bdevoice (\S+) (\S+?)([.;]|$)"), r"/msg ChanServ DEVOICE #\1 \2\3"),
    (re.compile(r"\blogin (\S+) PASSWORD\b"), r"/msg NickServ IDENTIFY \1 PASSWORD"),
    (re.compile(r"\bjoin (\S+) PASSWORD\b"), r"/join #\1 PASSWORD"),
    (re.compile(r": nick NAME\b"), ": /nick NAME"),
)


def in_irc_words(sentence: str) -> str:
    """Return a sentence of the core with IRC's words for what it says to type."""
    for pattern, words in _WORDS:
        sentence = pattern.sub(words, sentence)
    return sentence
