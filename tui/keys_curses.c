/* Keys, as curses gives them, and reports of the mouse; see term.h.
 *
 * DESIGN
 * 1. Bytes become characters here, not in curses: an invalid sequence is then one dropped character
 *    and not an end of input.
 * 2. A report of the mouse is known by its beginning, which is defined as a key; what follows is
 *    taken byte by byte, in as many pieces as it comes, until its end or something that is none of
 *    it. Half a report is dropped and never typed. */
#include <poll.h>
#include <time.h>

#include "tui/keys.h"
#include "tui/term.h"
#include "tui/text.h"

#define LATE_MS          1000
#define PASTE_BEGIN_CODE 2000 /* beyond what curses gives out itself */
#define PASTE_END_CODE   2001

#define SGR_CODE 2002
#define X10_CODE 2003

/* Keys that terminals send whatever their description says; what is described is left alone. */
void term_define_keys(void)
{
    static const struct {
        const char *bytes;
        int code;
    } keys[] = {
        {"\033[200~", PASTE_BEGIN_CODE},
        {"\033[201~", PASTE_END_CODE},
        {"\033[A", KEY_UP},
        {"\033OA", KEY_UP},
        {"\033[B", KEY_DOWN},
        {"\033OB", KEY_DOWN},
        {"\033[C", KEY_RIGHT},
        {"\033OC", KEY_RIGHT},
        {"\033[D", KEY_LEFT},
        {"\033OD", KEY_LEFT},
        {"\033[H", KEY_HOME},
        {"\033OH", KEY_HOME},
        {"\033[1~", KEY_HOME},
        {"\033[7~", KEY_HOME},
        {"\033[F", KEY_END},
        {"\033OF", KEY_END},
        {"\033[4~", KEY_END},
        {"\033[8~", KEY_END},
        {"\033[5~", KEY_PPAGE},
        {"\033[6~", KEY_NPAGE},
        {"\033[3~", KEY_DC},
        {"\033[Z", KEY_BTAB},
        {"\033OP", KEY_F(1)},
        {"\033[11~", KEY_F(1)},
        {"\033[[A", KEY_F(1)},
        {"\033OR", KEY_F(3)},
        {"\033[13~", KEY_F(3)},
        {"\033[17~", KEY_F(6)},
        {"\033[21~", KEY_F(10)},
        {"\033OM", KEY_ENTER},
    };
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (key_defined(keys[i].bytes) <= 0)
            (void)define_key(keys[i].bytes, keys[i].code);
    /* Reports are taken apart here, also where the description has one: curses negotiates them for
     * few terminals. Without --mouse they do nothing. */
    (void)define_key("\033[<", SGR_CODE);
    (void)define_key("\033[M", X10_CODE);
}

static uint32_t key_of_curses(int code)
{
    static const struct {
        int code;
        uint32_t key;
    } map[] = {
        {KEY_UP, KEYS_UP},
        {KEY_DOWN, KEYS_DOWN},
        {KEY_LEFT, KEYS_LEFT},
        {KEY_RIGHT, KEYS_RIGHT},
        {KEY_HOME, KEYS_HOME},
        {KEY_FIND, KEYS_HOME},
        {KEY_END, KEYS_END},
        {KEY_SELECT, KEYS_END},
        {KEY_PPAGE, KEYS_PAGE_UP},
        {KEY_NPAGE, KEYS_PAGE_DOWN},
        {KEY_IC, KEYS_INSERT},
        {KEY_DC, KEYS_DELETE},
        {KEY_ENTER, KEYS_ENTER},
        {KEY_BACKSPACE, KEYS_BACKSPACE},
        {KEY_BTAB, KEYS_BACKTAB},
        {PASTE_BEGIN_CODE, KEYS_PASTE_BEGIN},
        {PASTE_END_CODE, KEYS_PASTE_END},
    };
    for (size_t i = 0; i < ARRAY_LEN(map); i++)
        if (map[i].code == code)
            return map[i].key;
    if (code >= KEY_F(1) && code <= KEY_F(12))
        return KEYS_F1 + (uint32_t)(code - KEY_F(1));
    return 0;
}

static uint32_t key_of_control(int byte)
{
    switch (byte) {
    case '\r':
    case '\n':
        return KEYS_ENTER;
    case '\t':
        return KEYS_TAB;
    case 0x1b:
        return KEYS_ESCAPE;
    case 0x08:
    case 0x7f:
        return KEYS_BACKSPACE;
    default:
        return (uint32_t)byte;
    }
}

/* One byte of a UTF-8 character: the character when it is complete, else 0. What is no character is
 * dropped. */
static uint32_t key_of_byte(struct terminal *t, int byte)
{
    unsigned char lead;
    size_t want;
    uint32_t code;
    char again[4];
    if ((byte & 0xc0) == 0xc0)
        t->n_typed = 0;
    else if (t->n_typed == 0)
        return 0;
    t->typed[t->n_typed++] = (char)byte;
    lead = (unsigned char)t->typed[0];
    want = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (t->n_typed < want)
        return 0;
    code = lead & (0x7fu >> want);
    for (size_t i = 1; i < want; i++)
        code = code << 6 | ((unsigned char)t->typed[i] & 0x3f);
    t->n_typed = 0;
    /* Overlong forms, surrogates and the like do not come back as the same bytes. */
    if (code < 0xa0 || text_utf8(code, again) != want || memcmp(again, t->typed, want) != 0)
        return 0;
    return code;
}

/* ---- reports of the mouse ---- */

/* Takes a number of up to five digits off the front; false when there is none. */
static bool take_number(struct span *s, int *out)
{
    size_t n = 0;
    *out = 0;
    while (n < s->len && n < 5 && s->ptr[n] >= '0' && s->ptr[n] <= '9')
        *out = *out * 10 + (s->ptr[n++] - '0');
    *s = span_make(s->ptr + n, s->len - n);
    return n > 0;
}

static bool take_semicolon(struct span *s)
{
    if (s->len == 0 || s->ptr[0] != ';')
        return false;
    *s = span_make(s->ptr + 1, s->len - 1);
    return true;
}

/* "0;12;3": the button, column and row from 1. True for the left button going down and the wheel;
 * other buttons, modifiers, releases and nonsense mean nothing. */
static bool read_report(struct terminal *t, struct span s)
{
    int button, col, row;
    if (!take_number(&s, &button) || !take_semicolon(&s) || !take_number(&s, &col) ||
        !take_semicolon(&s) || !take_number(&s, &row) || s.len > 0 || col < 1 || row < 1)
        return false;
    t->mouse = (struct term_mouse){row - 1, col - 1, button == 64 ? -1 : button == 65 ? 1 : 0};
    return button == 0 || button == 64 || button == 65;
}

/* A code while a report is coming, however it was broken into pieces. False when it is none of it:
 * the report was cut short. */
static bool take_report(struct terminal *t, int code, uint32_t *key)
{
    enum term_report kind = t->report;
    *key = 0;
    if (code > 0xff || code == 0x1b) {
        t->report = REPORT_NONE;
        return false;
    }
    if (kind == REPORT_X10) { /* three bytes, whatever they are: another form was asked for */
        if (++t->n_reported == 3)
            t->report = REPORT_NONE;
        return true;
    }
    if ((code >= '0' && code <= '9') || code == ';') {
        if (t->n_reported < sizeof t->reported)
            t->reported[t->n_reported++] = (char)code;
        return true;
    }
    t->report = REPORT_NONE;
    if (code == 'M' && t->takes_mouse && t->n_reported < sizeof t->reported &&
        read_report(t, span_make(t->reported, t->n_reported)))
        *key = KEYS_MOUSE;
    return true;
}

static void begin_report(struct terminal *t, enum term_report kind)
{
    t->report = kind;
    t->n_reported = 0;
    t->escaped = 0;
}

static uint64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* A slow line may bring the beginning of a report so late that curses gave its ESC as a key. True
 * when the code belongs to it. */
static bool begins_late(struct terminal *t, int code)
{
    struct pollfd p = {.fd = t->fd_in, .events = POLLIN};
    uint64_t now;
    if (!t->takes_mouse || (code != 0x1b && t->escaped == 0))
        return false;
    now = now_ms();
    if (code == '<' && t->escaped == 2 && now - t->escaped_ms < LATE_MS) {
        begin_report(t, REPORT_SGR);
        return true;
    }
    if (code == '[' && t->escaped == 1 && now - t->escaped_ms < LATE_MS) {
        /* Only the next character tells: it is near, or this was a key. */
        int next = poll(&p, 1, get_escdelay()) > 0 ? wgetch(t->keys) : ERR;
        t->escaped = 2;
        if (next == '<') {
            begin_report(t, REPORT_SGR);
            return true;
        }
        if (next != ERR)
            (void)ungetch(next);
        return false;
    }
    t->escaped = code == 0x1b ? 1 : 0;
    t->escaped_ms = now;
    return false;
}

/* True when the code is used up. */
static bool is_report(struct terminal *t, int code, uint32_t *key)
{
    *key = 0;
    if (t->report != REPORT_NONE && take_report(t, code, key))
        return true;
    if (code == SGR_CODE || code == X10_CODE) {
        begin_report(t, code == SGR_CODE ? REPORT_SGR : REPORT_X10);
        return true;
    }
    return begins_late(t, code);
}

bool term_key(struct terminal *t, uint32_t *key)
{
    int code;
    while ((code = wgetch(t->keys)) != ERR) {
        if (is_report(t, code, key)) {
            if (*key != 0)
                return true;
            continue;
        }
        if (code > 0xff)
            *key = key_of_curses(code);
        else if (code >= 0x80)
            *key = key_of_byte(t, code);
        else
            *key = key_of_control(code);
        if (code < 0x80 || code > 0xff)
            t->n_typed = 0;
        if (*key != 0)
            return true;
    }
    return false;
}
