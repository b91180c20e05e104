"""tests/torture/torture.py SEED N [ONLY], from tests/torture/run: every way in which a load may die.

After each death the same command runs again until it says 0, as it promises; then the tables must hold
what the source holds, and nothing else may be left.  A fault that did not fire is tried, but proves
nothing.  The tries of all kinds are one list of lines; workers, each with a server of its own, take one
after the other.
"""
import multiprocessing
import os
import random
import signal
import sys
import traceback

sys.dont_write_bytecode = True

import faults
from bench import Bench
from loads import make_source
from mutants import MUTANTS, build, mutate
from plan import Plan
from report import Report

MUTANT_TRIES = 40  # of each kind and mode, at most, until a mutant is found
WORKERS = int(os.environ.get("WORKERS") or 3 * (os.cpu_count() or 1))
PG_LOAD = os.path.join(os.environ["ROOT"], "bin/pg-load")


def try_mutant(bench, name, seed, stream):
    """The first try that finds it, and what that says."""
    bench.binary = build(name)
    kinds = next(kinds for title, _, kinds in MUTANTS if title == name)
    lasts = dict(bench.lasts)
    try:
        for kind in kinds:
            lines = bench.plan.lines([kind], MUTANT_TRIES, seed, stream)
            random.Random(seed).shuffle(lines)
            for line in lines:
                _, wrong = bench.run(line, seed)
                if wrong:
                    return line, wrong[0].split("\n")[0][:200]
        return None
    finally:
        bench.binary, bench.lasts = PG_LOAD, lasts


def work(number, plan, seed, stream, jobs, results):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        bench = Bench(number, PG_LOAD, plan)
        for job in iter(jobs.get, None):
            if job.startswith("mutant "):
                name = job.split(" ", 1)[1]
                results.put(("mutant", name, try_mutant(bench, name, seed, stream)))
            else:
                results.put(("try", job, *bench.run(job, seed)))
        bench.rest()
        results.put(("over", sum(reader.looks for reader in bench.readers),
                     set.union(*(reader.met for reader in bench.readers))))
        bench.close()
    except BaseException:
        results.put(("dead", traceback.format_exc()))


def list_jobs(plan, seed, count, only, stream):
    lines = plan.lines(faults.KINDS, count, seed, stream)
    random.Random(seed).shuffle(lines)
    lines = ["mutant " + name for name, _, _ in MUTANTS] + lines
    if only:
        return [line for line in lines if (line + " ").startswith(only + " ")] or [only]
    return lines


def run_all(plan, seed, count, only, stream):
    listed = list_jobs(plan, seed, count, only, stream)
    workers = min(WORKERS, len(listed))
    report = Report(seed, count, workers, len(listed))
    jobs, results = multiprocessing.Queue(), multiprocessing.Queue()
    for job in listed + [None] * workers:
        jobs.put(job)
    for number in range(workers):
        multiprocessing.Process(target=work, args=(number, plan, seed, stream, jobs, results), daemon=True).start()
    met = set()
    while workers:
        kind, *result = results.get()
        if kind == "try":
            report.add(*result)
        elif kind == "mutant":
            report.add_mutant(*result)
        elif kind == "over":
            report.looks += result[0]
            met |= result[1]
            workers -= 1
        else:
            raise SystemExit(result[0])
    if met != {"before", "after"} and not only:
        raise SystemExit("nobody looked on: " + str(met))
    return report


def main():
    if sys.argv[1] == "mutants":  # can they be made still?
        for _, edits, kinds in MUTANTS:
            mutate(edits)
            assert all(kind in faults.KINDS and hasattr(faults, kind) for kind in kinds)
        return 0
    seed, count, only = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    folder = os.environ["TEMP"] + "/source"
    os.mkdir(folder)
    make_source(folder)
    stream = os.path.getsize(folder + "/shop.rows")
    bench = Bench("", PG_LOAD)
    plan = Plan(bench)
    bench.close()
    report = run_all(plan, seed, count, only, stream)
    status = report.finish()
    if not only:
        report.write(plan, [name for name, _, _ in MUTANTS])
    return status


sys.exit(main())
