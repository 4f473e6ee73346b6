# rule: run_until_complete more than once, stopped in between; what is queued stays for the next run; a loop that runs refuses close; a closed one refuses all
import asyncio

async def value(n, turns=0):
    for _ in range(turns):
        await asyncio.sleep(0)
    print("value", n)
    return n

def attempt(label, f):
    try:
        f()
        print(label, "ok")
    except RuntimeError:
        print(label, "RuntimeError")

loop = asyncio.new_event_loop()
print(loop.run_until_complete(value(1)), int(loop.is_running()), int(loop.is_closed()))
loop.call_soon(print, "queued before")
loop.call_soon(lambda: loop.call_soon(print, "queued inside"))
t = loop.create_task(value(2, 3))
loop.call_soon(loop.stop)
try:
    loop.run_until_complete(t)
except RuntimeError:
    print("stopped before it was done", int(t.done()))
async def inside():
    attempt("close inside", loop.close)
    print(int(loop.is_running()), int(asyncio.get_running_loop() is loop))
loop.run_until_complete(inside())
print(loop.run_until_complete(t), int(t.done()))
loop.stop()
loop.run_forever()
print("one turn")
loop.close()
loop.close()
print(int(loop.is_closed()))
attempt("call_soon", lambda: loop.call_soon(print))
attempt("call_soon_threadsafe", lambda: loop.call_soon_threadsafe(print))
attempt("call_later", lambda: loop.call_later(1, print))
attempt("run_forever", loop.run_forever)
