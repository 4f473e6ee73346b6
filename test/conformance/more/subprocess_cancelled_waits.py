# rule: subprocess: a wait and a communicate that are cancelled leave the process alone; limits around both; stdin closed early; output after the end; merged output
import asyncio

async def main():
    p = await asyncio.create_subprocess_exec("sleep", "0.1")
    try:
        await asyncio.wait_for(p.wait(), 0.01)
    except TimeoutError:
        print("TimeoutError", p.returncode)
    print(await p.wait())
    p = await asyncio.create_subprocess_exec("sleep", "5", stdout=-1)
    t = asyncio.create_task(p.communicate(None))
    await asyncio.sleep(0.01)
    print("waits for the end of its output", int(t.done()))
    t.cancel()
    try:
        await t
    except asyncio.CancelledError:
        print("cancelled", p.returncode)
    p.kill()
    print(await p.wait())
    p = await asyncio.create_subprocess_shell("echo out; echo err >&2; sleep 0.02; echo late", stdout=-1, stderr=-2)
    print(await p.stdout.readline(), await p.stdout.readline())
    print(await p.wait(), await p.stdout.read(), p.stderr)
    p = await asyncio.create_subprocess_shell("exec 0<&-; sleep 0.05; exit 7", stdin=-1)
    await asyncio.sleep(0.02)
    try:
        for _ in range(3):
            p.stdin.write(b"x" * 100000)
            await p.stdin.drain()
            await asyncio.sleep(0.005)
        print("written")
    except ConnectionError:
        print("ConnectionError")
    print(await p.wait())
    ps = [await asyncio.create_subprocess_shell(f"sleep 0.0{n}; exit {n}") for n in (4, 2)]
    for c in asyncio.as_completed([p.wait() for p in ps]):
        print("ended", await c)

asyncio.run(main())
