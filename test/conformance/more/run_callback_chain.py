# rule: how many turns run() gives to callbacks that queue each other after main has returned, with and without a leftover
import asyncio

def chain(loop, n):
    print("chain", n)
    if n < 12:
        loop.call_soon(chain, loop, n + 1)

async def main(leftover):
    loop = asyncio.get_running_loop()
    if leftover:
        asyncio.create_task(asyncio.sleep(5))
        await asyncio.sleep(0)
    loop.call_soon(chain, loop, 1)
    print("main ends")

asyncio.run(main(False))
asyncio.run(main(True))
