# clock: real
import asyncio
from concurrent.futures import ProcessPoolExecutor


def count_primes(begin, end):
    return sum(all(n % d for d in range(2, int(n ** 0.5) + 1)) for n in range(max(begin, 2), end))


async def with_processes():
    size = 10000
    ranges = [(i * size, (i + 1) * size) for i in range(4)]
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(max_workers=2) as pool:
        counts = await asyncio.gather(*(loop.run_in_executor(pool, count_primes, *part) for part in ranges))
        for (begin, end), count in zip(ranges, counts):
            print(f"{begin}..{end}: {count} primes")
        print(f"Together: {sum(counts)}")


if __name__ == "__main__":
    asyncio.run(with_processes())
