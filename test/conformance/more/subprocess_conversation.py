# rule: subprocess: a conversation by lines, several waiters, output until the end, a big input, an exit status seen before wait, signals to one that has ended
import asyncio, signal, sys

async def main():
    p = await asyncio.create_subprocess_exec("cat", stdin=-1, stdout=-1)
    print(p.returncode, int(p.pid > 0), p.stderr)
    for text in b"one\n", b"two\n":
        p.stdin.write(text)
        await p.stdin.drain()
        print(await p.stdout.readline())
    waiters = [asyncio.create_task(p.wait()) for _ in range(2)]
    await asyncio.sleep(0)
    p.stdin.close()
    print(await asyncio.gather(*waiters), await p.stdout.read(), p.returncode, await p.wait())
    for f in p.kill, p.terminate, lambda: p.send_signal(signal.SIGINT):
        try:
            f()
            print("sent")
        except ProcessLookupError:
            print("ProcessLookupError")
    p = await asyncio.create_subprocess_exec("sh", "-c", "cat | wc -c; echo err >&2; exit 3", stdin=-1, stdout=-1, stderr=-1)
    out, err = await p.communicate(b"x" * 300000)
    print(out.strip(), err, p.returncode)
    p = await asyncio.create_subprocess_exec("sh", "-c", "exit 0", stdout=-1)
    print(await p.communicate(), p.returncode)
    p = await asyncio.create_subprocess_exec("sleep", "5")
    await asyncio.sleep(0.01)
    p.send_signal(signal.SIGUSR1)
    print(await p.wait(), p.returncode)
    p = await asyncio.create_subprocess_shell("kill -KILL $$")
    print(await p.wait())
    for argv in ("/no/such/program",), ("/etc/passwd",), ("/",):
        try:
            await asyncio.create_subprocess_exec(*argv)
        except OSError as e:
            print(type(e).__name__)
    try:
        await asyncio.create_subprocess_exec("true", cwd="/no/such/dir")
    except FileNotFoundError as e:
        print("cwd", type(e).__name__)

asyncio.run(main())
