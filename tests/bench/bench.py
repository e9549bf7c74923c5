"""What the rows work with: minnow, the peers that are here, and logs made on demand."""

import gzip
import hashlib
import os
import shutil
import subprocess

from tests.bench.measure import NoFigure

HERE = os.path.dirname(os.path.abspath(__file__))
PLAIN = ["duration", "orig_bytes", "resp_bytes", "orig_pkts", "orig_ip_bytes", "resp_pkts", "resp_ip_bytes",
         "id.resp_p"]  # the eight numbers of the budgets


class Bench:
    def __init__(self, options):
        self.program, self.generator = options.program, options.generator
        self.programs, self.data, self.rows = options.programs, options.data, options.rows
        os.makedirs(self.data, exist_ok=True)

    # ---- minnow ----

    def job(self, log, *more):
        """The command of a batch job with eight plain numbers, k 7, one start."""
        features = ",".join(f"num({name})" for name in PLAIN)
        return [self.program, "-b", "-k", "7", "--starts=1", "--missing=zero", f"--features={features}",
                *more, log]

    def own(self, name):
        """A program of this directory that is linked with minnow's core."""
        return self.built(name, "it was not built")

    def identity(self):
        with open(self.program, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()[:16]

    # ---- peers ----

    def built(self, name, otherwise):
        path = os.path.join(self.programs, name)
        if not os.access(path, os.X_OK):
            raise NoFigure(f"{name}: {otherwise}")
        return path

    def peer(self, name, package):
        """A small program around a library of others."""
        return self.built(name, f"no {package} here")

    def tool(self, name, package):
        path = shutil.which(name)
        if path is None:
            raise NoFigure(f"no {name} here (Debian: {package})")
        return path

    def python(self, script):
        """The start of the command of a script that needs pandas or scikit-learn."""
        python = os.path.join(self.data, "venv/bin/python3")
        if not os.access(python, os.X_OK):
            raise NoFigure("no pandas and scikit-learn here")
        return [python, os.path.join(HERE, script)]

    # ---- logs ----

    def log(self, rows=None, form="tsv"):
        """The path of a made-up log, read once so that it is in memory. Made anew when the generator
        is newer."""
        rows = rows or self.rows
        suffix = {"tsv": "log", "json": "json", "csv": "csv"}[form]
        path = os.path.join(self.data, f"conn-{rows}.{suffix}")
        self.make(path, [self.generator, f"--rows={rows}", f"--form={form}", "-o"])
        return self.warm(path)

    def packed(self, rows=None):
        plain = self.log(rows)
        path = plain + ".gz"
        if not self.is_new(path, plain):
            with open(plain, "rb") as source, gzip.open(path + ".part", "wb", 6) as out:
                shutil.copyfileobj(source, out, 1 << 20)
            os.replace(path + ".part", path)
        return self.warm(path)

    def make(self, path, command):
        if self.is_new(path, self.generator):
            return
        done = subprocess.run([*command, path + ".part"], stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            raise NoFigure(f"{path} could not be made: {done.stderr.decode().strip()}")
        os.replace(path + ".part", path)

    @staticmethod
    def is_new(path, source):
        return os.path.exists(path) and os.path.getmtime(path) >= os.path.getmtime(source)

    @staticmethod
    def warm(path):
        with open(path, "rb") as file:
            while file.read(1 << 22):
                pass
        return path
