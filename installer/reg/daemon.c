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

/* copy_ca brings the authorities to where the service may read them; the directory's access rules come down to the file. What
 * was there is kept beside it until ca_settled says what came of it. */
static bool copy_ca(const struct options *o, wchar_t *to, size_t size)
{
	wchar_t old[PATH_LENGTH];
	bool reboot = false;
	if (!o->ca[0])
		return true;
	if (!ours(to, size, L"ca.pem") || !ours(old, LENGTH(old), L"ca.pem.old"))
		return false;
	if (!CopyFileW(to, old, FALSE) && GetLastError() != ERROR_FILE_NOT_FOUND) {
		log_line(L"%s cannot be kept (error %lu)", to, GetLastError());
		return false;
	}
	return place_file(o->ca, to, &reboot) && !reboot;
}

/* ca_settled ends what copy_ca began: refused settings leave the authorities as they were. */
static void ca_settled(const struct options *o, bool taken)
{
	wchar_t ca[PATH_LENGTH], old[PATH_LENGTH];
	if (!o->ca[0] || !ours(ca, LENGTH(ca), L"ca.pem") || !ours(old, LENGTH(old), L"ca.pem.old"))
		return;
	if (taken)
		DeleteFileW(old);
	else if (!MoveFileExW(old, ca, MOVEFILE_REPLACE_EXISTING) && GetLastError() == ERROR_FILE_NOT_FOUND)
		DeleteFileW(ca);
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
		return ca_settled(o, false), EXIT_SETTINGS;
	StringCchCopyW(line, ARGUMENTS, o->login ? L"config set --password-file -" : L"config set");
	if (!append(line, L"user", o->user) || !append(line, L"host", o->server) || !append(line, L"ca", ca) || !append(line, L"pin", o->pin) ||
		!append(line, L"users", users))
		return ca_settled(o, false), EXIT_SETTINGS;
	int code = run_program(program, line, o->login ? o->password : NULL, SERVICE_LIMIT);
	wipe(o->password, sizeof o->password);
	ca_settled(o, code == 0);
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
