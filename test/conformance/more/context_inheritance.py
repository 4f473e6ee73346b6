# rule: which context: gather's children and a group's get copies at creation; timers, done callbacks, readers and server handlers keep the one of their registration
import asyncio, contextvars, os

var = contextvars.ContextVar("var", default="none")

async def child(name):
    print(name, "sees", var.get())
    var.set(name)
    await asyncio.sleep(0)
    print(name, "keeps", var.get())

async def main():
    loop = asyncio.get_running_loop()
    var.set("main")
    g = asyncio.gather(child("g1"), child("g2"))
    var.set("main later")
    await g
    print("after gather", var.get())
    async with asyncio.TaskGroup() as tg:
        tg.create_task(child("tg"))
        ctx = contextvars.copy_context()
        ctx.run(var.set, "given")
        tg.create_task(child("in ctx"), context=ctx)
    print("ctx now", ctx[var], "| main", var.get())
    def show(label): print(label, var.get())
    r, w = os.pipe()
    def on_read():
        os.read(r, 1)
        show("reader")
        var.set("set by reader")
    var.set("at registration")
    loop.add_reader(r, on_read)
    loop.call_later(0.005, show, "timer")
    f = loop.create_future()
    f.add_done_callback(lambda f: show("done callback"))
    var.set("afterwards")
    os.write(w, b"x")
    await asyncio.sleep(0.01)
    os.write(w, b"x")
    f.set_result(None)
    await asyncio.sleep(0.01)
    show("main")
    loop.remove_reader(r)
    os.close(r); os.close(w)
    var.set("server")
    async def handle(reader, writer):
        show("handler")
        var.set("handler's own")
        writer.close()
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    var.set("client")
    for _ in range(2):
        cr, cw = await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1])
        await cr.read()
        cw.close()
    server.close()

asyncio.run(main())
