"""Connections are counted by address: so many at once, so many new ones, nobody remembered long."""

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core import admission
from chatsvc.core.addresses import LOOPBACK, group_of, parse_network
from chatsvc.core.admission import TOLD_PER_WAIT, Admission, Hopeless
from chatsvc.core.errors import TooMany
from chatsvc.core.limits import Limits


class GroupTests(SynchronousTestCase):
    def test_an_ipv4_address_stands_for_itself(self):
        self.assertNotEqual(group_of("192.0.2.1"), group_of("192.0.2.2"))

    def test_an_ipv6_address_stands_for_its_64(self):
        first = group_of("2001:db8:1:2::1")
        self.assertEqual(first, group_of("2001:db8:1:2:ffff:ffff:ffff:ffff"))
        self.assertNotEqual(first, group_of("2001:db8:1:3::1"))
        self.assertEqual(group_of("fe80::1%eth0"), group_of("fe80::2"))

    def test_an_ipv4_address_written_as_ipv6_is_an_ipv4_address(self):
        self.assertEqual(group_of("::ffff:192.0.2.1"), group_of("192.0.2.1"))
        self.assertIsNone(group_of("::ffff:127.0.0.1", LOOPBACK))

    def test_an_ipv4_address_and_an_ipv6_network_are_never_the_same(self):
        self.assertNotEqual(group_of("0.0.0.1"), group_of("0:0:0:1::"))

    def test_what_is_exempt_or_no_address_is_not_counted(self):
        for host in ("127.0.0.1", "127.255.255.255", "::1", "memory", ""):
            self.assertIsNone(group_of(host, LOOPBACK), host)
        for host in ("128.0.0.0", "126.255.255.255", "::2"):
            self.assertIsNotNone(group_of(host, LOOPBACK), host)

    def test_a_network_is_an_address_with_or_without_a_prefix(self):
        self.assertEqual(str(parse_network("192.0.2.7/24")), "192.0.2.0/24")
        self.assertEqual(str(parse_network("2001:db8::1")), "2001:db8::1/128")
        for wrong in ("", "x", "192.0.2.0/33", "1.2.3", "none"):
            with self.assertRaises(ValueError) as raised:
                parse_network(wrong)
            self.assertIn("is needed", str(raised.exception))


class AdmissionTests(SynchronousTestCase):
    HOST = "192.0.2.1"

    def admission(self, connections=3, burst=100, per_minute=60, exempt=LOOPBACK):
        limits = Limits(
            address_connections=connections,
            address_connect_burst=burst,
            address_connects_per_minute=per_minute,
        )
        return Admission(limits, exempt)

    def assert_refused(self, admission, now=0.0, host=HOST):
        return self.assertRaises(TooMany, admission.admit, host, now)

    def test_exactly_so_many_at_once(self):
        door = self.admission()
        visits = [door.admit(self.HOST, 0.0) for _ in range(3)]
        self.assertEqual(self.assert_refused(door).wait, 60)
        door.admit("192.0.2.2", 0.0)
        door.release(visits[0])
        door.admit(self.HOST, 0.0)
        self.assert_refused(door)

    def test_exactly_so_many_new_ones_and_then_the_rate(self):
        door = self.admission(connections=1000, burst=5)
        for _ in range(5):
            door.admit(self.HOST, 0.0)
        self.assertEqual(self.assert_refused(door).wait, 1)
        door.admit(self.HOST, 1.0)
        self.assert_refused(door, 1.0)

    def test_who_goes_on_is_told_only_so_often(self):
        door = self.admission(burst=1)
        door.release(door.admit(self.HOST, 0.0))
        for _ in range(TOLD_PER_WAIT):
            self.assert_refused(door)
        self.assertRaises(Hopeless, door.admit, self.HOST, 0.0)
        self.assertIsNotNone(door.admit(self.HOST, 1.0))

    def test_a_64_is_one_address(self):
        door = self.admission(connections=2)
        door.admit("2001:db8::1", 0.0)
        door.admit("2001:db8::2", 0.0)
        self.assert_refused(door, host="2001:db8::3")

    def test_who_is_exempt_is_not_counted(self):
        door = self.admission(connections=1, exempt=[parse_network("192.0.2.0/24")])
        for _ in range(5):
            self.assertIsNone(door.admit(self.HOST, 0.0))
        self.assertIsNotNone(door.admit("127.0.0.1", 0.0))
        self.assertEqual(len(door), 1)

    def test_addresses_are_forgotten_when_they_are_gone_and_their_rate_is_whole(self):
        door = self.admission()
        for number in range(100):
            door.release(door.admit(f"10.0.0.{number}", 0.0))
        kept = door.admit("10.1.0.0", 0.5)
        self.assertEqual(len(door), 101)
        for number in range(100):
            door.release(door.admit(f"10.2.0.{number}", 5.0))
        self.assertLess(len(door), 210)
        door.admit("10.3.0.0", 10.0)
        self.assertLess(len(door), 210)
        self.assertEqual(kept.connections, 1)

    def test_the_table_is_bounded_whatever_comes(self):
        self.patch(admission, "GROUPS_KEPT", 200)
        door = self.admission(burst=1, per_minute=1)
        kept = door.admit("192.0.2.1", 0.0)
        for number in range(2000):
            door.release(door.admit(f"10.{number // 250}.{number % 250}.1", 0.0))
            self.assertLessEqual(len(door), 201)
        for _ in range(TOLD_PER_WAIT):
            self.assert_refused(door)
        self.assertEqual(kept.connections, 1)
