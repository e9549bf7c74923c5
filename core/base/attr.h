/* Compiler attributes and the words that no file of minnow may use.
 *
 * Every .c file reaches this header through its own header, so the bans hold everywhere. */
#ifndef MINNOW_BASE_ATTR_H
#define MINNOW_BASE_ATTR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WARN_UNUSED            __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define NORETURN               __attribute__((noreturn))
#define UNUSED                 __attribute__((unused))
#define ARRAY_LEN(a)           (sizeof(a) / sizeof((a)[0]))

/* Functions whose use has hurt before: unbounded, locale-bound or racy. */
#define MINNOW_BANNED(f) sorry_##f##_is_banned
#undef strcpy
#define strcpy(d, s) MINNOW_BANNED(strcpy)
#undef strcat
#define strcat(d, s) MINNOW_BANNED(strcat)
#undef sprintf
#define sprintf(...) MINNOW_BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) MINNOW_BANNED(vsprintf)
#undef strtok
#define strtok(s, d) MINNOW_BANNED(strtok)
#undef atoi
#define atoi(s) MINNOW_BANNED(atoi)
#undef strtod
#define strtod(s, e) MINNOW_BANNED(strtod)
#undef gets
#define gets(s) MINNOW_BANNED(gets)
#undef system
#define system(s) MINNOW_BANNED(system)
#undef popen
#define popen(s, m) MINNOW_BANNED(popen)
#undef mktemp
#define mktemp(s) MINNOW_BANNED(mktemp)
#undef localtime
#define localtime(t) MINNOW_BANNED(localtime)

#endif
