"""scikit-learn: Lloyd's iteration from a given start, over a file that lloyd.c wrote.

    peer_sklearn.py FILE         prints the time of the fit alone"""
import sys
import time

import numpy
from sklearn.cluster import KMeans

with open(sys.argv[1], "rb") as file:
    n, d, k = numpy.fromfile(file, numpy.uint64, 3).astype(int)
    start = numpy.fromfile(file, numpy.float64, k * d).reshape(k, d)
    x = numpy.fromfile(file, numpy.float32, n * d).reshape(n, d)
fit = KMeans(n_clusters=k, init=start, n_init=1, tol=0, max_iter=300, algorithm="lloyd")
wall, cpu = time.perf_counter(), time.process_time()
fit.fit(x)
print(f"wall={time.perf_counter() - wall:.6f} cpu={time.process_time() - cpu:.6f} passes={fit.n_iter_} "
      f"inertia={fit.inertia_:.17g}")
