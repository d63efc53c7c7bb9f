"""The options of `twistd chatsvc`, without starting anything."""

from ipaddress import ip_network
from pathlib import Path
from typing import Any

import attrs
from twisted.internet.defer import execute
from twisted.internet.task import Clock
from twisted.python.usage import UsageError
from twisted.trial.unittest import SynchronousTestCase, TestCase

from chatsvc.core.addresses import LOOPBACK
from chatsvc.core.errors import BadLogin, NotAllowed
from chatsvc.core.limits import DEFAULT_LIMITS, LIFTABLE, LIFTED, Limits
from chatsvc.core.names import Nick
from chatsvc.identity.making import make_identity
from chatsvc.identity.portal import PortalIdentity
from chatsvc.identity.turns import Turns
from chatsvc.irc.offers import Sts
from chatsvc.protocols.listening import DualStackEndpoint
from chatsvc.protocols.secure import SecureEndpoint, SecureFactory
from chatsvc.tap import ChatService, Options, makeService
from tests.storage.folders import temporary_folder


def options(*words: str) -> Options:
    """Return the options that a command line means."""
    parsed = Options()
    parsed.parseOptions(words)
    return parsed


class OptionsTests(TestCase):
    def assert_refused(self, sentence: str, *words: str) -> None:
        error = self.assertRaises(UsageError, options, *words)
        self.assertRegex(str(error), sentence)

    def test_without_options_there_is_a_lobby_and_the_default_limits(self) -> None:
        hub = options().hub_options()
        self.assertEqual((hub.lobby, hub.limits, hub.welcome), ("lobby", DEFAULT_LIMITS, ""))

    def test_an_empty_lobby_is_none(self) -> None:
        self.assertIsNone(options("--lobby", "").hub_options().lobby)

    def test_ports_are_numbers_or_endpoints_and_may_be_repeated(self) -> None:
        words = ("-p", "0", "--port", "tcp:0:interface=127.0.0.1", "-p", "unix:x.sock")
        self.assertEqual(options(*words)["ports"], list(words[1::2]))

    def test_tls_takes_what_port_takes_and_may_be_repeated(self) -> None:
        words = ("--tls", "0", "--tls", "tcp:0:interface=127.0.0.1", "--cert", "c.pem")
        parsed = options(*words)
        self.assertEqual(parsed["tls"], ["0", "tcp:0:interface=127.0.0.1"])
        self.assertEqual((parsed["cert"], parsed["key"]), (Path("c.pem"), None))

    def test_tls_options_that_do_not_fit_together(self) -> None:
        self.assert_refused("--cert: a certificate is for --tls", "--cert", "c.pem")
        self.assert_refused("--key: a key belongs to a cert", "--tls", "0", "--key", "k.pem")
        self.assert_refused("--cert: the name of a file", "--tls", "0", "--cert", "")
        self.assert_refused("99999 is not a port", "--tls", "99999")
        self.assert_refused('"nonsense" is neither', "--tls", "nonsense")
        for where in ("ssl:8124:privateKey=k.pem", "haproxy:ssl:8124"):
            self.assert_refused("has TLS of its own; --tls needs a port", "--tls", where)

    def test_a_limit_is_an_option_with_its_range(self) -> None:
        self.assertEqual(options("--line-bytes", "512").limits().line_bytes, 512)
        self.assert_refused("--line-bytes: a number from 512 to 65536", "--line-bytes", "511")
        self.assert_refused("--sessions: a whole number", "--sessions", "many")

    def test_no_limits_lifts_rates_and_counts_and_nothing_that_bounds_memory(self) -> None:
        lifted, usual = options("--no-limits").limits(), DEFAULT_LIMITS
        for field in attrs.fields(Limits):
            expected = LIFTED if field.name in LIFTABLE else getattr(usual, field.name)
            self.assertEqual(getattr(lifted, field.name), expected, field.name)
        bounds = ("line_bytes", "unread_bytes", "stuck_seconds", "pending_requests")
        self.assertEqual(set(bounds) & set(LIFTABLE), set())

    def test_a_limit_that_is_given_holds_with_no_limits_too(self) -> None:
        for words in (("--no-limits", "--rooms", "10000"), ("--rooms", "10000", "--no-limits")):
            limits = options(*words).limits()
            self.assertEqual((limits.rooms, limits.sessions), (10_000, LIFTED))

    def test_this_machine_is_exempt_unless_it_is_said_who_is(self) -> None:
        self.assertEqual(options().exempt(), LOOPBACK)
        self.assertEqual(options("--exempt", "none").exempt(), ())
        words = ("--exempt", "192.0.2.7", "--exempt", "2001:db8::/32")
        networks = [str(network) for network in options(*words).exempt()]
        self.assertEqual(networks, ["192.0.2.7/32", "2001:db8::/32"])
        self.assert_refused("--exempt: an address or network such as", "--exempt", "school")

    def test_the_range_of_room_ports_goes_up_within_what_ports_are(self) -> None:
        self.assertEqual(options("--room-ports", "9000-9099")["room-ports"], (9000, 9099))
        for word in ("9-5", "0-5", "5", "a-b", "65535-65536", "-5", "1-2-3"):
            self.assert_refused("--room-ports: a range", "--room-ports", word)

    def test_names_and_texts_are_checked(self) -> None:
        self.assert_refused("--lobby: ", "--lobby", "#lobby")
        self.assert_refused("--name: ", "--name", 'a"b')
        self.assert_refused("--name: ", "--name", "x" * 61)
        self.assert_refused("--welcome: ", "--welcome", "a\x1b[2J")

    def test_nonsense_is_a_sentence(self) -> None:
        self.assert_refused('"nonsense" is neither a port number nor', "--port", "nonsense")
        self.assert_refused("99999 is not a port", "--port", "99999")
        self.assert_refused("--grace: a whole number is needed", "--grace", "soon")
        self.assert_refused('"surplus" is not an option', "surplus")

    def test_passwords_cost_what_they_should_unless_a_test_says_otherwise(self) -> None:
        self.assertEqual(options()["password-cost"], "normal")
        self.assertEqual(options("--password-cost", "test")["password-cost"], "test")
        self.assert_refused("--password-cost: normal or test", "--password-cost", "cheap")

    def test_a_checker_is_a_command_that_is_there(self) -> None:
        self.assertEqual(options("--checker", "true 'a b'")["checker"], ["true", "a b"])
        self.assert_refused("--checker: a command is needed", "--checker", "")
        self.assert_refused("--checker: there is no program", "--checker", "no-such-program x")
        self.assert_refused("--checker: a quotation mark", "--checker", "true 'a")

    def test_a_checker_of_twisted_takes_names_and_passwords(self) -> None:
        self.assertEqual(len(options("--auth", "memory:ann:sesame")["credCheckers"]), 1)
        self.assert_refused("not recognized", "--auth", "no-such-type")
        self.assert_refused("not supported", "--auth", "anonymous")

    def test_only_one_can_say_who_somebody_is(self) -> None:
        memory = ("--auth", "memory:ann:sesame")
        self.assert_refused("only one", *memory, "--auth", "memory:bob:x")
        self.assert_refused("only one", *memory, "--checker", "true")

    def test_wrong_logins_are_counted_for_every_address_that_is_not_named(self) -> None:
        self.assertEqual(options().identity_options().exempt, ())
        self.assertEqual(options("--exempt", "none").identity_options().exempt, ())
        named = options("--exempt", "127.0.0.1").identity_options().exempt
        self.assertEqual(named, (ip_network("127.0.0.1/32"),))

    def test_help_says_each_default_once(self) -> None:
        for line in options().getUsage().replace("\n", " ").split("--"):
            self.assertLessEqual(line.count("[default"), 1, line)


class Threads:
    """What `make_identity` needs of threads, without any."""

    turns = Turns(1, 0)

    def run(self, job: Any) -> Any:
        return execute(job)


class IdentityTests(SynchronousTestCase):
    """What says who somebody is, as the options ask for it."""

    def identity(self, *words: str) -> PortalIdentity:
        threads: Any = Threads()
        identity, _ = make_identity(
            options(*words).identity_options(), lambda _: None, lambda *_: None, Clock(), threads
        )
        return identity

    def test_usually_there_are_accounts_of_our_own(self) -> None:
        identity = self.identity("--password-cost", "test")
        secret = self.successResultOf(identity.hash("sesame"))
        self.assertTrue(secret.startswith("$argon2id$v=19$m=8,t=1,p=1$"))
        self.failureResultOf(identity.check(Nick("ann"), "sesame", ""), BadLogin)

    def test_a_checker_stands_in_their_place(self) -> None:
        passwords = temporary_folder(self)
        passwords.write_text("ann:sesame\n")
        identity = self.identity("--auth", f"file:{passwords}")
        self.failureResultOf(identity.hash("sesame"), NotAllowed)
        checked = identity.check(Nick("ann"), "sesame", "")
        self.assertEqual(self.successResultOf(checked), "ann")
        self.failureResultOf(identity.check(Nick("ann"), "open", ""), BadLogin)

    def test_a_command_stands_in_their_place(self) -> None:
        self.failureResultOf(self.identity("--checker", "true").hash("sesame"), NotAllowed)


class WhereTests(TestCase):
    """Which interfaces a bare number means."""

    def hosts(self, *words: str) -> list[str]:
        """Return the IPv4 addresses that are listened on, those with TLS with an "s"."""
        found = []
        for listener in makeService(options("--data", ":memory:", *words)):
            endpoint = getattr(listener, "_endpoint", None)
            secure = isinstance(endpoint, SecureEndpoint)
            below = endpoint.endpoint if secure else endpoint
            if isinstance(below, DualStackEndpoint):
                found.append(below.ipv4 + "s" * secure)
        return found

    def test_without_tls_it_means_all_of_them(self) -> None:
        self.assertEqual(self.hosts("--port", "0"), ["0.0.0.0"])

    def test_with_tls_plain_text_stays_on_this_machine(self) -> None:
        self.assertEqual(self.hosts("--tls", "0"), ["127.0.0.1", "0.0.0.0s"])
        self.assertEqual(self.hosts("--tls", "0", "--port", "0"), ["127.0.0.1", "0.0.0.0s"])

    def test_unless_an_endpoint_says_otherwise(self) -> None:
        self.assertEqual(self.hosts("--tls", "0", "--port", "tcp:0"), ["0.0.0.0s"])

    def test_room_ports_are_where_tls_is(self) -> None:
        service = makeService(
            options("--data", ":memory:", "--tls", "0", "--room-ports", "9000-9001")
        )
        room_ports = service._room_ports
        assert room_ports is not None
        self.assertEqual(room_ports.endpoint.ipv4, "0.0.0.0")
        self.assertIsInstance(room_ports.secured(room_ports.factory), SecureFactory)


class MakeServiceTests(TestCase):
    def test_making_the_service_opens_nothing(self) -> None:
        service = makeService(options("--data", "/nowhere/data", "--room-ports", "9000-9001"))
        self.assertIsInstance(service, ChatService)
        self.assertFalse(service.running)


class IrcOptionsTests(TestCase):
    def assert_refused(self, sentence: str, *words: str) -> None:
        error = self.assertRaises(UsageError, options, *words)
        self.assertRegex(str(error), sentence)

    def test_bad_values_are_refused_in_a_sentence(self) -> None:
        self.assert_refused('"nonsense" is neither', "--irc", "nonsense")
        self.assert_refused("has TLS of its own", "--irc-tls", "ssl:1:privateKey=x")
        self.assert_refused("--irc-name: a name such as", "--irc-name", "nodot")
        self.assert_refused("--irc-network: one word", "--irc-network", "two words")
        self.assert_refused("--irc-info: a description", "--irc-info", "x" * 200)
        self.assert_refused("--irc-replay: a number from 0", "--irc-replay", "5000")
        self.assert_refused("say on which port with --irc-tls", "--irc-sts", "60")
        self.assert_refused("locks out who does not believe", "--irc-sts", "60", "--irc-tls", "1")
        self.assert_refused("belongs to --irc-sts", "--irc-sts-port", "6697")
        self.assert_refused("a port is a number", "--irc-sts-port", "66000")
        words = ("--irc-sts", "60", "--cert", "c.pem", "--irc-tls")
        self.assert_refused("which port clients reach", *words, "unix:/run/x")
        self.assert_refused("which port clients reach", *words, "0")
        self.assert_refused("--irc-motd: cannot read", "--irc-motd", "/nowhere/motd")
        self.assert_refused("--irc-password: cannot read", "--irc-password", "@/nowhere/password")
        self.assert_refused("--irc-password: a password has", "--irc-password", "")

    def test_a_message_of_the_day_and_a_password_from_files(self) -> None:
        folder = Path(temporary_folder(self))
        folder.mkdir(exist_ok=True)
        (folder / "motd").write_text("Tea\n\n\tat four\x1b[31m", encoding="utf-8")
        (folder / "password").write_text("s3cret\nmore", encoding="utf-8")
        words = ("--irc-motd", str(folder / "motd"), "--irc-password", f"@{folder / 'password'}")
        parsed = options(*words)
        self.assertEqual(parsed["irc-motd"], ("Tea", " ", "        at four\ufffd[31m"))
        self.assertEqual(parsed["irc-password"], "s3cret")

    def test_the_port_that_clients_are_sent_to(self) -> None:
        """It is that of --irc-tls, or one named beside it."""
        words = ("--irc-sts", "60", "--cert", "c.pem", "--irc-tls")
        self.assertIsNone(options().sts)
        self.assertEqual(options(*words, "6697").sts, Sts(6697, 60))
        self.assertEqual(options(*words, "haproxy:tcp:7000:interface=127.0.0.1").sts, Sts(7000, 60))
        self.assertEqual(options(*words, "unix:/x", "--irc-sts-port", "9").sts, Sts(9, 60))
        self.assertEqual(options("--irc-sts", "0", "--irc-tls", "6697").sts, Sts(6697, 0))

    def test_a_certificate_is_for_irc_too(self) -> None:
        self.assertTrue(options("--irc-tls", "0", "--cert", "c.pem").has_tls)

    def test_plain_irc_is_for_this_machine_once_there_is_tls(self) -> None:
        parsed = options("--irc", "0", "--irc-tls", "0", "--data", ":memory:")
        [(endpoint, _)] = parsed.irc_endpoints(Clock(), parsed.has_tls)
        self.assertEqual(vars_of(endpoint), vars_of(DualStackEndpoint.loopback(Clock(), 0)))
        self.assertIsInstance(makeService(parsed), ChatService)


def vars_of(endpoint: Any) -> tuple[Any, ...]:
    """Return what an endpoint listens on."""
    fields = (each for each in attrs.fields(type(endpoint)) if each.name != "reactor")
    return tuple(getattr(endpoint, each.name) for each in fields if "reactor" not in each.name)
