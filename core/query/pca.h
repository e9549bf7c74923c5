/* The two directions in which the observations of a matrix spread most (principal components).
 *
 * Source: Jolliffe, Principal Component Analysis (2002), chapter 1; the eigenvectors by Jacobi's
 * method: Golub and Van Loan, Matrix Computations (2013), section 8.5. */
#ifndef MINNOW_QUERY_PCA_H
#define MINNOW_QUERY_PCA_H

#include "core/recipe/matrix.h"

#define PCA_DIMS 256 /* of more dimensions those with the most variance are taken */

struct pca {
    uint32_t d;       /* of the matrix */
    uint32_t used;    /* dimensions that were taken: the others have a weight of 0 */
    double *mean;     /* d; owned, as the two below */
    double *along[2]; /* d: unit vectors; the weight that is furthest from 0 is positive */
    double share[2];  /* of the variance of the dimensions that were taken; 0..1 */
};

/* Errors: ERR_LIMIT, ERR_CANCELLED. Cost: n x d x d / 2. The same for any number of threads. */
int pca_find(struct pca *out, const struct matrix *m, struct parallel *pool, struct job *job,
             struct err *err) WARN_UNUSED;
void pca_release(struct pca *p);

/* Eigenvalues and vectors of a symmetric d x d matrix, the largest first; `a` is overwritten. value: d;
 * vector: d x d, the i-th in row i. */
void jacobi_eigen(double *a, uint32_t d, double *value, double *vector);

#endif
