/* SPDX-License-Identifier: MIT */
#include "probe.h"

#include <fcntl.h>
#include <io.h>
#include <stdlib.h>
#include <string.h>

static const char manual[] =
	"tapiprobe " VERSION_TEXT ": lists, watches and controls telephone lines through TAPI 2.\n"
	"\n"
	"  tapiprobe list                        providers and line devices with their capabilities\n"
	"  tapiprobe watch [--line X]... [--owner]   every message of the lines (default: all), until Ctrl-C\n"
	"  tapiprobe dial NUMBER --line X        lineMakeCall; then shows the messages until the call ends\n"
	"  tapiprobe answer --line X             answers the call that rings, or the next one\n"
	"  tapiprobe drop | hold | unhold --line X\n"
	"  tapiprobe pickup [NUMBER] --line X    linePickup\n"
	"  tapiprobe blind-transfer NUMBER --line X\n"
	"  tapiprobe setup-transfer [NUMBER] --line X   lineSetupTransfer, and lineDial of NUMBER\n"
	"  tapiprobe complete-transfer --line X  lineCompleteTransfer of the held call and the other one\n"
	"  tapiprobe script FILE [--pbx HOST:PORT] [--harness HOST:PORT]   steps and expectations (docs/develop/acceptance.md)\n"
	"\n"
	"  --line X       address (extension), name, or #N for device N\n"
	"  --json         one object a line, with the keys of offhook replay --format json\n"
	"  --seconds N    end after N seconds (watch: never; others: 30)\n"
	"  --call N       the line's N-th call instead of the newest that fits\n"
	"  --owner        watch as an owner of calls, not as a monitor\n"
	"  --api X.Y      highest version to ask for, 1.4 to 2.2 (2.2)\n"
	"  --within TIME  how long a script's steps wait by default (5s)\n"
	"\n"
	"Exit code: 0 done; 1 refused, failed or not as expected; 2 a wrong command line; 3 TAPI cannot be used.\n";

static volatile LONG stopped;

static struct options {
	const char *verb, *word, *line[64], *pbx, *harness;
	int lines, owner;
	DWORD seconds, patience, call_number;
} options = {.patience = 5000};

static BOOL WINAPI on_control(DWORD what)
{
	(void)what;
	InterlockedExchange(&stopped, 1);
	return TRUE;
}

static int read_api(const char *word)
{
	unsigned major, minor;

	if (sscanf(word, "%u.%u", &major, &minor) != 2)
		return 0;
	api_high = major << 16 | (minor & 0xFFFF);
	return api_high >= API_LOW && api_high <= API_HIGH;
}

static int read_options(int n, char **arg)
{
	for (int i = 1; i < n; i++) {
		const char *v = i + 1 < n ? arg[i + 1] : NULL;
		if (strcmp(arg[i], "--json") == 0)
			as_json = 1;
		else if (strcmp(arg[i], "--owner") == 0)
			options.owner = 1;
		else if (strncmp(arg[i], "--", 2) != 0 && !options.verb)
			options.verb = arg[i];
		else if (strncmp(arg[i], "--", 2) != 0 && !options.word)
			options.word = arg[i];
		else if (!v || strncmp(arg[i], "--", 2) != 0)
			return 0;
		else if (strcmp(arg[i++], "--line") == 0 && options.lines < 64)
			options.line[options.lines++] = v;
		else if (strcmp(arg[i - 1], "--seconds") == 0)
			options.seconds = strtoul(v, NULL, 10);
		else if (strcmp(arg[i - 1], "--call") == 0)
			options.call_number = strtoul(v, NULL, 10);
		else if (strcmp(arg[i - 1], "--pbx") == 0)
			options.pbx = v;
		else if (strcmp(arg[i - 1], "--harness") == 0)
			options.harness = v;
		else if (strcmp(arg[i - 1], "--within") != 0 || !read_duration(v, &options.patience))
			if (strcmp(arg[i - 1], "--api") != 0 || !read_api(v))
				return 0;
	}
	return options.verb != NULL && options.seconds < 1000000;
}

static int open_line(const char *word, DWORD privilege)
{
	int i = line_find(word);
	LONG err = i < 0 ? (LONG)LINEERR_BADDEVICEID : line_open(i, privilege);
	const char *advice = error_advice(err);

	if (!err)
		return i;
	fprintf(stderr, "tapiprobe: line %s: %s%s%s\n", word, error_name(err), *advice ? ": " : "", advice);
	return -1;
}

static int open_lines(DWORD privilege)
{
	int open = 0;
	char word[16];

	for (int i = 0; i < options.lines; i++)
		open += open_line(options.line[i], privilege) >= 0;
	for (DWORD i = 0; !options.lines && i < lines_number; i++) {
		snprintf(word, sizeof word, "#%lu", i);
		if (lines[i].known)
			open += open_line(word, privilege) >= 0;
	}
	return open;
}

/* restart_tapi calls lineInitializeEx again after the Telephony service has restarted: it sent REINIT, or it does not respond. */
static int restart_tapi(DWORD privilege)
{
	fprintf(stderr, "tapiprobe: the Telephony service restarts; connecting again\n");
	tapi_stop();
	telephony_restarts = 0;
	while (!stopped) {
		if (tapi_start() && open_lines(privilege) > 0)
			return 1;
		tapi_stop();
		for (int i = 0; i < 10 && !stopped; i++)
			Sleep(200);
	}
	return 0;
}

static int watch_lines(void)
{
	DWORD privilege = LINECALLPRIVILEGE_MONITOR | (options.owner ? LINECALLPRIVILEGE_OWNER : 0), started = ms_now(), checked = started, known = 0;
	int open = open_lines(privilege);

	if (!open && (options.lines || lines_number))
		return EXIT_FAILED;
	fprintf(stderr, "tapiprobe: %d line%s open\n", open, open == 1 ? "" : "s");
	print_table_head();
	fflush(stdout);
	while (!stopped && (!options.seconds || ms_now() - started < options.seconds * 1000)) {
		known = lines_number;
		receive_messages(500);
		if (lines_number != known && !options.lines)
			open_lines(privilege);
		if (ms_now() - checked > 5000) {
			checked = ms_now();
			telephony_restarts |= !tapi_alive();
		}
		if (telephony_restarts && !restart_tapi(privilege))
			break;
	}
	return EXIT_OK;
}

static int has_calls(int line)
{
	for (int i = 0; i < CALLS_MAX; i++)
		if (calls[i].used && calls[i].line == line)
			return 1;
	return 0;
}

static int run_call_verb(void)
{
	struct action a = {.verb = options.verb, .number = options.word, .call_number = options.call_number};
	DWORD started = ms_now(), all = (options.seconds ? options.seconds : 30) * 1000;
	char why[400];
	LONG err;

	if (options.lines != 1) {
		fprintf(stderr, "tapiprobe: %s needs one --line\n", options.verb);
		return EXIT_USAGE;
	}
	a.line = open_line(options.line[0], LINECALLPRIVILEGE_MONITOR | LINECALLPRIVILEGE_OWNER);
	if (a.line < 0)
		return EXIT_FAILED;
	print_table_head();
	while (strcmp(a.verb, "answer") == 0 && !stopped && ms_now() - started < all && !call_find(a.line, LINECALLSTATE_OFFERING | LINECALLSTATE_ACCEPTED, a.call_number))
		receive_messages(500);
	err = run_action(&a, 15000, why, sizeof why);
	if (err) {
		fprintf(stderr, "tapiprobe: %s: %s\n", a.verb, why);
		return EXIT_FAILED;
	}
	receive_messages(1000); /* the messages that follow at once */
	while (!stopped && has_calls(a.line) && ms_now() - started < all)
		receive_messages(500);
	return EXIT_OK;
}

static int run_verb(void)
{
	int code = EXIT_USAGE;

	if (options.pbx && !pbx_connect(options.pbx)) {
		fprintf(stderr, "tapiprobe: nothing answers at the PBX's control port %s\n", options.pbx);
		return EXIT_NO_TAPI;
	}
	if (options.harness && !harness_connect(options.harness)) {
		fprintf(stderr, "tapiprobe: nothing answers at the harness' port %s\n", options.harness);
		return EXIT_NO_TAPI;
	}
	if (!tapi_start())
		return EXIT_NO_TAPI;
	if (strcmp(options.verb, "list") == 0 && !options.word)
		code = list_devices(as_json);
	else if (strcmp(options.verb, "watch") == 0 && !options.word)
		code = watch_lines();
	else if (strcmp(options.verb, "script") == 0 && options.word)
		code = run_script(options.word, options.patience);
	else if (is_action(options.verb))
		code = run_call_verb();
	else
		fputs(manual, stderr);
	tapi_stop();
	return code;
}

int wmain(int argc, WCHAR **wide)
{
	char **arg = calloc((size_t)argc + 1, sizeof *arg);
	int code;

	for (int i = 0; arg && i < argc; i++) {
		size_t size = 3 * wcslen(wide[i]) + 1;
		if (!(arg[i] = malloc(size)))
			return EXIT_FAILED;
		WideCharToMultiByte(CP_UTF8, 0, wide[i], -1, arg[i], (int)size, NULL, NULL);
	}
	if (!arg)
		return EXIT_FAILED;
	_setmode(_fileno(stdout), _O_BINARY); /* line ends as in offhook's own output */
	SetConsoleOutputCP(CP_UTF8);
	if (argc == 2 && (strcmp(arg[1], "--help") == 0 || strcmp(arg[1], "--version") == 0)) {
		fputs(strcmp(arg[1], "--help") == 0 ? manual : VERSION_TEXT "\n", stdout);
		return EXIT_OK;
	}
	if (!read_options(argc, arg)) {
		fputs(manual, stderr);
		return EXIT_USAGE;
	}
	SetConsoleCtrlHandler(on_control, TRUE);
	code = run_verb();
	fflush(stdout);
	return code;
}
