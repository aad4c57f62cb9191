import unittest

from aegis.configuring import Answer, Asked, Configuring
from aegis.protocol import Configuration


def asked(message_id: str, size: int, running: bool = True) -> Asked:
    return Asked(message_id, Configuration("/s", (), {"size": size}), running)


class ConfiguringTest(unittest.TestCase):
    def configured(self) -> Configuring:
        """Of a component that has taken its first configuration, of size 1."""
        configuring = Configuring()
        first = asked("first", 1, running=False)
        self.assertEqual(configuring.ask(first), first)
        self.assertEqual(configuring.answer(first), Answer(first, ""))
        return configuring

    def test_a_change_is_given_to_the_component_and_answered_when_it_has_taken_or_refused_it(self) -> None:
        for problem in ("", "too much"):
            configuring = self.configured()
            change = asked("change", 2)
            self.assertEqual(configuring.ask(change), change)
            self.assertEqual(configuring.answer(change, problem), Answer(change, problem))

    def test_the_configuration_in_use_is_answered_at_once_after_a_reconnect_only(self) -> None:
        configuring = self.configured()
        again = asked("again", 1, running=False)
        self.assertEqual(configuring.ask(again), Answer(again, ""))
        same = asked("same", 1)
        self.assertEqual(configuring.ask(same), same)

    def test_one_waits_while_another_is_taken_and_only_the_newest_is_answered(self) -> None:
        configuring = self.configured()
        slow, newest = asked("slow", 2), asked("newest", 4)
        configuring.ask(slow)
        self.assertIsNone(configuring.ask(asked("next", 3)))
        self.assertIsNone(configuring.ask(newest))
        self.assertEqual(configuring.answer(slow), newest)
        self.assertEqual(configuring.answer(newest), Answer(newest, ""))

    def test_nothing_is_answered_on_another_connection_which_says_what_counts(self) -> None:
        configuring = self.configured()
        lost = asked("lost", 2)
        configuring.ask(lost)
        configuring.lost()
        self.assertIsNone(configuring.answer(lost))
        back = asked("back", 1, running=False)
        self.assertEqual(configuring.ask(back), back)

    def test_a_refused_one_is_given_again_after_a_reconnect(self) -> None:
        configuring = self.configured()
        configuring.ask(asked("change", 2))
        configuring.answer(asked("change", 2), "too much")
        back = asked("back", 2, running=False)
        self.assertEqual(configuring.ask(back), back)


if __name__ == "__main__":
    unittest.main()
