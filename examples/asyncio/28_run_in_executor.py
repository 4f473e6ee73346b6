# clock: real
import asyncio
from concurrent.futures import ThreadPoolExecutor


def append(log, value):
    log.append(value)
    return value * value


async def with_executor():
    loop = asyncio.get_running_loop()
    log = []
    with ThreadPoolExecutor(max_workers=1) as pool:
        jobs = [loop.run_in_executor(pool, append, log, i + 5) for i in range(3)]
        for i, job in enumerate(jobs):
            print(f"Job {i} gave {await job}")
    print("In order:", *log)


asyncio.run(with_executor())
