# rule: reader: exact reads over chunks and the end, separators across chunks, the limit of readuntil and readline, what stays in the buffer
import asyncio

async def main():
    r = asyncio.StreamReader(limit=8)
    r.feed_data(b"ab")
    t = asyncio.create_task(r.readexactly(5))
    await asyncio.sleep(0)
    r.feed_data(b"cd")
    await asyncio.sleep(0)
    print(int(t.done()))
    r.feed_data(b"efg")
    print(await t, await r.read(1), await r.readexactly(0))
    r.feed_data(b"x-")
    t = asyncio.create_task(r.readuntil(b"--"))
    await asyncio.sleep(0)
    r.feed_data(b"-rest\n")
    print(await t, await r.readline())
    r.feed_data(b"0123456789--more")
    try:
        await r.readuntil(b"--")
    except asyncio.LimitOverrunError as e:
        print("LimitOverrunError", e.consumed)
    print(await r.readexactly(12))
    r.feed_data(b"zz0123456789")
    try:
        await r.readuntil(b"--")
    except asyncio.LimitOverrunError as e:
        print("LimitOverrunError", e.consumed)
    print(await r.read(100))
    r.feed_data(b"too long a line\nnext\n")
    try:
        await r.readline()
    except ValueError:
        print("ValueError")
    print(await r.readline())
    r.feed_data(b"0123456789abcdef")
    try:
        await r.readline()
    except ValueError:
        print("ValueError", int(r.at_eof()))
    r.feed_data(b"end")
    r.feed_eof()
    try:
        await r.readexactly(5)
    except asyncio.IncompleteReadError as e:
        print("IncompleteReadError", e.partial, e.expected)
    print(int(r.at_eof()), await r.read(5), await r.readline(), await r.read(-1))
    try:
        await r.readuntil(b"x")
    except asyncio.IncompleteReadError as e:
        print("IncompleteReadError", e.partial)
    try:
        await asyncio.StreamReader().readuntil(b"")
    except ValueError:
        print("ValueError")

asyncio.run(main())
