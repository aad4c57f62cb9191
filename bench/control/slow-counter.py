"""The counter of the examples, at some 3,000 rows/s: its session lasts until it is held."""
import hashlib, pathlib, runpy, time


class Resting:
    def __init__(self):
        self.digest = sha256()

    def update(self, line):
        time.sleep(0.0002)
        self.digest.update(line)

    def hexdigest(self):
        return self.digest.hexdigest()


sha256 = hashlib.sha256
hashlib.sha256 = Resting
runpy.run_path(str(pathlib.Path(__file__).parents[2] / "examples/python/counter.py"), run_name="__main__")
