/* Private to unpacking: one gzip member (RFC 1952) after the other, behind the two bytes that tell it. */
#ifndef MINNOW_IO_GUNZIP_H
#define MINNOW_IO_GUNZIP_H

#include "core/base/err.h"
#include "core/base/span.h"

struct gunzip;

enum gunzipped {
    GUNZIPPED_SOME,     /* go on */
    GUNZIPPED_ALL,      /* the member is over, and right */
    GUNZIPPED_DAMAGED,  /* its header or what is packed */
    GUNZIPPED_CHECKSUM, /* it is over, and its text is not what its last bytes say */
    GUNZIPPED_NO_MEMORY
};

/* Errors: ERR_LIMIT (memory); ERR_USAGE as inflater_choose. */
struct gunzip *gunzip_new(struct err *err) WARN_UNUSED;
void gunzip_free(struct gunzip *g);

/* A member begins, of which the first two bytes were taken. */
void gunzip_begin(struct gunzip *g);

/* Takes bytes from the front of *in and writes at most n (> 0) bytes of text. GUNZIPPED_SOME with nothing
 * written: all of *in is taken, and more is needed. */
enum gunzipped gunzip_some(struct gunzip *g, struct span *in, void *out, size_t n, size_t *wrote);

/* Nothing follows what was taken, and the member is not over: writes a byte of text that was still held
 * back. False when there is none. */
bool gunzip_last(struct gunzip *g, void *out);

#endif
