import asyncio


class Countdown:
    def __init__(self, left):
        self.left = left

    def __aiter__(self):
        return self

    async def __anext__(self):
        if self.left == 0:
            raise StopAsyncIteration
        await asyncio.sleep(1)
        self.left -= 1
        return self.left + 1


async def iterate():
    async for value in Countdown(3):
        print(value)
    print("Lift-off")


asyncio.run(iterate())
