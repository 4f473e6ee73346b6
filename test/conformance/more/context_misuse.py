# rule: tokens: used twice, of another variable, of another context; a context that is entered refuses run; lookup without a value; get with a fallback
import asyncio, contextvars

a, b = contextvars.ContextVar("a"), contextvars.ContextVar("b", default="b0")

def attempt(label, f):
    try:
        print(label, f())
    except (LookupError, RuntimeError, ValueError) as e:
        print(label, type(e).__name__)

async def main():
    attempt("lookup", a.get)
    attempt("fallback", lambda: a.get("fallback"))
    attempt("default", b.get)
    attempt("fallback first", lambda: b.get("fallback"))
    token = a.set("one")
    second = a.set("two")
    attempt("other variable", lambda: b.reset(token))
    ctx = contextvars.copy_context()
    attempt("other context", lambda: ctx.run(a.reset, token))
    a.reset(second)
    print(a.get())
    attempt("used", lambda: a.reset(second))
    a.reset(token)
    attempt("unset again", a.get)
    print(ctx[a], len(ctx), int(b in ctx))
    attempt("entered", lambda: ctx.run(lambda: ctx.run(print)))
    empty = contextvars.Context()
    print("empty", empty.run(lambda: a.get("nothing")))
    async def child():
        print("child", a.get(), int(asyncio.current_task().get_context() is ctx))
        await asyncio.sleep(0)
        a.set("by child")
    t = asyncio.create_task(child(), context=ctx)
    await t
    print(ctx[a])

asyncio.run(main())
