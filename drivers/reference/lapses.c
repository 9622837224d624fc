/* SPDX-License-Identifier: BSD-3-Clause */
/* The registry of lapses, and how it is listed. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "drivers/reference/lapse.h"
#include "drivers/reference/life.h"
#include "rules/rules.h"

/* Hidden: each shared object has its own. */
extern const struct lapse *const __start_lapses[] __attribute__((visibility("hidden")));
extern const struct lapse *const __stop_lapses[] __attribute__((visibility("hidden")));

static size_t lapse_count(void)
{
	return (size_t)(__stop_lapses - __start_lapses);
}

/* Users write '-' where the identifier has '_'. */
static bool is_name(const char *name, const char *text, size_t size)
{
	if (strlen(name) != size)
		return false;
	for (size_t i = 0; i < size; i++)
		if (name[i] != text[i] && !(name[i] == '_' && text[i] == '-'))
			return false;
	return true;
}

/* Which of the words it is: sets l->value and l->text. */
static int choose_value(struct lapse_run *l, const char *text, size_t size)
{
	const char *word = l->lapse->values;

	for (unsigned i = 0; word && *word; i++) {
		size_t length = strcspn(word, " ");

		if (!text || (length == size && strncmp(word, text, size) == 0)) {
			l->value = i;
			l->text = word;
			return 0;
		}
		word += length;
		word += *word == ' ';
	}
	return text ? -1 : 0;
}

int lapse_choose(struct lapse_run *l, const char *text)
{
	size_t all = strcspn(text, ",; "), size = strcspn(text, "=,; ");
	const char *value = size < all ? text + size + 1 : NULL;

	for (size_t i = 0; i < lapse_count(); i++) {
		if (!is_name(__start_lapses[i]->name, text, size))
			continue;
		l->lapse = __start_lapses[i];
		l->text = "";
		return choose_value(l, value, value ? all - size - 1 : 0);
	}
	return -1;
}

struct json {
	char *text;
	size_t size, used;
};

static void put(struct json *j, const char *text)
{
	for (; *text && j->used + 1 < j->size; text++)
		j->text[j->used++] = *text;
	j->text[j->used] = '\0';
}

static void put_name(struct json *j, const char *name)
{
	for (; *name; name++)
		put(j, (char[2]){ (char)(*name == '_' ? '-' : *name), '\0' });
}

/* Or null. Texts of lapses are plain ASCII of ours. */
static void put_string(struct json *j, const char *text)
{
	if (!text) {
		put(j, "null");
		return;
	}
	put(j, "\"");
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			put(j, "\\");
		if (isprint((unsigned char)*text))
			put(j, (char[2]){ *text, '\0' });
	}
	put(j, "\"");
}

static void put_rules(struct json *j, const struct lapse_rules *rules)
{
	put(j, "[");
	for (unsigned i = 0; i < rules->count; i++) {
		put(j, i ? "," : "");
		put_string(j, vs_rules[rules->ids[i]].id);
	}
	put(j, "]");
}

static void put_words(struct json *j, const char *words)
{
	const char *between = "";

	put(j, "[");
	for (const char *word = words ? words : ""; *word;) {
		size_t length = strcspn(word, " ");
		char one[64];

		snprintf(one, sizeof(one), "%.*s", (int)length, word);
		put(j, between);
		put_string(j, one);
		between = ",";
		word += length;
		word += *word == ' ';
	}
	put(j, "]");
}

const char *lapse_describe(unsigned index, char *text, size_t size)
{
	struct json j = { text, size, 0 };
	const struct lapse *lapse;

	if (index >= lapse_count())
		return NULL;
	lapse = __start_lapses[index];
	put(&j, "{\"lapse\":\"");
	put_name(&j, lapse->name);
	put(&j, "\",\"says\":");
	put_string(&j, lapse->says);
	put(&j, ",\"breaks\":");
	put_rules(&j, &lapse->breaks);
	put(&j, ",\"also\":");
	put_rules(&j, &lapse->also);
	put(&j, ",\"values\":");
	put_words(&j, lapse->values);
	put(&j, ",\"needs\":");
	put_string(&j, lapse->needs);
	put(&j, ",\"scenario\":");
	put_string(&j, lapse->scenario);
	put(&j, "}");
	return text;
}

/* What `virtspec driver --plugin FILE.so --list-lapses` asks for: line `index`, or NULL. */
__attribute__((visibility("default"))) virtspec_lapses_function virtspec_lapses;
const char *virtspec_lapses(unsigned index, char *text, size_t size)
{
	return lapse_describe(index, text, size);
}
