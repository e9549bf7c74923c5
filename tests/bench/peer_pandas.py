"""pandas and scikit-learn: the whole job, a Zeek log to clusters of its rows and their sizes.

    peer_pandas.py LOG K FIELD...

What the two do best without a third: only the wanted columns, float32 from the start, one
initialization, exact convergence (tol 0), as many threads as there are processors."""
import sys

import numpy
import pandas
from sklearn.cluster import KMeans

path, k, wanted = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
with open(path, encoding="latin-1") as log:
    for line in log:
        if line.startswith("#fields"):
            names = line.rstrip("\n").split("\t")[1:]
            break
table = pandas.read_csv(path, sep="\t", comment="#", header=None, names=names, usecols=wanted,
                        dtype=numpy.float32, na_values=["-"], keep_default_na=False, quoting=3)
x = table.to_numpy()
numpy.nan_to_num(x, copy=False)
x = ((x - x.mean(axis=0, dtype=numpy.float64)) / x.std(axis=0, dtype=numpy.float64)).astype(numpy.float32)
fit = KMeans(n_clusters=k, n_init=1, tol=0, max_iter=300, random_state=1).fit(x)
print(f"rows={len(x)} passes={fit.n_iter_} inertia={fit.inertia_:.9g} "
      f"sizes={','.join(map(str, sorted(numpy.bincount(fit.labels_, minlength=k))))}")
