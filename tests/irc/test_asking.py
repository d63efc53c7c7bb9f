"""A request's steps: in order, whatever they ask, and whatever is refused."""

from collections.abc import Iterator

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.commands import Ping
from chatsvc.core.errors import NoNick
from chatsvc.irc.asking import Ask, Request, Step
from chatsvc.irc.replies import Refused, Reply

ONE, TWO, THREE = (Reply("X", (word,)) for word in ("1", "2", "3"))


class RequestTests(SynchronousTestCase):
    def steps_of(self, request: Request) -> list[Step]:
        return list(iter(request.next_step, None))

    def test_lines_come_in_their_order(self) -> None:
        request = Request("X", "", lambda: [ONE, TWO])
        self.assertFalse(request.is_over)
        self.assertEqual(self.steps_of(request), [ONE, TWO])
        self.assertTrue(request.is_over)

    def test_what_is_shown_for_an_answer_comes_before_the_rest(self) -> None:
        ask = Ask(Ping(), lambda reply: [Reply("X", (reply,))])

        def steps() -> Iterator[Step]:
            yield ask
            yield THREE

        request = Request("X", "", steps)
        self.assertIs(request.next_step(), ask)
        request.take(ask, "2")
        self.assertEqual(self.steps_of(request), [TWO, THREE])

    def test_a_refusal_is_shown_as_the_command_says(self) -> None:
        request = Request("JOIN", "", lambda: ())
        request.take(Ask(Ping(), target="#tea"), NoNick())
        [line] = self.steps_of(request)
        assert isinstance(line, Reply)
        self.assertEqual(line.command, "451")
        request.take(Ask(Ping(), refuse=lambda _refusal: [TWO]), NoNick())
        self.assertEqual(self.steps_of(request), [TWO])

    def test_what_a_function_raises_is_its_last_line(self) -> None:
        def steps() -> Iterator[Step]:
            yield ONE
            raise Refused(TWO)

        def refuse() -> list[Step]:
            raise Refused(THREE)

        self.assertEqual(self.steps_of(Request("X", "", steps)), [ONE, TWO])
        self.assertEqual(self.steps_of(Request("X", "", refuse)), [THREE])

    def test_a_request_that_comes_too_fast_is_not_begun(self) -> None:
        request = Request("X", "", lambda: [ONE])
        request.refuse(NoNick())
        self.assertEqual(len(self.steps_of(request)), 1)
        self.assertTrue(request.is_over)
