import asyncio


async def fetch_page(page):
    await asyncio.sleep(page)
    if page == 2:
        raise FileNotFoundError(f"there is no page {page}")
    print(f"Page {page} is here")
    return page


async def gather_all():
    statuses = await asyncio.gather(*(fetch_page(i + 1) for i in range(3)), return_exceptions=True)
    for i, status in enumerate(statuses):
        if isinstance(status, Exception):
            print(f"Status {i + 1}: {status}")
        else:
            print(f"Status {i + 1}: page {status}")


async def gather_until_error():
    try:
        await asyncio.gather(fetch_page(1), fetch_page(2), fetch_page(3))
    except FileNotFoundError as error:
        print(f"Caught: {error}")
        print("The others go on")
        await asyncio.sleep(2)


async def gather_errors():
    await gather_all()
    await gather_until_error()


asyncio.run(gather_errors())
