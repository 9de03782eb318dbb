"""Measures worker processes of Python's standard library: multiprocessing.Pool and
concurrent.futures.ProcessPoolExecutor, with two workers.

    python3 bench/peers/processes.py submit 2000            so many calls
    python3 bench/peers/processes.py ints 3 100 100000      three times 100,000 ints in chunks of 100
    python3 bench/peers/processes.py strings 3 100 20000    and so for strings and records
    python3 bench/peers/processes.py bulk 2                 256 MiB of doubles, twice
    python3 bench/peers/processes.py start 3                three pools
    python3 bench/peers/processes.py memory 1
    python3 bench/peers/processes.py cpu 1 8 2000000        eight tasks of two million steps

Prints one line of JSON for each peer: the median, in seconds (of a call, or an element) or MiB.
"""

import json
import multiprocessing
import statistics
import sys
import time
from array import array
from collections import namedtuple
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

WORKERS = 2
DOUBLES = 32 << 20

Tuple = namedtuple("Tuple", "number name amount")


@dataclass
class Data:
    number: int
    name: str
    amount: float


def same(x):
    return x


def increment(n):
    return n + 1


def longer(text):
    return text + "!"


def raised_tuple(order):
    return Tuple(order.number + 1, order.name, order.amount * 2)


def raised_data(order):
    return Data(order.number + 1, order.name, order.amount * 2)


def ends(numbers):
    return numbers[0] + numbers[-1]


def burn(steps):
    x = 1
    for _ in range(steps):
        x = (x * 1103515245 + 12345) & 0x7FFFFFFF
    return x


def burn_for(connection):
    while (steps := connection.recv()) is not None:
        connection.send(burn(steps))


def say(peer, value, unit="s"):
    print(json.dumps({"peer": peer, "value": value, "unit": unit}), flush=True)


def seconds(action, times):
    took = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        took.append(time.perf_counter() - start)
    return statistics.median(took)


def submit(times):
    argument = b"x" * 64
    with ProcessPoolExecutor(WORKERS) as pool:
        call = lambda: pool.submit(same, argument).result()
        seconds(call, times // 4)
        say("ProcessPoolExecutor", seconds(call, times))
    with multiprocessing.Pool(WORKERS) as pool:
        call = lambda: pool.apply(same, (argument,))
        seconds(call, times // 4)
        say("Pool", seconds(call, times))


def mapped(times, chunk, inputs, function, kind=""):
    for name, make in (("ProcessPoolExecutor", ProcessPoolExecutor), ("Pool", multiprocessing.Pool)):
        with make(WORKERS) as pool:

            def work():
                count = 0
                for _ in pool.map(function, inputs, chunksize=chunk):
                    count += 1
                assert count == len(inputs)

            list(pool.map(function, inputs[: max(len(inputs) // 10, 1)], chunksize=chunk))
            say(name + kind, seconds(work, times) / len(inputs))


def ints(times, chunk, count):
    mapped(times, chunk, range(count), increment)


def strings(times, chunk, count):
    mapped(times, chunk, ["line %d of the text" % i for i in range(count)], longer)


def records(times, chunk, count):
    tuples = [Tuple(i, "order %d" % i, i * 0.5) for i in range(count)]
    mapped(times, chunk, tuples, raised_tuple, ", namedtuple")
    mapped(times, chunk, [Data(*order) for order in tuples], raised_data, ", dataclass")


def bulk(times):
    kinds = {"array": array("d", bytes(8 * DOUBLES)), "bytes": bytes(8 * DOUBLES)}
    try:
        import numpy

        kinds["numpy"] = numpy.zeros(DOUBLES)
        kinds["numpy"].fill(1)
    except ImportError:
        pass
    context = multiprocessing.get_context("spawn")  # a fork would have the array already
    with context.Pool(1) as pool:
        for kind, numbers in kinds.items():
            pool.apply(ends, (numbers[:1],))
            say("Pool, " + kind, seconds(lambda: pool.apply(ends, (numbers,)), times))


def start(times):
    context = multiprocessing.get_context("spawn")
    took = []
    for _ in range(times):
        begin = time.perf_counter()
        with context.Pool(WORKERS) as pool:
            pool.apply(abs, (-1,))
            took.append(time.perf_counter() - begin)
    say("Pool, spawn", statistics.median(took))


def memory(times):
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        for _ in range(times):
            pool.apply(abs, (-1,))
        with open("/proc/%d/status" % pool._pool[0].pid) as status:
            rss = next(line for line in status if line.startswith("VmRSS:"))
        say("Pool, spawn", int(rss.split()[1]) / 1024, "MiB")


def cpu(times, tasks, steps):
    each = [steps] * tasks
    with multiprocessing.Pool(WORKERS) as pool:
        say("Pool", seconds(lambda: pool.map(burn, each, chunksize=1), times))
    pairs = [multiprocessing.Pipe() for _ in range(WORKERS)]
    processes = [multiprocessing.Process(target=burn_for, args=(there,)) for _, there in pairs]
    for process in processes:
        process.start()

    def bare():
        for here, _ in pairs:
            here.send(steps * (tasks // WORKERS))
        for here, _ in pairs:
            here.recv()

    say("two bare Python processes", seconds(bare, times))
    for here, _ in pairs:
        here.send(None)
    for process in processes:
        process.join()


if __name__ == "__main__":
    measures = (submit, ints, strings, records, bulk, start, memory, cpu)
    named = {measure.__name__: measure for measure in measures}
    if len(sys.argv) < 3 or sys.argv[1] not in named:
        sys.exit(__doc__)
    named[sys.argv[1]](*map(int, sys.argv[2:]))
