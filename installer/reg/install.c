/* SPDX-License-Identifier: MIT */
#include "reg.h"
#include <strsafe.h>

/* runs_daemon_here says whether the daemon runs on this machine. */
bool runs_daemon_here(const struct options *o)
{
	return !o->daemonhost[0];
}

/* read_daemon_host reads the daemon's machine from the present installation, unless the options name one. */
void read_daemon_host(struct options *o)
{
	wchar_t pipe[PATH_LENGTH], *end;
	if (o->daemonhost[0] || o->login || !product_get(L"PipeName", pipe, LENGTH(pipe)) || wcsncmp(pipe, L"\\\\", 2) != 0)
		return;
	end = wcschr(pipe + 2, L'\\');
	if (end && !(end == pipe + 3 && pipe[2] == L'.'))
		copy_text(o->daemonhost, LENGTH(o->daemonhost), pipe + 2, (size_t)(end - pipe - 2));
}

/* check_requirements checks whether offhook can be installed here; it changes nothing. */
int check_requirements(struct options *o)
{
	read_daemon_host(o);
	if (!is_administrator()) {
		log_line(L"offhook can be installed by an administrator only: choose \"Run as administrator\"");
		return EXIT_ADMIN;
	}
	if (native_machine() == MACHINE_OTHER) {
		log_line(L"this machine's processor (ARM64) is not served: its Telephony service loads no x64 or x86 provider");
		return EXIT_WINDOWS;
	}
	if (!windows_at_least(6, 1)) {
		log_line(L"this Windows is too old: offhook needs Windows 7, Windows Server 2008 R2 or later");
		return EXIT_WINDOWS;
	}
	if (runs_daemon_here(o) && !windows_at_least(10, 0)) {
		log_line(L"offhook's service needs Windows 10 or Windows Server 2016. On this Windows give /daemonhost=HOST, the "
			 L"machine on which the service runs (docs/use/administrators.md)");
		return EXIT_WINDOWS;
	}
	return EXIT_OK;
}

static void log_program(void *context, DWORD pid, const wchar_t *name)
{
	(void)context;
	log_line(L"  %s (process %lu) uses telephony; it sees the lines again after a restart", name, pid);
}

static bool install_files(const struct options *o, const wchar_t *files, const wchar_t *program_dir, bool *reboot)
{
	wchar_t from[PATH_LENGTH], to[PATH_LENGTH];
	for (size_t i = 0; i < installed_file_count; i++) {
		const struct installed_file *p = &installed_files[i];
		if ((p->with_daemon && !runs_daemon_here(o)) || !installed_path(p, program_dir, to, LENGTH(to)))
			continue;
		if (!source_path(p, files, o->debug, from, LENGTH(from)))
			return false;
		if (p->optional && GetFileAttributesW(from) == INVALID_FILE_ATTRIBUTES)
			continue;
		if (!replace_file(from, to, reboot))
			return false;
		log_line(L"placed %s", to);
	}
	return true;
}

/* choose_pipe gives the pipe on which the provider finds its daemon. A pipe name in the registry stays when it is on the right machine. */
static void choose_pipe(const struct options *o, wchar_t *pipe, size_t size)
{
	wchar_t start[300];
	const wchar_t *host = o->daemonhost[0] ? o->daemonhost : L".";
	StringCchPrintfW(start, LENGTH(start), L"\\\\%s\\", host);
	if (!product_get(L"PipeName", pipe, size) || wcsncmp(pipe, start, wcslen(start)) != 0)
		StringCchPrintfW(pipe, size, L"%spipe\\offhook", start);
}

/* write_product_values writes the registry values that the provider and the daemon read. It keeps what an administrator chose. */
static bool write_product_values(const struct options *o, const wchar_t *program_dir)
{
	wchar_t data[PATH_LENGTH], pipe[PATH_LENGTH];
	choose_pipe(o, pipe, LENGTH(pipe));
	return data_directory(data, LENGTH(data)) && product_set(L"PipeName", pipe) && product_set(L"DataDir", data) &&
		product_set(L"InstallDir", program_dir) && product_set(L"Version", product_version) &&
		product_set(L"Flavour", o->debug ? L"debug" : L"production") && program_set(program_dir, product_version);
}

/* remove_replaced_daemon removes the daemon from a machine whose lines come from another machine's daemon now; its settings stay. */
static int remove_replaced_daemon(const wchar_t *program_dir, bool *reboot)
{
	wchar_t path[PATH_LENGTH];
	if (service_state(SERVICE_NAME) == SERVICE_ABSENT)
		return EXIT_OK;
	int code = daemon_remove(program_dir, false);
	return code != EXIT_OK ? code : join_path(path, LENGTH(path), program_dir, L"offhook.exe") && remove_file(path, reboot) ? EXIT_OK : EXIT_FILES;
}

/* install_while_stopped installs everything that needs the services stopped. */
static int install_while_stopped(struct options *o, const wchar_t *files, const wchar_t *program_dir, bool *reboot)
{
	int code = runs_daemon_here(o) ? EXIT_OK : remove_replaced_daemon(program_dir, reboot);
	if (code != EXIT_OK)
		return code;
	if (!make_directory(program_dir) || !install_files(o, files, program_dir, reboot) || !write_product_values(o, program_dir))
		return EXIT_FILES;
	if (o->location && !location_write(o->country, o->area)) {
		log_line(L"the dialling location cannot be written");
		return EXIT_FILES;
	}
	return EXIT_OK;
}

/* start_installed starts the services that were stopped, and the daemon. On a first installation it registers the provider before the
 * daemon runs, since a running daemon would register it as well. On an upgrade the daemon runs before the Telephony service does. */
static int start_installed(const struct options *o, const wchar_t *program_dir, struct stopped_services *telephony)
{
	bool listed = provider_list_find(PROVIDER_FILE, NULL), started = true;
	int code = EXIT_OK;
	if (!listed) {
		started = services_start(telephony);
		if (!provider_add())
			code = EXIT_PROVIDER;
	}
	if (runs_daemon_here(o) && !daemon_start(program_dir))
		code = EXIT_SERVICE;
	if (listed) {
		started = services_start(telephony);
		provider_add();
	}
	return code == EXIT_OK && !started ? EXIT_TELEPHONY : code;
}

/* install installs or upgrades from a directory with the setup's files. */
int install(struct options *o, const wchar_t *files)
{
	struct stopped_services daemon = {0}, telephony = {0};
	wchar_t program_dir[PATH_LENGTH];
	bool reboot = false;
	int code = check_requirements(o), settings = EXIT_OK;
	if (code != EXIT_OK)
		return code;
	if (!program_directory(o, program_dir, LENGTH(program_dir)))
		return EXIT_FILES;
	log_line(L"offhook %s, %s, to %s", product_version, o->debug ? L"debug" : L"production", program_dir);
	if (provider_list_find(VENDOR_FILE, NULL))
		log_line(L"WARNING: the PBX vendor's own provider (" VENDOR_FILE L") is registered here as well: each line will be there twice. "
			 L"Remove it, or let programs use the lines of one of them only");
	if (programs_using_tapi(log_program, NULL) == 0)
		log_line(L"no program uses telephony now");
	if (!service_stop(L"TapiSrv", &telephony)) {
		log_line(L"WARNING: the Telephony service goes on with what it has loaded until the next start of Windows");
		reboot = true;
	}
	service_stop(SERVICE_NAME, &daemon);
	code = install_while_stopped(o, files, program_dir, &reboot);
	if (code == EXIT_OK && runs_daemon_here(o))
		code = settings = daemon_install(o, program_dir);
	if (code == EXIT_OK || code == EXIT_SETTINGS)
		code = start_installed(o, program_dir, &telephony);
	else { /* restore the state from before as far as possible */
		services_start(&daemon);
		services_start(&telephony);
	}
	if (code == EXIT_OK)
		code = settings != EXIT_OK ? settings : reboot ? EXIT_REBOOT : EXIT_OK;
	log_line(L"done, exit code %d", code);
	return code;
}
