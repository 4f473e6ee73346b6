import asyncio


class Pantry:
    def __init__(self):
        self.changed = asyncio.Condition()
        self.eggs = 0
        self.wanted = 3


async def cook(pantry):
    async with pantry.changed:
        await pantry.changed.wait_for(lambda: pantry.eggs >= pantry.wanted)
        pantry.eggs -= pantry.wanted
        print(f"The cook takes {pantry.wanted} eggs, {pantry.eggs} are left")


async def hen(pantry):
    for day in range(1, 5):
        await asyncio.sleep(1)
        async with pantry.changed:
            pantry.eggs += 1
            print(f"Day {day}: there are {pantry.eggs} eggs")
            pantry.changed.notify_all()


async def kitchen():
    pantry = Pantry()
    await asyncio.gather(cook(pantry), hen(pantry))


asyncio.run(kitchen())
