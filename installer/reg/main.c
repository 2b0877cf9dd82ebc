/* SPDX-License-Identifier: MIT */
#include "reg.h"

/* The setup passes its command line in this environment variable, because every process of the machine can read the command
 * line of another one, and audit logs keep it. */
#define COMMAND_LINE_VARIABLE L"OFFHOOK_SETUP_LINE"

/* read_command_line reads the setup's command line and overwrites it at once. Without one the options stay empty. */
static bool read_command_line(struct options *o)
{
	bool ok = true;
	DWORD size = GetEnvironmentVariableW(COMMAND_LINE_VARIABLE, NULL, 0);
	wchar_t *line = size ? HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, size * sizeof *line) : NULL;
	if (line) {
		if (GetEnvironmentVariableW(COMMAND_LINE_VARIABLE, line, size) > 0)
			ok = options_parse(o, line);
		wipe(line, size * sizeof *line);
		HeapFree(GetProcessHeap(), 0, line);
	}
	SetEnvironmentVariableW(COMMAND_LINE_VARIABLE, NULL);
	return ok;
}

/* read_options reads the command line and the options file. It deletes the file when the installation begins. */
static bool read_options(struct options *o, bool installing)
{
	if (!read_command_line(o))
		return false;
	if (o->file[0] && !optionsfile_read(o, o->file))
		return false;
	if (!options_check(o))
		return false;
	if (installing && o->file[0])
		optionsfile_destroy(o->file);
	return true;
}

static void log_entry(DWORD id, const wchar_t *file)
{
	log_line(L"%lu %s", id, file);
}

static void log_program(void *context, DWORD pid, const wchar_t *name)
{
	(void)context;
	log_line(L"%s (%lu)", name, pid);
}

/* choice_bits gives what the setup's pages need to know of its command line, as bits. */
static int choice_bits(struct options *o)
{
	read_daemon_host(o);
	return (o->debug ? 1 : 0) | (o->login ? 2 : 0) | (o->daemonhost[0] ? 4 : 0);
}

/* run_setup_verb runs a verb with the options of the setup's command line; page_option is what the user chose on a page. */
static int run_setup_verb(const wchar_t *verb, const wchar_t *files, const wchar_t *page_option)
{
	static struct options o;
	bool installing = equal_ignoring_case(verb, L"install"), checking = equal_ignoring_case(verb, L"check");
	int code = EXIT_OPTIONS;
	bool ok = read_options(&o, installing) && (page_option == NULL || options_word(&o, page_option));
	if (installing || equal_ignoring_case(verb, L"uninstall") || (checking && o.silent))
		log_open(o.log);
	if (!ok)
		log_line(L"%s", o.error);
	else if (installing)
		code = install(&o, files);
	else if (checking)
		code = check_requirements(&o);
	else if (equal_ignoring_case(verb, L"choices"))
		code = choice_bits(&o);
	else
		code = uninstall(&o);
	wipe(&o, sizeof o);
	return code;
}

static int run_location(const wchar_t *text)
{
	static struct options o;
	if (!options_set(&o, L"location", text, false)) {
		log_line(L"%s", o.error);
		return EXIT_OPTIONS;
	}
	if (!location_write(o.country, o.area))
		return EXIT_FILES;
	log_line(L"the Telephony service reads it at its next start");
	return EXIT_OK;
}

static int run_dialog(void)
{
	LONG e = provider_dialog();
	if (e != 0)
		log_line(L"the dialog answered 0x%08lX", (unsigned long)e);
	return e == 0 ? EXIT_OK : EXIT_PROVIDER;
}

static int usage(void)
{
	log_line(L"offhookreg %s: list | programs | vendor | add | remove | config | location DE,711 | install DIRECTORY [/debug] | uninstall [/purge] | check | choices",
		product_version);
	return EXIT_OPTIONS;
}

/* run_verb runs one verb; docs/use/installer.md lists them. */
static int run_verb(int count, wchar_t **words)
{
	const wchar_t *verb = count > 1 ? words[1] : L"";
	if ((count == 3 || count == 4) && equal_ignoring_case(verb, L"install"))
		return run_setup_verb(verb, words[2], count == 4 ? words[3] : NULL);
	if ((count == 2 || count == 3) && equal_ignoring_case(verb, L"uninstall"))
		return run_setup_verb(verb, NULL, count == 3 ? words[2] : NULL);
	if (count == 3 && equal_ignoring_case(verb, L"location"))
		return run_location(words[2]);
	if (count != 2)
		return usage();
	if (equal_ignoring_case(verb, L"check") || equal_ignoring_case(verb, L"choices"))
		return run_setup_verb(verb, NULL, NULL);
	if (equal_ignoring_case(verb, L"list"))
		return provider_list_each(log_entry), EXIT_OK;
	if (equal_ignoring_case(verb, L"programs"))
		return programs_using_tapi(log_program, NULL), EXIT_OK;
	if (equal_ignoring_case(verb, L"vendor"))
		return provider_list_find(VENDOR_FILE, NULL) ? EXIT_OK : EXIT_CANCELLED;
	if (equal_ignoring_case(verb, L"config"))
		return run_dialog();
	if (!is_administrator() && (equal_ignoring_case(verb, L"add") || equal_ignoring_case(verb, L"remove")))
		return EXIT_ADMIN;
	if (equal_ignoring_case(verb, L"add"))
		return provider_add() ? EXIT_OK : EXIT_PROVIDER;
	if (equal_ignoring_case(verb, L"remove"))
		return provider_remove() ? EXIT_OK : EXIT_PROVIDER;
	return usage();
}

int wmain(int count, wchar_t **words)
{
	SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOOPENFILEERRORBOX);
	SetDllDirectoryW(L""); /* nothing is loaded from the current directory */
	int code = run_verb(count, words);
	log_close();
	return code;
}
