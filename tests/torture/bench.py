"""Where tries are made: a server, a folder, two readers, and the steps that every try has."""
import os
import random
import shutil
import signal
import traceback

import faults
from judge import Judge
from loads import MODES, Load, Proxy
from readers import Fresh, Held
from server import Cluster, Wrong

TIDY_EVERY = 60  # tries: so many dropped tables make the catalogue slow


class Bench:
    """plan is what plan.py has found out about loads that nothing disturbs."""

    def __init__(self, number, binary, plan=None):
        temp = os.environ["TEMP"]
        self.folder = "%s/work%s" % (temp, number)
        shutil.copytree(temp + "/source", self.folder)
        self.cluster = Cluster("%s/pg%s" % (temp, number))
        self.judge = Judge(self.cluster, self.folder)
        self.binary, self.plan = binary, plan
        if plan:
            self.judge.objects = dict(plan.objects)
            self.lasts = dict(plan.lasts)
        self.readers = [kind(self.cluster.folder, self.judge, random.Random(number)) for kind in (Fresh, Held)]
        self.loads, self.proxies, self.tries = [], [], 0

    # --- steps of a try ---------------------------------------------------------------------------

    def load(self, mode, host=None, **more):
        load = Load(self.binary, mode, self.folder, host or self.cluster.folder, **more)
        self.loads.append(load)
        return load

    def proxy(self, *where):
        proxy = Proxy(self.cluster.folder, where)
        self.proxies.append(proxy)
        return proxy

    def watch(self, mode, held=True):
        for reader in self.readers[:2 if held else 1]:
            reader.watch(mode)

    def rest(self):
        for reader in self.readers:
            reader.rest()

    def anew(self, mode):
        """Before a try, or where its fault came too late and is to be tried again."""
        self.rest()
        self.judge.settle()
        self.judge.anew(mode)
        self.watch(mode)

    def over(self, mode, load, codes, proxy=None):
        """How it ends: in one of codes, or in 0, and then it has done all of it."""
        code = load.wait()
        fired = proxy and proxy.fired()
        self.close_proxies()
        if code == 0:
            self.judge.settle()
            self.judge.whole(mode)
        elif code not in codes:
            raise Wrong("status %d: %s" % (code, load.said))
        return fired if proxy else code

    def again(self, mode, piped=False):
        """The same command, which finishes the work."""
        load = self.load(mode, piped=piped)
        code = load.wait()
        if code != 0:
            raise Wrong("again it says %d: %s" % (code, load.said))

    # --- tries ------------------------------------------------------------------------------------

    def run(self, spec, seed):
        """Whether the fault of spec, "KIND MODE POINT...", has fired, and what was wrong."""
        kind, name, *point = spec.split()
        mode, dice = MODES[name], random.Random("%s %s" % (seed, spec))
        fired, wrong = True, []
        try:
            self.anew(mode)
            fired = getattr(faults, kind)(self, mode, dice, *point) is not False
            self.close_proxies()
            self.judge.settle()
            self.judge.unseen(mode)
            self.again(mode, piped=dice.random() < 0.3)
            self.judge.complete(mode)
        except Wrong as problem:
            wrong.append(str(problem).strip())
        except Exception:
            wrong.append(traceback.format_exc())
        self.clean(bool(wrong))
        for reader in self.readers:
            wrong += reader.problems[:3]
            reader.problems = []
        return fired, wrong

    def close_proxies(self):
        for proxy in self.proxies:
            proxy.close()
        self.proxies = []

    def clean(self, failed):
        """What a try left running; a failed one may leave anything."""
        self.close_proxies()
        for load in self.loads:
            if not load.is_over():
                os.killpg(load.process.pid, signal.SIGKILL)
                load.process.wait()
        self.loads = []
        self.rest()
        if failed:
            if self.cluster.process.poll() is None:
                self.cluster.crash()
            self.cluster.start()
        self.tries += 1
        if self.tries % TIDY_EVERY == 0:
            self.cluster.ask("VACUUM")

    def close(self):
        self.rest()
        for reader in self.readers:
            reader.quit()
        self.cluster.stop()
        shutil.rmtree(self.folder)
