/* A line that is typed; see prompt.h. */
#include "tui/prompt.h"

#include "core/base/clean.h"
#include "core/base/mem.h"
#include "tui/keys.h"
#include "tui/text.h"

/* ---- history ---- */

void history_add(struct history *h, struct span line)
{
    char *copy;
    if (line.len == 0 || (h->n > 0 && span_is(line, h->line[h->n - 1])))
        return;
    copy = mem_copy(line.ptr, line.len);
    if (copy == NULL)
        return; /* a history that forgets a line is no failure */
    if (h->n == PROMPT_HISTORY) {
        mem_free(h->line[0]);
        memmove(h->line, h->line + 1, (PROMPT_HISTORY - 1) * sizeof h->line[0]);
        h->n--;
    }
    h->line[h->n++] = copy;
}

void history_release(struct history *h)
{
    for (size_t i = 0; i < h->n; i++)
        mem_free(h->line[i]);
    h->n = 0;
}

/* ---- editing ---- */

static void replace_all(struct prompt *p, struct span line)
{
    buf_clear(&p->text);
    buf_add_span(&p->text, line);
    p->cursor = p->text.len;
}

static bool insert(struct prompt *p, const char *bytes, size_t n)
{
    size_t behind = p->text.len - p->cursor;
    if (n == 0 || p->text.len + n > PROMPT_MAX_BYTES)
        return false;
    buf_add(&p->text, bytes, n); /* makes the room */
    if (p->text.failed) {
        p->text.failed = false; /* buf keeps what it had; the typed character is lost */
        return false;
    }
    memmove(p->text.ptr + p->cursor + n, p->text.ptr + p->cursor, behind);
    memcpy(p->text.ptr + p->cursor, bytes, n);
    p->cursor += n;
    return true;
}

static bool erase_between(struct prompt *p, size_t from, size_t to)
{
    if (from >= to)
        return false;
    memmove(p->text.ptr + from, p->text.ptr + to, p->text.len - to);
    p->text.len -= to - from;
    p->text.ptr[p->text.len] = '\0';
    p->cursor = from;
    return true;
}

static size_t unit_before(const struct prompt *p)
{
    return p->cursor - text_last_unit(span_make(buf_text(&p->text), p->cursor));
}

static size_t unit_after(const struct prompt *p)
{
    struct clean_unit unit;
    struct span rest = span_make(buf_text(&p->text) + p->cursor, p->text.len - p->cursor);
    return p->cursor + (clean_next(rest, &unit) ? unit.taken : 0);
}

static size_t word_before(const struct prompt *p)
{
    size_t at = p->cursor;
    while (at > 0 && p->text.ptr[at - 1] == ' ')
        at--;
    while (at > 0 && p->text.ptr[at - 1] != ' ')
        at--;
    return at;
}

/* Shows the entry `back` lines before the newest; 0 is what was typed. */
static bool browse(struct prompt *p, size_t back)
{
    if (p->history == NULL || back > p->history->n || back == p->browsing)
        return false;
    if (p->browsing == 0) {
        buf_clear(&p->typed);
        buf_add_span(&p->typed, buf_span(&p->text));
    }
    p->browsing = back;
    replace_all(p,
                back == 0 ? buf_span(&p->typed) : span_of(p->history->line[p->history->n - back]));
    return true;
}

static bool move_to(struct prompt *p, size_t cursor)
{
    bool moved = cursor != p->cursor;
    p->cursor = cursor;
    return moved;
}

void prompt_init(struct prompt *p, const char *label, const char *initial, struct history *history)
{
    memset(p, 0, sizeof *p);
    buf_init(&p->text, 0);
    buf_init(&p->typed, 0);
    p->history = history;
    (void)snprintf(p->label, sizeof p->label, "%s", label);
    if (initial != NULL)
        prompt_paste(p, span_of(initial));
}

void prompt_release(struct prompt *p)
{
    buf_release(&p->text);
    buf_release(&p->typed);
}

static enum prompt_event answer_key(uint32_t key)
{
    switch (key) {
    case 'y':
    case 'Y':
        return PROMPT_ACCEPTED;
    case 'n':
    case 'N':
    case 'q':
    case KEYS_ESCAPE:
    case KEYS_CTRL('C'):
        return PROMPT_CANCELLED;
    default:
        return PROMPT_GOING;
    }
}

static bool type(struct prompt *p, uint32_t key)
{
    char bytes[4];
    return key >= ' ' && key != 0x7f && key < KEYS_SPECIAL &&
           insert(p, bytes, text_utf8(key, bytes));
}

static bool edit(struct prompt *p, uint32_t key)
{
    switch (key) {
    case KEYS_LEFT:
    case KEYS_CTRL('B'):
        return move_to(p, unit_before(p));
    case KEYS_RIGHT:
    case KEYS_CTRL('F'):
        return move_to(p, unit_after(p));
    case KEYS_HOME:
    case KEYS_CTRL('A'):
        return move_to(p, 0);
    case KEYS_END:
    case KEYS_CTRL('E'):
        return move_to(p, p->text.len);
    case KEYS_UP:
    case KEYS_CTRL('P'):
        return browse(p, p->browsing + 1);
    case KEYS_DOWN:
    case KEYS_CTRL('N'):
        return p->browsing > 0 && browse(p, p->browsing - 1);
    case KEYS_BACKSPACE:
        return erase_between(p, unit_before(p), p->cursor);
    case KEYS_DELETE:
    case KEYS_CTRL('D'):
        return erase_between(p, p->cursor, unit_after(p));
    case KEYS_CTRL('U'):
        return erase_between(p, 0, p->cursor);
    case KEYS_CTRL('K'):
        return erase_between(p, p->cursor, p->text.len);
    case KEYS_CTRL('W'):
        return erase_between(p, word_before(p), p->cursor);
    default:
        return type(p, key);
    }
}

enum prompt_event prompt_key(struct prompt *p, uint32_t key)
{
    if (p->yes_no)
        return answer_key(key);
    switch (key) {
    case KEYS_ESCAPE:
    case KEYS_CTRL('C'):
        return PROMPT_CANCELLED;
    case KEYS_ENTER:
        if (p->history != NULL)
            history_add(p->history, buf_span(&p->text));
        return PROMPT_ACCEPTED;
    case KEYS_BACKSPACE:
        if (p->text.len == 0)
            return PROMPT_CANCELLED;
        break;
    default:
        break;
    }
    return edit(p, key) ? PROMPT_CHANGED : PROMPT_GOING;
}

void prompt_paste(struct prompt *p, struct span bytes)
{
    if (p->yes_no)
        return; /* a paste never answers a question */
    /* A line end at the paste's end belongs to how it was copied, not to the text. */
    while (bytes.len > 0 && (bytes.ptr[bytes.len - 1] == '\n' || bytes.ptr[bytes.len - 1] == '\r'))
        bytes.len--;
    for (size_t i = 0; i < bytes.len; i++) {
        char c = bytes.ptr[i];
        if (c == '\n' || c == '\r')
            c = ' ';
        if (!insert(p, &c, 1))
            return;
    }
}

struct span prompt_text(const struct prompt *p)
{
    return buf_span(&p->text);
}
