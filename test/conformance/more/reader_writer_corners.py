# rule: readers and writers: replaced while ready, removed by one that runs before, both directions of one fd in one turn, an fd that is ready for ever
import asyncio, socket

async def main():
    loop = asyncio.get_running_loop()
    a, b = socket.socketpair()
    for s in a, b:
        s.setblocking(False)
    n = {"r": 0, "w": 0}
    def readable(tag):
        n["r"] += 1
        print(tag, b.recv(16))
    def writable():
        n["w"] += 1
        print("writable", n["w"])
        if n["w"] == 2:
            print("removed", int(loop.remove_writer(b)), int(loop.remove_writer(b)))
    loop.add_reader(b, readable, "old")
    loop.add_reader(b, readable, "new")
    loop.add_writer(b, writable)
    a.send(b"one")
    await asyncio.sleep(0.02)
    a.send(b"two")
    await asyncio.sleep(0.02)
    c, d = socket.socketpair()
    def first():
        print("first", c.recv(16), "removes the other", int(loop.remove_reader(b)))
    loop.add_reader(c, first)
    print("again", int(loop.remove_reader(c)), int(loop.remove_reader(c)))
    loop.add_reader(c, first)
    d.send(b"x")
    await asyncio.sleep(0.02)
    a.send(b"nobody reads")
    await asyncio.sleep(0.02)
    def until_closed():
        data = c.recv(16)
        print("data", data)
        if not data:
            loop.remove_reader(c)
    loop.add_reader(c, until_closed)
    d.send(b"last")
    d.close()
    await asyncio.sleep(0.02)
    print("end", n["r"])
    for s in a, b, c:
        s.close()

asyncio.run(main())
