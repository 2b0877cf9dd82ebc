/* SPDX-License-Identifier: MIT */
#include "reg.h"
#include <strsafe.h>

#define SERVICE_LIMIT_MS 90000 /* ms; offhook.exe itself waits at most 30 s for a service */
#define ARGUMENTS 20000

/* append_argument adds name=value to a command line, in quotes. options.c refuses quotes in values. A backslash at the end of a
 * value is doubled, since it would escape the closing quote. */
static bool append_argument(wchar_t *line, const wchar_t *name, const wchar_t *value)
{
	size_t n = wcslen(value);
	if (!*value)
		return true;
	return StringCchCatW(line, ARGUMENTS, L" \"") == S_OK && StringCchCatW(line, ARGUMENTS, name) == S_OK &&
		StringCchCatW(line, ARGUMENTS, L"=") == S_OK && StringCchCatW(line, ARGUMENTS, value) == S_OK &&
		StringCchCatW(line, ARGUMENTS, value[n - 1] == L'\\' ? L"\\\"" : L"\"") == S_OK;
}

/* data_path gives the path of a file in the directory of settings. */
static bool data_path(wchar_t *to, size_t size, const wchar_t *name)
{
	wchar_t dir[PATH_LENGTH];
	return data_directory(dir, LENGTH(dir)) && join_path(to, size, dir, name);
}

/* copy_ca copies the CA file to the directory of settings, where the service may read it; the file inherits the directory's
 * access rules. The previous file is kept beside it until finish_ca. */
static bool copy_ca(const struct options *o, wchar_t *to, size_t size)
{
	wchar_t old[PATH_LENGTH];
	bool reboot = false;
	if (!o->ca[0])
		return true;
	if (!data_path(to, size, L"ca.pem") || !data_path(old, LENGTH(old), L"ca.pem.old"))
		return false;
	if (!CopyFileW(to, old, FALSE) && GetLastError() != ERROR_FILE_NOT_FOUND) {
		log_line(L"%s cannot be kept (error %lu)", to, GetLastError());
		return false;
	}
	return replace_file(o->ca, to, &reboot) && !reboot;
}

/* finish_ca deletes the previous CA file, or restores it when the settings were refused. */
static void finish_ca(const struct options *o, bool accepted)
{
	wchar_t ca[PATH_LENGTH], old[PATH_LENGTH];
	if (!o->ca[0] || !data_path(ca, LENGTH(ca), L"ca.pem") || !data_path(old, LENGTH(old), L"ca.pem.old"))
		return;
	if (accepted)
		DeleteFileW(old);
	else if (!MoveFileExW(old, ca, MOVEFILE_REPLACE_EXISTING) && GetLastError() == ERROR_FILE_NOT_FOUND)
		DeleteFileW(ca);
}

/* has_no_settings says whether there is no settings file yet. */
static bool has_no_settings(void)
{
	wchar_t settings[PATH_LENGTH];
	return data_path(settings, LENGTH(settings), L"settings.yaml") && GetFileAttributesW(settings) == INVALID_FILE_ATTRIBUTES;
}

/* configure passes the account, if there is one, to offhook.exe, the only program that writes settings. The password goes to its
 * standard input. */
static int configure(struct options *o, const wchar_t *program)
{
	static wchar_t line[ARGUMENTS];
	wchar_t ca[PATH_LENGTH] = L"";
	const wchar_t *users = *o->users || !has_no_settings() ? o->users : L"auto"; /* auto: a supervisor gets the lines of all users, another account its own */
	if (!copy_ca(o, ca, LENGTH(ca)))
		return finish_ca(o, false), EXIT_SETTINGS;
	StringCchCopyW(line, ARGUMENTS, o->login ? L"config set --password-file -" : L"config set");
	if (!append_argument(line, L"user", o->user) || !append_argument(line, L"host", o->server) || !append_argument(line, L"ca", ca) || !append_argument(line, L"pin", o->pin) ||
		!append_argument(line, L"users", users))
		return finish_ca(o, false), EXIT_SETTINGS;
	int code = run_program(program, line, o->login ? o->password : NULL, SERVICE_LIMIT_MS);
	wipe(o->password, sizeof o->password);
	finish_ca(o, code == 0);
	return code == 0 ? EXIT_OK : EXIT_SETTINGS;
}

/* daemon_install creates the service and writes its settings. It does not start the service. */
int daemon_install(struct options *o, const wchar_t *program_dir)
{
	wchar_t program[PATH_LENGTH];
	if (!join_path(program, LENGTH(program), program_dir, L"offhook.exe") || run_program(program, L"service install", NULL, SERVICE_LIMIT_MS) != 0)
		return EXIT_SERVICE;
	return o->login || has_no_settings() ? configure(o, program) : EXIT_OK;
}

/* daemon_start starts the service. Without usable settings the service runs too, and reports that in the event log. */
bool daemon_start(const wchar_t *program_dir)
{
	wchar_t program[PATH_LENGTH];
	return join_path(program, LENGTH(program), program_dir, L"offhook.exe") && run_program(program, L"service start", NULL, SERVICE_LIMIT_MS) == 0;
}
