"""A certificate that is renewed under the running server, well or badly."""

from typing import Any

from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.protocols.certificate_watch import (
    PATIENCE_SECONDS,
    POLL_SECONDS,
    SECONDS_BETWEEN_WARNINGS,
    WARN_DAYS,
    CertificateFiles,
    CertificateWatch,
)
from chatsvc.protocols.certificates import BadCertificate
from chatsvc.protocols.secure import Credentials
from tests.certificates import Pair, now, self_signed
from tests.storage.folders import temporary_folder


class WatchBench(SynchronousTestCase):
    def setUp(self) -> None:
        folder = temporary_folder(self)
        folder.mkdir()
        self.certificate_file, self.key_file = folder / "cert.pem", folder / "key.pem"
        self.clock = Clock()
        self.credentials = Credentials()
        self.watch = CertificateWatch(
            self.credentials,
            self.clock,
            CertificateFiles(self.certificate_file, self.key_file),
            lambda: now().timestamp(),
        )
        self.said: list[tuple[str, str]] = []
        globalLogPublisher.addObserver(self.hear)
        self.addCleanup(globalLogPublisher.removeObserver, self.hear)
        self.first = self.begin(self_signed("first.example"))

    def begin(self, pair: Pair) -> Pair:
        pair.write(self.certificate_file, self.key_file)
        self.watch.load()
        self.watch.startService()
        self.addCleanup(self.watch.stopService)
        return pair

    def hear(self, event: dict[str, Any]) -> None:
        if isinstance(event.get("log_source"), CertificateWatch):
            self.said.append((event["log_level"].name, event["log_format"].format(**event)))

    def passes(self, seconds: float) -> None:
        for _ in range(int(seconds / POLL_SECONDS)):
            self.clock.advance(POLL_SECONDS)

    def assert_shown(self, pair: Pair) -> None:
        assert self.credentials.certificate is not None
        self.assertEqual(self.credentials.certificate.fingerprint, pair.fingerprint)

    def assert_said(self, *lines: tuple[str, str]) -> None:
        """Check level and beginning of what was logged since the last time."""
        said, self.said = self.said, []
        self.assertEqual(len(said), len(lines), said)
        for (level, text), (expected_level, start) in zip(said, lines, strict=True):
            self.assertEqual((level, text[: len(start)]), (expected_level, start))


class WatchTests(WatchBench):
    """Files that change while the server runs."""

    def test_a_renewed_pair_is_taken_and_said_within_two_seconds(self) -> None:
        self.passes(60)
        self.assert_said()
        second = self_signed("second.example")
        second.write(self.certificate_file, self.key_file)
        self.passes(POLL_SECONDS)
        self.assert_shown(second)
        line = "From now on the TLS certificate is self-signed, for second.example, until "
        self.assert_said(("info", line))
        self.passes(60)
        self.assert_said()

    def test_a_pair_of_which_one_half_is_written_later_is_no_trouble(self) -> None:
        second = self_signed("second.example")
        self.certificate_file.write_bytes(second.certificate_pem)
        self.passes(PATIENCE_SECONDS - POLL_SECONDS)
        self.assert_shown(self.first)
        self.key_file.write_bytes(second.key_pem)
        self.passes(POLL_SECONDS)
        self.assert_shown(second)
        self.assert_said(("info", "From now on"))

    def test_a_wrong_pair_is_refused_once_and_the_old_one_stays(self) -> None:
        other = self_signed("second.example")
        for content, reason in (
            (b"nonsense", 'holds no certificate in PEM form."'),
            (other.certificate_pem, "does not belong to"),
            (other.certificate_pem[:300], "holds no certificate"),
        ):
            self.certificate_file.write_bytes(content)
            self.passes(3600)
            self.assert_shown(self.first)
            [(_, text)] = self.said
            self.assertIn(reason.rstrip('"'), text)
            line = "A new TLS certificate is not used, the old one stays: "
            self.assert_said(("error", line))

    def test_files_that_vanish_are_refused_once_and_taken_when_they_are_back(self) -> None:
        second = self_signed("second.example")
        self.certificate_file.unlink()
        self.key_file.unlink()
        self.passes(60)
        self.assert_said(("error", "A new TLS certificate is not used"))
        second.write(self.certificate_file, self.key_file)
        self.passes(POLL_SECONDS)
        self.assert_shown(second)

    def test_what_was_refused_is_taken_when_it_is_mended(self) -> None:
        second = self_signed("second.example")
        self.certificate_file.write_bytes(second.certificate_pem)
        self.passes(60)
        self.said.clear()
        self.key_file.write_bytes(second.key_pem)
        self.passes(POLL_SECONDS)
        self.assert_shown(second)

    def test_links_are_followed(self) -> None:
        """As certbot does it: the names stay, what they lead to changes."""
        second = self_signed("second.example")
        folder = self.certificate_file.parent
        second.write(folder / "cert2.pem", folder / "key2.pem")
        for path, target in ((self.certificate_file, "cert2.pem"), (self.key_file, "key2.pem")):
            path.unlink()
            path.symlink_to(target)
        self.passes(POLL_SECONDS)
        self.assert_shown(second)

    def test_the_same_certificate_written_again_is_no_news(self) -> None:
        self.first.write(self.certificate_file, self.key_file)
        self.passes(60)
        self.assert_said()

    def test_being_asked_to_reload_it_says_at_once_what_is_wrong(self) -> None:
        self.certificate_file.write_bytes(b"nonsense")
        self.watch.reload()
        self.assert_said(("error", "A new TLS certificate is not used"))
        second = self_signed("second.example")
        second.write(self.certificate_file, self.key_file)
        self.watch.reload()
        self.assert_shown(second)

    def test_it_looks_no_more_when_it_has_stopped(self) -> None:
        self.watch.stopService()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_the_first_one_must_be_right(self) -> None:
        files = CertificateFiles(self.certificate_file, self.certificate_file)
        watch = CertificateWatch(Credentials(), self.clock, files)
        self.assertRaises(BadCertificate, watch.load)


class EndTests(WatchBench):
    """What is said of a certificate that nobody renews."""

    def taken(self, days: float) -> None:
        pair = self_signed("old.example", days=days, since=-100)
        pair.write(self.certificate_file, self.key_file)
        self.passes(POLL_SECONDS)
        self.assert_shown(pair)

    def test_its_end_is_announced_two_weeks_before_once_a_day(self) -> None:
        self.taken(days=WARN_DAYS - 0.1)
        soon = ("warn", "The TLS certificate expires on ")
        self.assert_said(("info", "From now on"), soon)
        self.clock.advance(SECONDS_BETWEEN_WARNINGS - POLL_SECONDS * 2)
        self.assert_said()
        self.passes(POLL_SECONDS * 2)
        self.assert_said(soon)

    def test_one_with_more_time_is_not_worth_a_word(self) -> None:
        self.taken(days=WARN_DAYS + 0.1)
        self.assert_said(("info", "From now on"))

    def test_one_that_is_over_is_shown_and_complained_about(self) -> None:
        self.taken(days=-1)
        [_, (_, text)] = self.said
        self.assertRegex(text, r"^The TLS certificate expired on \S+: renew .*; the server needs")

    def test_a_new_one_ends_the_complaints(self) -> None:
        self.taken(days=-1)
        self_signed("new.example").write(self.certificate_file, self.key_file)
        self.passes(POLL_SECONDS)
        self.said.clear()
        self.passes(SECONDS_BETWEEN_WARNINGS / 10)
        self.assert_said()
