/* SPDX-License-Identifier: MIT */
#include "reg.h"

static bool delete_installed_files(const wchar_t *program_dir, bool *reboot)
{
	wchar_t path[PATH_LENGTH];
	bool ok = true;
	for (size_t i = 0; i < installed_file_count; i++) {
		if (!installed_path(&installed_files[i], program_dir, path, LENGTH(path)))
			continue;
		if (!(installed_files[i].may_be_running ? remove_running_program : remove_file)(path, reboot))
			ok = false;
	}
	return ok;
}

/* daemon_remove removes the service with offhook.exe, which created it. */
int daemon_remove(const wchar_t *program_dir, bool purge)
{
	wchar_t program[PATH_LENGTH];
	struct stopped_services stopped = {0};
	if (!join_path(program, LENGTH(program), program_dir, L"offhook.exe"))
		return EXIT_FILES;
	if (GetFileAttributesW(program) == INVALID_FILE_ATTRIBUTES)
		return service_state(SERVICE_NAME) == SERVICE_ABSENT ? EXIT_OK : EXIT_SERVICE;
	if (!service_stop(SERVICE_NAME, &stopped))
		return EXIT_SERVICE;
	return run_program(program, purge ? L"service uninstall --all" : L"service uninstall", NULL, 90000) == 0 ? EXIT_OK : EXIT_SERVICE;
}

/* uninstall removes everything that install added; settings stay unless purge is set. It continues after a failure and returns
 * the code of the first one. */
int uninstall(struct options *o)
{
	struct stopped_services telephony = {0};
	wchar_t program_dir[PATH_LENGTH];
	bool reboot = false;
	if (!is_administrator()) {
		log_line(L"offhook can be removed by an administrator only");
		return EXIT_ADMIN;
	}
	if (!program_directory(o, program_dir, LENGTH(program_dir)))
		return EXIT_FILES;
	log_line(L"offhook %s is removed from %s%s", product_version, program_dir, o->purge ? L", with its settings" : L"");
	int code = provider_remove() ? EXIT_OK : EXIT_PROVIDER;
	if (!service_stop(L"TapiSrv", &telephony))
		reboot = true;
	int daemon = daemon_remove(program_dir, o->purge);
	if (code == EXIT_OK)
		code = daemon;
	if (!delete_installed_files(program_dir, &reboot) && code == EXIT_OK)
		code = EXIT_FILES;
	remove_directory(program_dir);
	if (code == EXIT_OK || code == EXIT_FILES) {
		product_remove(!o->purge);
		program_remove();
	}
	if (!services_start(&telephony) && code == EXIT_OK)
		code = EXIT_TELEPHONY;
	if (code == EXIT_OK && reboot)
		code = EXIT_REBOOT;
	log_line(L"removed, exit code %d", code);
	return code;
}
