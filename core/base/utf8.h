/* Strict UTF-8. */
#ifndef MINNOW_BASE_UTF8_H
#define MINNOW_BASE_UTF8_H

#include "core/base/span.h"

/* Decodes the character that the text (not empty) begins with. Returns its bytes, 0 when the first byte
 * begins none: overlong forms, surrogates and what lies beyond U+10FFFF are no characters. */
size_t utf8_decode(struct span text, uint32_t *code);

#endif
