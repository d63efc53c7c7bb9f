"""The chat on a terminal, wherever that is: keys come in, screens go out.

    ChatTerminal        an insults TerminalProtocol: editor, model and screen together
    TerminalTransport   insults' ServerProtocol, but it hands on bytes, not half characters

`ChatTerminal` does not know where its terminal is. `terminal.run_terminal` puts it on
the one this process was started in; the SSH door chains a `TerminalTransport` to its
session, calls `terminalSize`, and is done.
"""

import time
from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any

import attrs
from twisted.conch.insults.insults import ServerProtocol, TerminalProtocol
from twisted.internet.defer import Deferred
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from chatsvc.client.terminal.completion import Cycle, offer
from chatsvc.client.terminal.conversation import CHAT_ENDS_WITHIN, Chat, Conversation
from chatsvc.client.terminal.editor import INPUT_BYTES, LineEditor
from chatsvc.client.terminal.keys import Key, KeyDecoder, Pressed
from chatsvc.client.terminal.model import Model
from chatsvc.client.terminal.paint import ENTER_SCREEN, LEAVE_SCREEN, Painter
from chatsvc.client.terminal.screen import Window
from chatsvc.client.waiting import within
from chatsvc.core.text import printable
from chatsvc.ports import Clock, DelayedCall

ESCAPE_WITHIN = 0.1
"""Seconds after which an Escape, or a part of a sequence, that nothing follows is forgotten."""

PASTE_WITHIN = 1.0
"""Seconds without a byte after which a paste is over, though nothing said so."""


@attrs.frozen
class TerminalOptions:
    """How a terminal is used: `colour` shows colours, `completion` lets Tab complete.

    `notices` are sentences that are shown when it begins.
    """

    colour: bool = True
    completion: bool = True
    notices: tuple[str, ...] = ()


class TerminalTransport(ServerProtocol):
    """Pass bytes between a transport and a `ChatTerminal`, both ways as they are.

    insults would cut UTF-8 into bytes, take parts of unknown sequences for keys, and
    reset the whole terminal at the end.
    """

    transport: Any

    def dataReceived(self, data: bytes) -> None:
        """Hand on what was typed."""
        if self.terminalProtocol is not None:
            self.terminalProtocol.dataReceived(data)

    def write(self, data: bytes) -> None:
        """Send bytes to the terminal."""
        self.transport.write(data)

    def loseConnection(self) -> None:
        """Close the connection to the terminal once everything is sent."""
        self.transport.loseConnection()


class ChatTerminal(TerminalProtocol):
    """Let one person chat on one terminal.

    `done` fires when the terminal is left as it was found and its connection is closed:
    with a sentence that says why, or with the failure of a bug of ours. `suspend` is
    called for Ctrl+Z, None where there is nothing to suspend. `now` returns seconds since
    1970 UTC. `is_hurried` says that the person asked twice to end.
    """

    def __init__(
        self,
        chat: Chat,
        options: TerminalOptions,
        clock: Clock,
        suspend: Callable[[], object] | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.done: Deferred[str] = Deferred()
        self.is_hurried = False
        self._chat = chat
        self._options = options
        self._clock = clock
        self._suspend = suspend
        self._model = Model(lambda: int(now() * 1000))
        self._conversation = Conversation(chat, self._model, self._changed, self.end, self._broke)
        self._editor = LineEditor()
        self._window = Window(self._model, self._editor, options.colour)
        self._painter = Painter(options.colour)
        self._decoder = KeyDecoder()
        self._cycle: Cycle | None = None
        self._drawing: DelayedCall | None = None
        self._escape: DelayedCall | None = None
        self._is_paused = False
        self._result: str | Failure | None = None

    # The terminal

    def connectionMade(self) -> None:
        """Take over the screen and begin."""
        self.terminal.write(ENTER_SCREEN)
        if register := getattr(self.terminal.transport, "registerProducer", None):
            register(self, True)
        self._guard(self._conversation.start)
        for sentence in self._options.notices:
            self._model.problem(sentence)
        self._changed()

    def terminalSize(self, width: int, height: int) -> None:
        """Use a screen of this size from now on."""
        self._window.resize(width, height)
        self._model.height = height
        self.redraw()

    def dataReceived(self, data: bytes) -> None:
        """Take what was typed."""
        self._guard(lambda: self._press_all(self._decoder.feed(data)))
        self._wait_for_escape()

    def connectionLost(self, _reason: Failure = connectionDone) -> None:
        """Note that the terminal is gone, and end everything that is not over yet."""
        result = self._stop("The terminal was closed.")
        self._chat.close()
        done, self.done = self.done, Deferred()
        done.callback(result)

    def redraw(self) -> None:
        """Draw the whole screen anew, whatever is on it."""
        self._painter.forget()
        self._changed()

    def resume(self) -> None:
        """Take over the screen again, after it was given back for a while."""
        self.terminal.write(ENTER_SCREEN)
        self.redraw()

    # Ending

    def end(self) -> None:
        """Say goodbye to the chat and leave; the second time, leave at once."""
        bye = f"You left {self._chat.server_name or 'the chat'}. Goodbye."
        if self._model.is_leaving:
            self.is_hurried = True
            self.leave(bye)
            return
        self._model.leaving()
        self._changed()
        closing = within(self._chat.close(), CHAT_ENDS_WITHIN, self._clock)
        closing.addBoth(lambda _: self.leave(bye))

    def leave(self, reason: str | Failure) -> None:
        """Give the screen back and close the terminal's connection, now."""
        if self._result is not None:
            return
        shown = reason if isinstance(reason, str) else "The client broke."
        unsaid = [f"Not said: {printable(text)}" for text in self._conversation.unsaid]
        self._stop(reason)
        farewell = "".join(f"{line}\r\n" for line in (shown, *unsaid))
        self.terminal.write(LEAVE_SCREEN + farewell.encode())
        self.terminal.loseConnection()

    def _stop(self, result: str | Failure) -> str | Failure:
        """Do nothing any more; return the result, which is the first one given."""
        if self._result is None:
            self._result = result
            self._conversation.stop()
            self._cancel(self._drawing, self._escape)
            if unregister := getattr(self.terminal.transport, "unregisterProducer", None):
                unregister()
        return self._result

    def _broke(self, failure: Failure) -> None:
        self.leave(failure)

    def _guard(self, action: Callable[..., object], *arguments: object) -> None:
        """Do something; if that meets a bug of ours, leave with it."""
        if self._result is not None:
            return
        try:
            action(*arguments)
        except Exception:
            self._broke(Failure())

    def _cancel(self, *calls: DelayedCall | None) -> None:
        for call in calls:
            if call is not None and call.active():
                call.cancel()

    # Keys

    def _press_all(self, keys: Iterable[Key]) -> None:
        """Press keys one after the other, but put in at once what was typed or pasted at once."""
        for _, group in groupby(keys, lambda key: isinstance(key, Pressed)):
            text = ""
            for key in group:
                if isinstance(key, Pressed):
                    self._press(key.name)
                else:
                    text += key.text
            if text:
                self._insert(text)
        self._changed()

    def _press(self, name: str) -> None:
        if self._model.is_leaving:
            if name == "ctrl-c":
                self.end()
            return
        if name not in ("tab", "shift-tab"):
            self._cycle = None
        if edit := _EDITING.get(name):
            edit(self._editor)
        elif act := _ACTIONS.get(name):
            act(self)
        elif name.startswith("alt-") and name[4:].isdecimal():
            self._window.to_end()
            self._model.go_to_number(int(name[4:]))

    def _insert(self, text: str) -> None:
        self._cycle = None
        if not self._model.is_leaving and not self._editor.insert(text):
            self._model.problem(
                f"Only a part of this fits: the line you type may be {INPUT_BYTES} bytes long."
            )

    def _enter(self) -> None:
        self._window.to_end()
        text = self._editor.submit()
        if rest := self._conversation.enter(text):
            self._editor.restore(rest)

    def _delete_or_end(self) -> None:
        if self._editor.text:
            self._editor.delete()
        else:
            self.end()

    def _complete(self, forward: bool) -> None:
        if not self._options.completion:
            return
        if self._cycle is None:
            found = offer(self._editor.before, self._model.names)
            if not found.choices:
                return
            self._cycle = Cycle(found)
        self._editor.replace_before(*self._cycle.step(forward))

    def _go(self, by: int) -> None:
        self._window.to_end()
        self._model.step(by)

    def _be_suspended(self) -> None:
        if self._suspend is not None:
            self._suspend()

    def _wait_for_escape(self) -> None:
        self._cancel(self._escape)
        if self._decoder.is_waiting and self._result is None:
            delay = PASTE_WITHIN if self._decoder.is_pasting else ESCAPE_WITHIN
            self._escape = self._clock.callLater(delay, self._guard, self._nothing_follows)

    def _nothing_follows(self) -> None:
        self._press_all(self._decoder.flush())

    # Drawing

    def _changed(self) -> None:
        """Draw at the end of this reactor turn, once for all that changed in it."""
        if self._drawing is None and not self._is_paused and self._result is None:
            self._drawing = self._clock.callLater(0, self._guard, self._draw)

    def _draw(self) -> None:
        self._drawing = None
        drawn = self._painter.paint(self._window.frame())
        if drawn:
            self.terminal.write(drawn)

    def pauseProducing(self) -> None:
        """Draw nothing while the terminal does not keep up."""
        self._is_paused = True

    def resumeProducing(self) -> None:
        """Draw what changed meanwhile."""
        self._is_paused = False
        self._changed()

    def stopProducing(self) -> None:
        """Draw no more: the terminal is gone."""
        self._is_paused = True


_EDITING: dict[str, Callable[[LineEditor], object]] = {
    "left": LineEditor.left,
    "ctrl-b": LineEditor.left,
    "right": LineEditor.right,
    "ctrl-f": LineEditor.right,
    "home": LineEditor.home,
    "ctrl-a": LineEditor.home,
    "end": LineEditor.end,
    "ctrl-e": LineEditor.end,
    "alt-b": LineEditor.word_left,
    "ctrl-left": LineEditor.word_left,
    "alt-f": LineEditor.word_right,
    "ctrl-right": LineEditor.word_right,
    "backspace": LineEditor.backspace,
    "delete": LineEditor.delete,
    "ctrl-k": LineEditor.kill_to_end,
    "ctrl-u": LineEditor.kill_to_start,
    "ctrl-w": LineEditor.kill_blank_word,
    "alt-backspace": LineEditor.kill_word_left,
    "alt-d": LineEditor.kill_word_right,
    "ctrl-y": LineEditor.yank,
    "up": LineEditor.older,
    "down": LineEditor.newer,
}

_ACTIONS: dict[str, Callable[[Any], object]] = {
    "enter": ChatTerminal._enter,
    "tab": lambda terminal: terminal._complete(forward=True),
    "shift-tab": lambda terminal: terminal._complete(forward=False),
    "page-up": lambda terminal: terminal._window.page_up(),
    "page-down": lambda terminal: terminal._window.page_down(),
    "ctrl-end": lambda terminal: terminal._window.to_end(),
    "ctrl-n": lambda terminal: terminal._go(1),
    "alt-right": lambda terminal: terminal._go(1),
    "ctrl-p": lambda terminal: terminal._go(-1),
    "alt-left": lambda terminal: terminal._go(-1),
    "ctrl-l": ChatTerminal.redraw,
    "ctrl-c": ChatTerminal.end,
    "ctrl-d": ChatTerminal._delete_or_end,
    "ctrl-z": ChatTerminal._be_suspended,
}
