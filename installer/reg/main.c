#include "reg.h"

/* The setup hands its command line over in the environment: what stands in a command line is seen by every process of the
 * machine and kept in audit logs. */
#define LINE_VARIABLE L"OFFHOOK_SETUP_LINE"

/* take_line reads the setup's command line and forgets it at once. Without one the options stay empty. */
static bool take_line(struct options *o)
{
	bool ok = true;
	DWORD size = GetEnvironmentVariableW(LINE_VARIABLE, NULL, 0);
	wchar_t *line = size ? HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, size * sizeof *line) : NULL;
	if (line) {
		if (GetEnvironmentVariableW(LINE_VARIABLE, line, size) > 0)
			ok = options_parse(o, line);
		wipe(line, size * sizeof *line);
		HeapFree(GetProcessHeap(), 0, line);
	}
	SetEnvironmentVariableW(LINE_VARIABLE, NULL);
	return ok;
}

/* read_options reads line and file. The file is destroyed once an installation begins with it. */
static bool read_options(struct options *o, bool begin)
{
	if (!take_line(o))
		return false;
	if (o->file[0] && !optionsfile_read(o, o->file))
		return false;
	if (!options_check(o))
		return false;
	if (begin && o->file[0])
		optionsfile_destroy(o->file);
	return true;
}

static void tell_entry(DWORD id, const wchar_t *file)
{
	log_line(L"%lu %s", id, file);
}

static void tell_user(void *context, DWORD pid, const wchar_t *name)
{
	(void)context;
	log_line(L"%s (%lu)", name, pid);
}

/* choices are what the setup's pages need to know of its command line, as bits. */
static int choices(struct options *o)
{
	remember_host(o);
	return (o->debug ? 1 : 0) | (o->login ? 2 : 0) | (o->daemonhost[0] ? 4 : 0);
}

/* setup does what the setup's command line asks for; more is what its pages were told. */
static int setup(const wchar_t *verb, const wchar_t *files, const wchar_t *more)
{
	static struct options o;
	bool begin = same(verb, L"install"), look = same(verb, L"check");
	int code = EXIT_OPTIONS;
	bool ok = read_options(&o, begin) && (more == NULL || options_word(&o, more));
	if (begin || same(verb, L"uninstall") || (look && o.silent))
		log_open(o.log);
	if (!ok)
		log_line(L"%s", o.error);
	else if (begin)
		code = install(&o, files);
	else if (look)
		code = check(&o);
	else if (same(verb, L"choices"))
		code = choices(&o);
	else
		code = uninstall(&o);
	wipe(&o, sizeof o);
	return code;
}

static int location(const wchar_t *text)
{
	static struct options o;
	if (!options_set(&o, L"location", text, false)) {
		log_line(L"%s", o.error);
		return EXIT_OPTIONS;
	}
	if (!location_write(o.country, o.area))
		return EXIT_FILES;
	log_line(L"the Telephony service takes it at its next start");
	return EXIT_OK;
}

static int dialog(void)
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

/* obey does one verb; docs/use/installer.md lists them. */
static int obey(int count, wchar_t **words)
{
	const wchar_t *verb = count > 1 ? words[1] : L"";
	if ((count == 3 || count == 4) && same(verb, L"install"))
		return setup(verb, words[2], count == 4 ? words[3] : NULL);
	if ((count == 2 || count == 3) && same(verb, L"uninstall"))
		return setup(verb, NULL, count == 3 ? words[2] : NULL);
	if (count == 3 && same(verb, L"location"))
		return location(words[2]);
	if (count != 2)
		return usage();
	if (same(verb, L"check") || same(verb, L"choices"))
		return setup(verb, NULL, NULL);
	if (same(verb, L"list"))
		return list_each(tell_entry), EXIT_OK;
	if (same(verb, L"programs"))
		return programs_using_tapi(tell_user, NULL), EXIT_OK;
	if (same(verb, L"vendor"))
		return list_find(VENDOR_FILE, NULL) ? EXIT_OK : EXIT_CANCELLED;
	if (same(verb, L"config"))
		return dialog();
	if (!is_administrator() && (same(verb, L"add") || same(verb, L"remove")))
		return EXIT_ADMIN;
	if (same(verb, L"add"))
		return provider_add() ? EXIT_OK : EXIT_PROVIDER;
	if (same(verb, L"remove"))
		return provider_remove() ? EXIT_OK : EXIT_PROVIDER;
	return usage();
}

int wmain(int count, wchar_t **words)
{
	SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOOPENFILEERRORBOX);
	SetDllDirectoryW(L""); /* nothing is loaded from the current directory */
	int code = obey(count, words);
	log_close();
	return code;
}
