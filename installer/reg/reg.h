/* SPDX-License-Identifier: MIT */
/* offhookreg.exe does the work of the setup that its script cannot do: it reads the options, replaces files in use, and calls
 * the service manager and tapi32. docs/use/installer.md is its manual. */
#ifndef OFFHOOKREG_H
#define OFFHOOKREG_H

#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

/* Exit codes, the same for setup, uninstaller and offhookreg (docs/use/installer.md). */
enum {
	EXIT_OK = 0,
	EXIT_CANCELLED = 1, /* setup only: the user cancelled */
	EXIT_OPTIONS = 2,   /* malformed options; nothing was changed */
	EXIT_ADMIN = 3,     /* the user is not an administrator; nothing was changed */
	EXIT_WINDOWS = 4,   /* this Windows or processor is not supported; nothing was changed */
	EXIT_TELEPHONY = 5, /* the Telephony service did not start again */
	EXIT_SERVICE = 6,   /* the offhook service could not be installed or started */
	EXIT_PROVIDER = 7,  /* Windows did not register (or remove) the provider */
	EXIT_FILES = 8,     /* a file or registry value could not be written */
	EXIT_SETTINGS = 9,  /* installed, but the settings were refused */
	EXIT_REBOOT = 3010  /* done; files in use are replaced at the next start of Windows */
};

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))
#define PATH_LENGTH 1024
#define PROVIDER_FILE L"offhook.tsp"
#define VENDOR_FILE L"mdtapi.tsp"
#define SERVICE_NAME L"offhook"

/* version.c */
extern const wchar_t product_version[];

/* text.c */
void wipe(void *p, size_t size);
bool copy_text(wchar_t *to, size_t size, const wchar_t *from, size_t length);
bool join_path(wchar_t *to, size_t size, const wchar_t *dir, const wchar_t *name);
bool to_utf8(char *to, size_t size, const wchar_t *from);
const wchar_t *base_name(const wchar_t *path);
wchar_t ascii_lower(wchar_t c);
bool equal_ignoring_case(const wchar_t *a, const wchar_t *b);

/* log.c */
void log_open(const wchar_t *file);
void log_line(const wchar_t *format, ...);
void log_close(void);

/* options.c: the options of the setup's command line and of its options file */
#define PASSWORD_BYTES 4096
struct options {
	bool silent, debug, purge;
	wchar_t user[512], server[256];
	char password[PASSWORD_BYTES + 1]; /* UTF-8 */
	bool login;                        /* user, password and server are given */
	wchar_t users[16384];
	wchar_t ca[PATH_LENGTH], pin[256], daemonhost[256], file[PATH_LENGTH], log[PATH_LENGTH], dir[PATH_LENGTH];
	bool location;
	DWORD country;
	wchar_t area[16];
	wchar_t error[256]; /* why the options were refused; it repeats no value */
};
bool options_parse(struct options *o, const wchar_t *command_line);
bool options_set(struct options *o, const wchar_t *name, const wchar_t *value, bool file);
bool options_word(struct options *o, const wchar_t *word);
bool options_check(struct options *o);
bool options_refuse(struct options *o, const wchar_t *text, const wchar_t *what);

/* optionsfile.c */
bool optionsfile_read(struct options *o, const wchar_t *path);
bool optionsfile_text(struct options *o, wchar_t *text);
void optionsfile_destroy(const wchar_t *path);

/* system.c */
enum machine { MACHINE_X86, MACHINE_X64, MACHINE_OTHER };
enum machine native_machine(void);
bool windows_at_least(DWORD major, DWORD minor);
bool is_administrator(void);
bool system_file(wchar_t *to, size_t size, const wchar_t *name);
bool system_file_x86(wchar_t *to, size_t size, const wchar_t *name);

/* files.c */
bool make_directory(const wchar_t *path);
bool replace_file(const wchar_t *from, const wchar_t *to, bool *reboot);
bool remove_file(const wchar_t *path, bool *reboot);
bool remove_running_program(const wchar_t *path, bool *reboot);
void remove_directory(const wchar_t *path);

/* registry.c */
bool product_set(const wchar_t *name, const wchar_t *value);
bool product_get(const wchar_t *name, wchar_t *to, size_t size);
void product_remove(bool settings_stay);
bool data_directory(wchar_t *to, size_t size);
bool program_set(const wchar_t *dir, const wchar_t *version);
void program_remove(void);

/* providerlist.c: the Telephony service's list of providers */
#define PROVIDERS_KEY L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Telephony\\Providers"
bool provider_list_find(const wchar_t *file, DWORD *id);
void provider_list_each(void (*each)(DWORD id, const wchar_t *file));
bool provider_list_add(const wchar_t *file);
bool provider_list_remove(const wchar_t *file);

/* provider.c */
bool provider_add(void);
bool provider_remove(void);
LONG provider_dialog(void);

/* services.c */
#define MAX_STOPPED 32
struct stopped_services {
	wchar_t names[MAX_STOPPED][256]; /* in the order in which they were stopped */
	unsigned count;
};
enum service_state { SERVICE_ABSENT, SERVICE_IS_STOPPED, SERVICE_IS_RUNNING, SERVICE_UNKNOWN };
enum service_state service_state(const wchar_t *name);
bool service_stop(const wchar_t *name, struct stopped_services *stopped);
bool services_start(struct stopped_services *stopped);

/* programs.c */
unsigned programs_using_tapi(void (*each)(void *context, DWORD pid, const wchar_t *name), void *context);

/* run.c */
int run_program(const wchar_t *program, const wchar_t *arguments, const char *input, DWORD limit_ms);

/* location.c */
bool location_country(const wchar_t *text, DWORD *id);
bool location_write(DWORD country, const wchar_t *area);

/* installedfiles.c: which files are installed, and where */
struct installed_file {
	const wchar_t *file; /* in the setup's directory of files */
	enum directory { IN_PROGRAM, IN_SYSTEM, IN_SYSTEM_X86 } directory;
	const wchar_t *name; /* in that directory */
	bool with_daemon;    /* only needed on the machine where the daemon runs */
	bool optional;       /* a setup may come without it */
	bool has_debug_build;
	bool may_be_running; /* the uninstaller runs this file */
};
extern const struct installed_file installed_files[];
extern const size_t installed_file_count;
bool installed_path(const struct installed_file *p, const wchar_t *program_dir, wchar_t *to, size_t size);
bool source_path(const struct installed_file *p, const wchar_t *files, bool debug, wchar_t *to, size_t size);
bool program_directory(const struct options *o, wchar_t *to, size_t size);

/* install.c, daemon.c, remove.c */
bool runs_daemon_here(const struct options *o);
int check_requirements(struct options *o);
int install(struct options *o, const wchar_t *files);
int daemon_install(struct options *o, const wchar_t *program_dir);
bool daemon_start(const wchar_t *program_dir);
int daemon_remove(const wchar_t *program_dir, bool purge);
int uninstall(struct options *o);
void read_daemon_host(struct options *o);

#endif
