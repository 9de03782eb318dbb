"""Tasks, switches, queues and sleeps on one of Python's event loops.

    python3 bench/peers/loops.py asyncio

The word is asyncio, uvloop or gevent. Then each line of the standard input names a work and a
number, `spawn 1000000` for instance, and is answered by the seconds that it took. Without the
package that it needs it ends with code 3.
"""

import gc
import sys
import time

SLEEP_SECONDS = 2.0


def of_asyncio(run):
    import asyncio

    async def nothing():
        return 1

    async def spawn(count):
        tasks = [asyncio.create_task(nothing()) for _ in range(count)]
        for task in tasks:
            await task

    async def turns(count):
        for _ in range(count):
            await asyncio.sleep(0)

    async def both(one, other):
        tasks = asyncio.create_task(one), asyncio.create_task(other)
        for task in tasks:
            await task

    async def switch(count):
        await both(turns(count // 2), turns(count // 2))

    async def ask(count, questions, answers):
        for i in range(count):
            await questions.put(i)
            await answers.get()

    async def answer(count, questions, answers):
        for _ in range(count):
            await answers.put(await questions.get())

    async def queue(count):
        ways = asyncio.Queue(16), asyncio.Queue(16)
        await both(ask(count, *ways), answer(count, *ways))

    async def sleep(count):
        tasks = [
            asyncio.create_task(asyncio.sleep(SLEEP_SECONDS * i / count)) for i in range(count)
        ]
        for task in tasks:
            await task

    works = {"spawn": spawn, "switch": switch, "queue": queue, "sleep": sleep}
    return lambda work, count: run(works[work](count))


def of_gevent():
    import gevent
    import gevent.queue

    def nothing():
        return 1

    def spawn(count):
        gevent.joinall([gevent.spawn(nothing) for _ in range(count)])

    def turns(count):
        for _ in range(count):
            gevent.sleep(0)

    def switch(count):
        gevent.joinall([gevent.spawn(turns, count // 2) for _ in range(2)])

    def ask(count, questions, answers):
        for i in range(count):
            questions.put(i)
            answers.get()

    def answer(count, questions, answers):
        for _ in range(count):
            answers.put(questions.get())

    def queue(count):
        ways = gevent.queue.Queue(16), gevent.queue.Queue(16)
        gevent.joinall([gevent.spawn(ask, count, *ways), gevent.spawn(answer, count, *ways)])

    def sleep(count):
        gevent.joinall([gevent.spawn(gevent.sleep, SLEEP_SECONDS * i / count) for i in range(count)])

    works = {"spawn": spawn, "switch": switch, "queue": queue, "sleep": sleep}
    return lambda work, count: works[work](count)


def runner(kind):
    if kind == "gevent":
        return of_gevent()
    import asyncio

    if kind == "uvloop":
        import uvloop

        uvloop.install()
    return of_asyncio(asyncio.run)


def main():
    try:
        run = runner(sys.argv[1])
    except ImportError:
        sys.exit(3)
    print("ready", flush=True)
    for line in sys.stdin:
        work, count = line.split()
        gc.collect()
        start = time.perf_counter()
        run(work, int(count))
        print(time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    main()
