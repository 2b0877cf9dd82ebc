#include "reg.h"
#include <strsafe.h>

#define SERVICE_LIMIT 90000 /* ms; offhook.exe itself waits at most 30 s for a service */
#define ARGUMENTS 20000

/* append adds name=value to a command line, in quotes. Values have none of their own (options.c), but may end in a
 * backslash, which would take the closing quote for itself. */
static bool append(wchar_t *line, const wchar_t *name, const wchar_t *value)
{
	size_t n = wcslen(value);
	if (!*value)
		return true;
	return StringCchCatW(line, ARGUMENTS, L" \"") == S_OK && StringCchCatW(line, ARGUMENTS, name) == S_OK &&
		StringCchCatW(line, ARGUMENTS, L"=") == S_OK && StringCchCatW(line, ARGUMENTS, value) == S_OK &&
		StringCchCatW(line, ARGUMENTS, value[n - 1] == L'\\' ? L"\\\"" : L"\"") == S_OK;
}

/* ours is a path in the directory of settings. */
static bool ours(wchar_t *to, size_t size, const wchar_t *name)
{
	wchar_t dir[PATH_LENGTH];
	return data_directory(dir, LENGTH(dir)) && join_path(to, size, dir, name);
}

/* copy_ca brings the authorities to where the service may read them; the directory's access rules come down to the file. */
static bool copy_ca(const struct options *o, wchar_t *to, size_t size)
{
	bool reboot = false;
	if (!o->ca[0])
		return true;
	return ours(to, size, L"ca.pem") && place_file(o->ca, to, &reboot) && !reboot;
}

/* fresh says whether nobody has settled anything yet. */
static bool fresh(void)
{
	wchar_t settings[PATH_LENGTH];
	return ours(settings, LENGTH(settings), L"settings.yaml") && GetFileAttributesW(settings) == INVALID_FILE_ATTRIBUTES;
}

/* configure gives the account, if there is one, to offhook.exe, which alone writes settings; the password goes to its
 * standard input. */
static int configure(struct options *o, const wchar_t *program)
{
	static wchar_t line[ARGUMENTS];
	wchar_t ca[PATH_LENGTH] = L"";
	const wchar_t *users = *o->users || !fresh() ? o->users : L"auto"; /* a supervisor gets everybody's lines, others their own */
	if (!copy_ca(o, ca, LENGTH(ca)))
		return EXIT_SETTINGS;
	StringCchCopyW(line, ARGUMENTS, o->login ? L"config set --password-file -" : L"config set");
	if (!append(line, L"user", o->user) || !append(line, L"host", o->server) || !append(line, L"ca", ca) || !append(line, L"pin", o->pin) ||
		!append(line, L"users", users))
		return EXIT_SETTINGS;
	int code = run_program(program, line, o->login ? o->password : NULL, SERVICE_LIMIT);
	wipe(o->password, sizeof o->password);
	return code == 0 ? EXIT_OK : EXIT_SETTINGS;
}

/* daemon_install makes the service and gives it its settings. It does not run yet. */
int daemon_install(struct options *o, const wchar_t *program_dir)
{
	wchar_t program[PATH_LENGTH];
	if (!join_path(program, LENGTH(program), program_dir, L"offhook.exe") || run_program(program, L"service install", NULL, SERVICE_LIMIT) != 0)
		return EXIT_SERVICE;
	return o->login || fresh() ? configure(o, program) : EXIT_OK;
}

/* daemon_start starts the service. Without usable settings it runs nevertheless, and says so in the event log. */
bool daemon_start(const wchar_t *program_dir)
{
	wchar_t program[PATH_LENGTH];
	return join_path(program, LENGTH(program), program_dir, L"offhook.exe") && run_program(program, L"service start", NULL, SERVICE_LIMIT) == 0;
}
