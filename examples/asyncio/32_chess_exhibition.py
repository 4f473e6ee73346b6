import asyncio

from virtual_clock import VirtualLoop

GAMES, PAIRS, HER_SECONDS, THEIR_SECONDS = 24, 30, 5, 55


async def game(judit=None):
    for _ in range(PAIRS):
        if judit:
            async with judit:
                await asyncio.sleep(HER_SECONDS)
        else:
            await asyncio.sleep(HER_SECONDS)
        await asyncio.sleep(THEIR_SECONDS)


async def exhibition():
    loop = asyncio.get_running_loop()
    begin = loop.time()
    for _ in range(GAMES):
        await game()
    print(f"One by one: {(loop.time() - begin) / 3600:.1f} hours")
    begin = loop.time()
    judit = asyncio.Lock()
    async with asyncio.TaskGroup() as group:
        for _ in range(GAMES):
            group.create_task(game(judit))
    print(f"Simultaneously: {(loop.time() - begin) / 3600:.1f} hours")


with asyncio.Runner(loop_factory=VirtualLoop) as runner:
    runner.run(exhibition())
