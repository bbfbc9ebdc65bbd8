"""A page that is left twice at once: what was behind it stays."""

from textual.app import App

from tui.screens.ask import AskScreen


async def test_a_second_key_of_the_same_moment_closes_nothing_more() -> None:
    answers: list[bool | None] = []
    async with App[None]().run_test() as pilot:
        behind = AskScreen("behind?")
        asked = AskScreen("really?")
        await pilot.app.push_screen(behind)
        await pilot.app.push_screen(asked, answers.append)
        asked.dismiss(result=True)
        asked.dismiss(result=False)
        await pilot.pause()
        assert pilot.app.screen is behind
        assert answers == [True]
