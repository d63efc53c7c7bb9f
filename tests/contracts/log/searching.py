"""What every log keeps to about searching.

A log that fills an index behind the messages runs this twice, before and after.
"""

from chatsvc.ports import Log
from tests.contracts.log.case import (
    ANN,
    GARDEN,
    LOBBY,
    NOWHERE,
    LogCase,
    edited,
    numbers,
    redacted,
    said,
    texts,
)


class SearchContract(LogCase):
    async def settled(self, log: Log) -> Log:
        """Return a log over the same data, in the state that this suite is to test."""
        return log

    async def log_holding(self, *messages: str) -> tuple[Log, int]:
        log, _ = self.opened()
        self.rooms = getattr(self, "rooms", 0) + 1
        room_id = await self.room_in(log, f"room{self.rooms}")
        await self.say(log, room_id, *messages)
        return await self.settled(log), room_id

    async def assert_found(self, message: str, *searches: str) -> None:
        log, room_id = await self.log_holding(message, "another one")
        for words in searches:
            found = texts(await log.search(LOBBY, room_id, words, 10))
            self.assertEqual(found, [message], words)
        await log.close()

    async def assert_not_found(self, message: str, *searches: str) -> None:
        log, room_id = await self.log_holding(message)
        for words in searches:
            self.assertEqual(await log.search(LOBBY, room_id, words, 10), [], words)
        await log.close()

    async def test_whole_words_are_found_in_any_order(self):
        await self.assert_found("the tea is hot", "tea", "hot tea", "  hot \t the ", "tea tea")

    async def test_all_words_must_be_there_and_be_whole(self):
        await self.assert_not_found("the tea is hot", "te", "eat", "tea cold", "teas")

    async def test_case_does_not_matter(self):
        await self.assert_found("Straße ΣΊΣΥΦΟΣ TEA", "STRASSE", "strasse", "σίσυφος", "tEa")

    async def test_diacritics_do_not_matter(self):
        await self.assert_found("Crème brûlée, Ångström", "creme", "BRULEE", "angstrom", "crẽme")

    async def test_combined_and_separate_marks_are_the_same(self):
        await self.assert_found("cafe\u0301", "caf\u00e9", "cafe")

    async def test_wide_letters_are_letters(self):
        await self.assert_found("ｔｅａ and ㍿", "tea", "TEA", "株式会社")

    async def test_chinese_japanese_and_korean_match_anywhere(self):
        await self.assert_found("東京都庁へ行きました", "京都", "東京", "行きま", "庁へ行")
        await self.assert_found("오늘은 날씨가 좋네요", "날씨", "씨가", "좋")
        await self.assert_found("カタカナのラーメン", "ーメン", "ﾗｰﾒﾝ")

    async def test_chinese_japanese_and_korean_keep_their_order(self):
        await self.assert_not_found("東京都庁", "都京", "東都", "京 都x")

    async def test_voiced_kana_are_other_letters(self):
        await self.assert_not_found("がき", "かき")

    async def test_mixed_scripts_in_one_word(self):
        await self.assert_found("Python入門 2nd", "python", "入門", "python入", "入門2nd 入")

    async def test_marks_that_are_letters_are_kept(self):
        await self.assert_found("हिन्दी में", "हिन्दी")
        await self.assert_not_found("हिन्दी", "हन्द")

    async def test_word_with_punctuation_is_found_as_it_was_written(self):
        message = "see http://example.org/a_b and don't (e.g. v1.2)"
        await self.assert_found(message, "example.org", "a_b", "don't", "v1.2", "e.g.", "v1")

    async def test_word_with_punctuation_keeps_its_order(self):
        await self.assert_not_found("org example", "example.org")

    async def test_nothing_in_the_words_is_an_operator(self):
        log, room_id = await self.log_holding("tea AND cake or NEAR not")
        for words in ('"tea', 'tea"', "te*", "^tea", "-tea", "terms:tea", "(tea", "tea)", "{tea}"):
            await log.search(LOBBY, room_id, words, 10)
        for words in ("tea AND", "cake NEAR", "NOT tea", 'tea" OR "x'):
            found = await log.search(LOBBY, room_id, words, 10)
            self.assertEqual(len(found), 0 if "x" in words else 1, words)
        self.assertEqual(await log.search(LOBBY, room_id, "te*", 10), [])

    async def test_words_without_a_letter_or_digit_find_nothing(self):
        await self.assert_not_found("tea !!! *", "", "  ", "!!!", "*", '"', '""')

    async def test_words_without_a_letter_or_digit_are_passed_over_beside_others(self):
        await self.assert_found("tea", "tea !!!", "* tea")

    async def test_newest_are_found_oldest_first(self):
        log, room_id = await self.log_holding(*(f"tea {n} cup{n % 2}" for n in range(1, 21)))
        self.assertEqual(numbers(await log.search(LOBBY, room_id, "tea", 3)), [18, 19, 20])
        self.assertEqual(numbers(await log.search(LOBBY, room_id, "cup1 tea", 2)), [17, 19])
        self.assertEqual(await log.search(LOBBY, room_id, "tea", 0), [])

    async def test_searching_goes_on_where_the_index_ends(self):
        log, room_id = await self.log_holding("tea 1", "tea 2", "cake 3")
        await self.say(log, room_id, "tea 4", "cake 5")
        self.assertEqual(numbers(await log.search(LOBBY, room_id, "tea", 10)), [1, 2, 4])
        self.assertEqual(numbers(await log.search(LOBBY, room_id, "tea", 2)), [2, 4])

    async def test_only_what_lies_within_the_ranges_is_found(self):
        log, room_id = await self.log_holding(*(f"tea {n}" for n in range(1, 11)))
        await self.say(log, room_id, "tea 11", "cake 12", "tea 13")
        cases = (
            (((1, 13),), 2, [11, 13]),
            (((2, 3), (6, 7), (12, 12)), 9, [2, 3, 6, 7]),
            (((2, 3), (6, 7), (12, 12)), 3, [3, 6, 7]),
            (((9, 11),), 9, [9, 10, 11]),
            (((9, 11),), 2, [10, 11]),
            (((13, 20),), 9, [13]),
            (((14, 20),), 9, []),
            ((), 9, []),
            (None, 1, [13]),
        )
        for within, count, found in cases:
            answer = await log.search(LOBBY, room_id, "tea", count, within)
            self.assertEqual(numbers(answer), found, within)

    async def test_many_ranges_are_searched_from_the_highest(self):
        log, room_id = await self.log_holding(*(f"tea {n}" for n in range(1, 61)))
        odd = tuple((n, n) for n in range(1, 61, 2))
        answer = await log.search(LOBBY, room_id, "tea", 4, odd)
        self.assertEqual(numbers(answer), [53, 55, 57, 59])

    async def test_one_room_is_searched_only(self):
        log, lobby = await self.log_with_room()
        garden = await self.room_in(log, GARDEN)
        await log.append([said(lobby, "tea"), said(garden, "tea"), said(lobby, "tea")])
        log = await self.settled(log)
        self.assertEqual(len(await log.search(LOBBY, lobby, "tea", 10)), 2)
        self.assertEqual(len(await log.search(GARDEN, garden, "tea", 10)), 1)
        self.assertEqual(await log.search(GARDEN, NOWHERE, "tea", 10), [])

    async def test_found_message_is_whole(self):
        log, room_id = await self.log_with_room()
        message = said(room_id, "Tea!", nick="Bob", client_id="c")
        await log.append([message])
        log = await self.settled(log)
        self.assertEqual(await log.search(LOBBY, room_id, "tea", 1), [message.numbered(1)])

    async def test_redacted_message_is_not_found(self):
        log, room_id = await self.log_holding("tea one", "tea two", "tea three")
        await log.append([redacted(room_id, 2)])
        self.assertEqual(numbers(await log.search(LOBBY, room_id, "tea", 10)), [1, 3])
        log = await self.settled(log)
        self.assertEqual(numbers(await log.search(LOBBY, room_id, "tea", 10)), [1, 3])
        self.assertEqual(await log.search(LOBBY, room_id, "two", 10), [])

    async def test_edited_message_is_found_by_what_it_says_now(self):
        log, room_id = await self.log_holding("tea one", "tea two", "!!!")
        changes = [
            edited(room_id, 2, "cake two"),
            edited(room_id, 3, "tea"),
            edited(room_id, 1, "?"),
        ]
        await log.append(changes)
        for _ in range(2):
            for words, found in (("tea", [3]), ("cake", [2]), ("two", [2]), ("one", [])):
                self.assertEqual(numbers(await log.search(LOBBY, room_id, words, 9)), found, words)
            [cake] = await log.search(LOBBY, room_id, "cake", 9)
            self.assertEqual((cake.text, cake.changed_by), ("cake two", ANN))
            log = await self.settled(log)

    async def test_very_many_words(self):
        words = " ".join(f"w{number}" for number in range(1500))
        await self.assert_found(words, words)
