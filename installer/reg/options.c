/* SPDX-License-Identifier: MIT */
#include "reg.h"
#include <shellapi.h>
#include <strsafe.h>

bool options_refuse(struct options *o, const wchar_t *text, const wchar_t *what)
{
	StringCchPrintfW(o->error, LENGTH(o->error), text, what);
	return false;
}

/* is_one_line says whether a value is one line of text. */
static bool is_one_line(const wchar_t *value)
{
	for (; *value; value++)
		if (*value < L' ' || *value == 0x7f)
			return false;
	return true;
}

static bool is_host_name(const wchar_t *value)
{
	for (; *value; value++)
		if (!(*value >= 0x80 || (ascii_lower(*value) >= L'a' && ascii_lower(*value) <= L'z') || (*value >= L'0' && *value <= L'9') ||
			    wcschr(L".-:[]", *value)))
			return false;
	return true;
}

static bool set_text(struct options *o, wchar_t *to, size_t size, const wchar_t *name, const wchar_t *value, size_t length)
{
	if (length == 0)
		return options_refuse(o, L"%s: the value is missing", name);
	if (*to)
		return options_refuse(o, L"%s is given twice", name);
	if (!copy_text(to, size, value, length))
		return options_refuse(o, L"%s: the value is too long", name);
	if (!is_one_line(to))
		return options_refuse(o, L"%s: the value has control characters", name);
	return true;
}

static bool set_password(struct options *o, const wchar_t *value, size_t length)
{
	wchar_t wide[PASSWORD_BYTES + 1];
	bool ok = !o->password[0] && length > 0 && copy_text(wide, LENGTH(wide), value, length) && is_one_line(wide) &&
		to_utf8(o->password, sizeof o->password, wide);
	wipe(wide, sizeof wide);
	return ok || options_refuse(o, L"%s is empty, given twice, too long or no text", L"password");
}

static bool set_server(struct options *o, const wchar_t *value, size_t length)
{
	return set_text(o, o->server, LENGTH(o->server), L"server", value, length) &&
		(is_host_name(o->server) || options_refuse(o, L"%s: that is no host name", L"server"));
}

/* set_login splits user[@instance]:password:server. On a command line the vendor's rule holds: exactly two colons. In a file
 * the password may contain colons. */
static bool set_login(struct options *o, const wchar_t *value, bool file)
{
	const wchar_t *first = wcschr(value, L':'), *last = wcsrchr(value, L':');
	if (first == NULL || first == last)
		return options_refuse(o, L"%s: write user[@instance]:password:server", L"options");
	if (!file && wcschr(first + 1, L':') != last)
		return options_refuse(o, L"%s: too many colons; a password with colons needs /optionsfile=FILE", L"options");
	return set_text(o, o->user, LENGTH(o->user), L"user", value, (size_t)(first - value)) &&
		set_password(o, first + 1, (size_t)(last - first - 1)) && set_server(o, last + 1, wcslen(last + 1));
}

static bool is_pin(const wchar_t *pin)
{
	size_t n;
	if (wcsncmp(pin, L"sha256:", 7) != 0)
		return false;
	pin += 7;
	n = wcslen(pin);
	return (n == 44 || n == 43 || n == 64) &&
		wcsspn(pin, L"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=") == n;
}

static bool set_location(struct options *o, const wchar_t *value)
{
	wchar_t country[8];
	const wchar_t *comma = wcschr(value, L',');
	size_t n = comma ? (size_t)(comma - value) : wcslen(value);
	const wchar_t *area = comma ? comma + 1 : L"";
	if (o->location)
		return options_refuse(o, L"%s is given twice", L"location");
	if (!copy_text(country, LENGTH(country), value, n) || !location_country(country, &o->country))
		return options_refuse(o, L"%s: write the country's two letters or TAPI's number of it, as DE,711", L"location");
	if (wcsspn(area, L"0123456789") != wcslen(area) || !copy_text(o->area, LENGTH(o->area), area, wcslen(area)))
		return options_refuse(o, L"%s: the area code must be digits", L"location");
	if (*area == L'0' && o->country != 39) /* in Italy the 0 is part of the number */
		return options_refuse(o, L"%s: write the area code without its leading 0, as DE,711", L"location");
	return o->location = true;
}

/* options_set sets one option; file says that it comes from an options file. */
bool options_set(struct options *o, const wchar_t *name, const wchar_t *value, bool file)
{
	size_t n = wcslen(value);
	if (equal_ignoring_case(name, L"options"))
		return set_login(o, value, file);
	if (equal_ignoring_case(name, L"users"))
		return set_text(o, o->users, LENGTH(o->users), name, value, n) &&
			(wcspbrk(o->users, L"\"=") == NULL || options_refuse(o, L"%s: write login names with commas between them", name));
	if (equal_ignoring_case(name, L"pin"))
		return set_text(o, o->pin, LENGTH(o->pin), name, value, n) &&
			(is_pin(o->pin) || options_refuse(o, L"%s: write sha256: and the key's digest in base64 or hex", name));
	if (equal_ignoring_case(name, L"daemonhost"))
		return set_text(o, o->daemonhost, LENGTH(o->daemonhost), name, value, n) &&
			(is_host_name(o->daemonhost) || options_refuse(o, L"%s: that is no host name", name));
	if (equal_ignoring_case(name, L"ca"))
		return set_text(o, o->ca, LENGTH(o->ca), name, value, n);
	if (equal_ignoring_case(name, L"location"))
		return set_location(o, value);
	if (file && equal_ignoring_case(name, L"user"))
		return set_text(o, o->user, LENGTH(o->user), name, value, n);
	if (file && equal_ignoring_case(name, L"password"))
		return set_password(o, value, n);
	if (file && equal_ignoring_case(name, L"server"))
		return set_server(o, value, n);
	if (!file && equal_ignoring_case(name, L"optionsfile"))
		return set_text(o, o->file, LENGTH(o->file), name, value, n);
	if (!file && equal_ignoring_case(name, L"log"))
		return set_text(o, o->log, LENGTH(o->log), name, value, n);
	return options_refuse(o, L"%s: there is no such option; see docs/use/installer.md", file ? L"the options file" : L"the command line");
}

/* options_word sets the option in one word of the command line. */
bool options_word(struct options *o, const wchar_t *word)
{
	wchar_t name[32];
	const wchar_t *value = wcschr(word, L'=');
	if (wcsncmp(word, L"_?=", 3) == 0) /* the quoted form, which NSIS passes to the uninstaller's copy */
		return true;
	if (word[0] != L'/')
		return options_refuse(o, L"%s: options begin with a slash; put quotes around values with blanks", L"the command line");
	if (value == NULL) {
		if (wcscmp(word, L"/S") == 0)
			return o->silent = true;
		if (equal_ignoring_case(word, L"/debug"))
			return o->debug = true;
		if (equal_ignoring_case(word, L"/purge"))
			return o->purge = true;
		if (equal_ignoring_case(word, L"/NCRC")) /* NSIS: skip the check of the installer's checksum */
			return true;
		return options_refuse(o, L"%s: there is no such option; see docs/use/installer.md", L"the command line");
	}
	if (!copy_text(name, LENGTH(name), word + 1, (size_t)(value - word - 1)))
		return options_refuse(o, L"%s: there is no such option; see docs/use/installer.md", L"the command line");
	return options_set(o, name, value + 1, false);
}

/* cut_nsis_option removes an option of NSIS from the line. Its value goes to the end of the line, with blanks and without quotes. */
static bool cut_nsis_option(struct options *o, wchar_t *line, const wchar_t *option, wchar_t *to, size_t size)
{
	wchar_t *at = wcsstr(line, option);
	if (at == NULL)
		return true;
	const wchar_t *value = at + wcslen(option);
	if (!copy_text(to, size, value, wcslen(value)))
		return options_refuse(o, L"%s: the value is too long", L"a directory");
	*at = 0;
	return true;
}

/* options_parse reads the setup's command line. o must be zero. */
bool options_parse(struct options *o, const wchar_t *command_line)
{
	int count = 0;
	wchar_t uninstall_dir[PATH_LENGTH];
	size_t size = wcslen(command_line) + 1;
	wchar_t *line = HeapAlloc(GetProcessHeap(), 0, size * sizeof *line), **words;
	if (line == NULL)
		return options_refuse(o, L"%s: out of memory", L"the command line");
	memcpy(line, command_line, size * sizeof *line);
	bool ok = cut_nsis_option(o, line, L" /D=", o->dir, LENGTH(o->dir)) && cut_nsis_option(o, line, L" _?=", uninstall_dir, LENGTH(uninstall_dir));
	words = ok && *line ? CommandLineToArgvW(line, &count) : NULL;
	for (int i = 1; ok && i < count; i++) {
		ok = options_word(o, words[i]);
		wipe(words[i], wcslen(words[i]) * sizeof **words);
	}
	for (int i = 1; !ok && words && i < count; i++)
		wipe(words[i], wcslen(words[i]) * sizeof **words);
	LocalFree(words);
	wipe(line, size * sizeof *line);
	HeapFree(GetProcessHeap(), 0, line);
	return ok && (!o->file[0] || !o->password[0] || options_refuse(o, L"%s: give /options or /optionsfile, not both", L"options"));
}

/* options_check checks which options were given together. */
bool options_check(struct options *o)
{
	o->login = o->user[0] && o->password[0] && o->server[0];
	if (!o->login && (o->user[0] || o->password[0] || o->server[0]))
		return options_refuse(o, L"%s: user, password and server belong together", L"the options file");
	if (o->daemonhost[0] && (o->login || o->users[0] || o->pin[0] || o->ca[0]))
		return options_refuse(o, L"%s: account, users, ca and pin are settings of that host; give them to the setup there", L"daemonhost");
	if (!o->login && (o->users[0] || o->pin[0] || o->ca[0]))
		return options_refuse(o, L"%s need /options or /optionsfile with the account", L"users, ca and pin");
	return true;
}
