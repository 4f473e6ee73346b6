import asyncio


class Account:
    def __init__(self):
        self.lock = asyncio.Lock()
        self.balance = 0


async def deposit(account):
    balance = account.balance
    await asyncio.sleep(0.1)
    account.balance = balance + 10


async def deposit_locked(account):
    async with account.lock:
        await deposit(account)


async def bank():
    account = Account()
    await asyncio.gather(*(deposit(account) for _ in range(3)))
    print(f"Three deposits without the lock: {account.balance}")
    account.balance = 0
    await asyncio.gather(*(deposit_locked(account) for _ in range(3)))
    print(f"Three deposits with the lock: {account.balance}")


asyncio.run(bank())
