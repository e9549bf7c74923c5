/* The table of commands, and the prompt that takes keys. */
#include "tests/unit/unit.h"

#include <locale.h>

#include "core/base/clean.h"
#include "tui/keys.h"
#include "tui/prompt.h"

static void every_key_has_a_name(void **state)
{
    char name[16];
    (void)state;
    for (uint32_t key = KEYS_SPECIAL; key < KEYS_END_OF_LIST; key++)
        assert_int_equal(key_of_name(span_of(key_text(key, name, sizeof name))), key);
    for (uint32_t key = '!'; key < 0x7f; key++)
        assert_int_equal(key_of_name(span_of(key_text(key, name, sizeof name))), key);
    assert_string_equal(key_text(KEYS_CTRL('L'), name, sizeof name), "Ctrl-L");
    assert_int_equal(key_of_name(span_of("Ctrl-L")), KEYS_CTRL('L'));
    assert_string_equal(key_text(' ', name, sizeof name), "Space");
    assert_int_equal(key_of_name(span_of("Space")), ' ');
    assert_string_equal(key_text(0xe9, name, sizeof name), "\xc3\xa9");
    assert_string_equal(key_text(0, name, sizeof name), "?");
    assert_string_equal(key_text(0xd800, name, sizeof name), "?");
    assert_string_equal(key_text(KEYS_END_OF_LIST, name, sizeof name), "?");
}

static void wrong_names_are_no_keys(void **state)
{
    static const char *const wrong[] = {"",        "enter", "Ctrl-", "Ctrl-l",
                                        "Ctrl-LL", "F13",   "xy",    "\x01"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        assert_int_equal(key_of_name(span_of(wrong[i])), 0);
}

static void the_table_is_well_formed(void **state)
{
    const struct command_info *info;
    (void)state;
    for (size_t i = 0; (info = command_at(i)) != NULL; i++) {
        struct span rest = span_of(info->keys), name;
        size_t n = 0;
        while (keys_next(&rest, &name)) {
            assert_int_not_equal(key_of_name(name), 0);
            n++;
        }
        assert_true(n >= 1);
        assert_int_not_equal(info->where, 0);
        assert_int_equal(info->where & ~(uint32_t)IN_LISTS, 0);
        assert_true(strlen(info->help) > 0);
        assert_true(strlen(info->label) <= 12);
        assert_ptr_equal(command_info(info->command), info);
        assert_int_equal(info->command, i + 1);
    }
    assert_null(command_info(CMD_NONE));
    assert_null(command_info(N_COMMANDS));
}

/* Two commands of one view never share a key, so a key finds the command that names it. */
static void keys_find_their_command(void **state)
{
    const struct command_info *info;
    (void)state;
    for (size_t i = 0; (info = command_at(i)) != NULL; i++)
        for (uint32_t where = 1; where <= IN_LISTS; where <<= 1) {
            struct span rest = span_of(info->keys), name;
            while ((info->where & where) != 0 && keys_next(&rest, &name))
                assert_int_equal(command_of_key(key_of_name(name), where), info->command);
        }
    assert_int_equal(command_of_key(0, IN_LISTS), CMD_NONE);
    assert_int_equal(command_of_key(0x4e2d, IN_LISTS), CMD_NONE);
    assert_int_equal(command_of_key('s', IN_HELP), CMD_NONE);
}

/* What nobody may lose: every screen can be left, helped, redrawn and put to sleep. */
static void every_view_has_the_way_out(void **state)
{
    static const enum command needed[] = {CMD_BACK,    CMD_QUIT,   CMD_HELP,  CMD_REDRAW,
                                          CMD_SUSPEND, CMD_CANCEL, CMD_ESCAPE};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(needed); i++)
        assert_int_equal(command_info(needed[i])->where, IN_LISTS);
}

/* ---- prompt ---- */

static void type_text(struct prompt *p, const char *text)
{
    for (; *text != '\0'; text++)
        (void)prompt_key(p, (unsigned char)*text);
}

static void assert_line(const struct prompt *p, const char *text, size_t cursor)
{
    struct span line = prompt_text(p);
    assert_int_equal(line.len, strlen(text));
    assert_memory_equal(line.ptr, text, line.len);
    assert_int_equal(p->cursor, cursor);
}

static void a_line_is_edited(void **state)
{
    struct prompt p;
    (void)state;
    clean_set_utf8(true);
    prompt_init(&p, "find: ", "ab", NULL);
    assert_line(&p, "ab", 2);
    assert_int_equal(prompt_key(&p, KEYS_HOME), PROMPT_CHANGED);
    assert_int_equal(prompt_key(&p, KEYS_LEFT), PROMPT_GOING);
    assert_int_equal(prompt_key(&p, 0xe9), PROMPT_CHANGED);
    assert_line(&p,
                "\xc3\xa9"
                "ab",
                2);
    (void)prompt_key(&p, KEYS_BACKSPACE);
    assert_line(&p, "ab", 0);
    (void)prompt_key(&p, KEYS_DELETE);
    assert_line(&p, "b", 0);
    (void)prompt_key(&p, KEYS_END);
    type_text(&p, " two words ");
    (void)prompt_key(&p, KEYS_CTRL('W'));
    assert_line(&p, "b two ", 6);
    (void)prompt_key(&p, KEYS_LEFT);
    (void)prompt_key(&p, KEYS_CTRL('K'));
    assert_line(&p, "b two", 5);
    (void)prompt_key(&p, KEYS_CTRL('A'));
    (void)prompt_key(&p, KEYS_RIGHT);
    (void)prompt_key(&p, KEYS_CTRL('U'));
    assert_line(&p, " two", 0);
    assert_int_equal(prompt_key(&p, KEYS_F1), PROMPT_GOING);
    assert_int_equal(prompt_key(&p, 0x07), PROMPT_GOING);
    assert_int_equal(prompt_key(&p, KEYS_ENTER), PROMPT_ACCEPTED);
    prompt_release(&p);
}

static void a_line_is_left(void **state)
{
    struct prompt p;
    (void)state;
    prompt_init(&p, "", NULL, NULL);
    assert_int_equal(prompt_key(&p, KEYS_ESCAPE), PROMPT_CANCELLED);
    assert_int_equal(prompt_key(&p, KEYS_CTRL('C')), PROMPT_CANCELLED);
    assert_int_equal(prompt_key(&p, KEYS_BACKSPACE), PROMPT_CANCELLED);
    assert_int_equal(prompt_key(&p, KEYS_DELETE), PROMPT_GOING);
    prompt_release(&p);
}

static void history_comes_back(void **state)
{
    struct history h = {0};
    struct prompt p;
    (void)state;
    prompt_init(&p, "", "one", &h);
    (void)prompt_key(&p, KEYS_ENTER);
    prompt_release(&p);
    prompt_init(&p, "", "two", &h);
    (void)prompt_key(&p, KEYS_ENTER);
    (void)prompt_key(&p, KEYS_ENTER); /* the same again is kept once */
    prompt_release(&p);
    assert_int_equal(h.n, 2);

    prompt_init(&p, "", "typed", &h);
    assert_int_equal(prompt_key(&p, KEYS_DOWN), PROMPT_GOING);
    (void)prompt_key(&p, KEYS_UP);
    assert_line(&p, "two", 3);
    (void)prompt_key(&p, KEYS_UP);
    assert_line(&p, "one", 3);
    assert_int_equal(prompt_key(&p, KEYS_UP), PROMPT_GOING);
    (void)prompt_key(&p, KEYS_DOWN);
    (void)prompt_key(&p, KEYS_DOWN);
    assert_line(&p, "typed", 5);
    prompt_release(&p);

    for (int i = 0; i < 2 * PROMPT_HISTORY; i++) {
        char line[32];
        (void)snprintf(line, sizeof line, "line %d", i);
        history_add(&h, span_of(line));
    }
    assert_int_equal(h.n, PROMPT_HISTORY);
    assert_string_equal(h.line[0], "line 50");
    history_release(&h);
}

static void a_paste_neither_accepts_nor_answers(void **state)
{
    struct prompt p;
    struct span line;
    char *huge = malloc(2 * PROMPT_MAX_BYTES);
    (void)state;
    prompt_init(&p, "", NULL, NULL);
    prompt_paste(&p, span_of("10.0.0.1\r\ny\nQ\n\n"));
    assert_line(&p, "10.0.0.1  y Q", 13);
    memset(huge, 'x', 2 * PROMPT_MAX_BYTES);
    prompt_paste(&p, span_make(huge, 2 * PROMPT_MAX_BYTES));
    line = prompt_text(&p);
    assert_int_equal(line.len, PROMPT_MAX_BYTES);
    assert_int_equal(prompt_key(&p, 'y'), PROMPT_GOING); /* full */
    prompt_release(&p);

    prompt_init(&p, "sure?", NULL, NULL);
    p.yes_no = true;
    prompt_paste(&p, span_of("y"));
    assert_line(&p, "", 0);
    assert_int_equal(prompt_key(&p, KEYS_ENTER), PROMPT_GOING);
    assert_int_equal(prompt_key(&p, 'y'), PROMPT_ACCEPTED);
    assert_int_equal(prompt_key(&p, 'n'), PROMPT_CANCELLED);
    assert_int_equal(prompt_key(&p, KEYS_ESCAPE), PROMPT_CANCELLED);
    prompt_release(&p);
    free(huge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_has_a_name),
        cmocka_unit_test(wrong_names_are_no_keys),
        cmocka_unit_test(the_table_is_well_formed),
        cmocka_unit_test(keys_find_their_command),
        cmocka_unit_test(every_view_has_the_way_out),
        cmocka_unit_test(a_line_is_edited),
        cmocka_unit_test(a_line_is_left),
        cmocka_unit_test(history_comes_back),
        cmocka_unit_test(a_paste_neither_accepts_nor_answers),
    };
    (void)setlocale(LC_CTYPE, "C.UTF-8"); /* widths of characters */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
