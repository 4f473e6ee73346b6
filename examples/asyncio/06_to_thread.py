# clock: real
import asyncio
import threading


def read_slowly(number, ready):
    ready.wait()
    return number * number


async def give_the_word(first, second):
    await asyncio.sleep(0.05)
    print("The loop is free: the word is given")
    first.set()
    second.set()


async def with_threads():
    first, second = threading.Event(), threading.Event()
    _, square3, square4 = await asyncio.gather(
        give_the_word(first, second),
        asyncio.to_thread(read_slowly, 3, first),
        asyncio.to_thread(read_slowly, 4, second),
    )
    print(f"The threads gave {square3} and {square4}")


asyncio.run(with_threads())
