import asyncio
from contextlib import aclosing, closing


def running_average():
    count, total, average = 0, 0, None
    try:
        while True:
            total += yield average
            count += 1
            average = total / count
    finally:
        print(f"{count} numbers were averaged")


async def pages(last):
    try:
        for page in range(1, last + 1):
            await asyncio.sleep(1)  # a server far away
            yield page
    finally:
        await asyncio.sleep(1)  # cleanup may await
        print("The connection is closed")


async def read():
    with closing(running_average()) as average:
        next(average)
        for number in (10, 20, 60):
            print(f"Average so far: {average.send(number):.0f}")

    async with aclosing(pages(9)) as numbers:
        async for page in numbers:
            print(f"Page {page}")
            if page == 3:
                print("That is enough")
                break


asyncio.run(read())
