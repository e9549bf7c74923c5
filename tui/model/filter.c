/* Extending filters; see filter.h. */
#include "tui/model/filter.h"

static bool is_plain(char c, bool field)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '/' || c == '-' || (c == ':' && !field);
}

/* Whether the language reads the text as one word that means itself. */
static bool stands_alone(struct span text, bool field)
{
    static const char *const words[] = {"and", "or", "not", "unset"};
    for (size_t i = 0; i < text.len; i++)
        if (!is_plain(text.ptr[i], field))
            return false;
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (span_is(text, words[i]))
            return false;
    return text.len > 0 && text.ptr[0] != '-';
}

void filter_quote(struct buf *out, struct span text)
{
    buf_add_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"' || text.ptr[i] == '\\')
            buf_add_char(out, '\\');
        buf_add_char(out, text.ptr[i]);
    }
    buf_add_char(out, '"');
}

static void add_word(struct buf *out, struct span text, bool field)
{
    if (stands_alone(text, field)) {
        buf_add_span(out, text);
        return;
    }
    filter_quote(out, text);
}

/* True when the word `or` stands in it outside of quotes. */
static bool has_or(struct span text)
{
    bool quoted = false;
    for (size_t i = 0; i < text.len; i++) {
        bool begins = i == 0 || text.ptr[i - 1] == ' ' || text.ptr[i - 1] == ')';
        if (text.ptr[i] == '\\' && quoted)
            i++;
        else if (text.ptr[i] == '"')
            quoted = !quoted;
        else if (!quoted && begins && span_starts(span_make(text.ptr + i, text.len - i), "or") &&
                 (i + 2 == text.len || text.ptr[i + 2] == ' ' || text.ptr[i + 2] == '('))
            return true;
    }
    return false;
}

void filter_add(struct buf *filter, struct span column, struct span value, bool missing, bool keep)
{
    struct buf joined = BUF_INIT;
    struct span before = span_trim(buf_span(filter));
    bool apart = has_or(before);
    if (apart)
        buf_add_char(&joined, '(');
    buf_add_span(&joined, before);
    if (before.len > 0)
        buf_add_text(&joined, apart ? ") " : " ");
    add_word(&joined, column, true);
    buf_add_text(&joined, keep ? "=" : "!=");
    if (missing)
        buf_add_text(&joined, "unset");
    else
        add_word(&joined, value, false);
    if (joined.failed) {
        filter->failed = true;
    } else {
        buf_clear(filter);
        buf_add_span(filter, buf_span(&joined));
    }
    buf_release(&joined);
}
