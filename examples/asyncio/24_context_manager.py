import asyncio


class Database:
    def __init__(self, name):
        self.name = name

    async def __aenter__(self):
        await asyncio.sleep(1)
        print(f"Connected to {self.name}")
        return self

    async def __aexit__(self, *exception):
        await asyncio.sleep(1)
        print(f"Disconnected from {self.name}")

    async def query(self, row):
        await asyncio.sleep(1)
        if row < 0:
            raise ValueError(f"{self.name} has no row {row}")
        print(f"Row {row} of {self.name}")


async def session(row):
    async with Database("inventory") as db:
        await db.query(1)
        await db.query(row)


async def sessions():
    await session(2)
    try:
        await session(-7)
    except ValueError as error:
        print(f"Caught: {error}")


asyncio.run(sessions())
