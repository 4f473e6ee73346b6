import asyncio
from contextlib import aclosing


class Connection:
    def __init__(self, name):
        self.name = name

    async def __aenter__(self):
        await asyncio.sleep(0.1)
        print(f"{self.name}: connected")
        return self

    async def __aexit__(self, *error):
        await asyncio.sleep(0.1)
        print(f"{self.name}: disconnected")


async def temperatures(name, first, last):
    """A sensor: a value per second."""
    async with Connection(name):
        for degrees in range(first, last):
            await asyncio.sleep(1)
            yield degrees


async def even(numbers):
    """A filter between a generator and whoever asks it."""
    async for n in numbers:
        if n % 2 == 0:
            yield n


async def thermostat():
    """Takes what is sent to it, answers with what to do."""
    wanted, answer = 20, None
    while True:
        try:
            degrees = yield answer
        except ValueError as error:
            wanted = int(str(error))
            answer = f"now {wanted} is wanted"
            continue
        await asyncio.sleep(0.5)  # the valve is slow
        answer = "heat" if degrees < wanted else "rest"


async def main():
    async with aclosing(temperatures("kitchen", 17, 99)) as sensor, aclosing(thermostat()) as valve:
        await anext(valve)
        async for degrees in sensor:
            print(degrees, await valve.asend(degrees))
            if degrees == 19:
                print(await valve.athrow(ValueError("21")))
            if degrees == 21:
                break

    print([n async for n in even(temperatures("hall", 10, 15))])

    cellar = temperatures("cellar", 5, 99)
    try:
        async with asyncio.timeout(2.5):
            async for degrees in cellar:
                print(degrees)
    except TimeoutError:
        print("the cellar took too long")
    async for degrees in cellar:
        print("never")

    attic = temperatures("attic", 25, 99)  # left open: the end of the loop closes it
    print(await anext(attic))
    return attic


asyncio.run(main())
