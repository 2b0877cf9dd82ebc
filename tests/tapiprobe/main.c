#include "probe.h"

#include <fcntl.h>
#include <io.h>
#include <stdlib.h>
#include <string.h>

static const char manual[] =
	"tapiprobe " VERSION_TEXT ": asks, watches and drives telephone lines through TAPI 2.\n"
	"\n"
	"  tapiprobe list                        providers and line devices, and what they can do\n"
	"  tapiprobe watch [--line X]... [--owner]   every message of the lines (default: all), until Ctrl-C\n"
	"  tapiprobe dial NUMBER --line X        lineMakeCall; then shows what comes until the call ends\n"
	"  tapiprobe answer --line X             takes the call that rings, or the next that does\n"
	"  tapiprobe drop | hold | unhold --line X\n"
	"  tapiprobe pickup [NUMBER] --line X    linePickup\n"
	"  tapiprobe blind-transfer NUMBER --line X\n"
	"  tapiprobe setup-transfer [NUMBER] --line X   lineSetupTransfer, and lineDial of NUMBER\n"
	"  tapiprobe complete-transfer --line X  joins the held call and the other one\n"
	"  tapiprobe script FILE [--pbx HOST:PORT] [--harness HOST:PORT]   steps and expectations (docs/develop/acceptance.md)\n"
	"\n"
	"  --line X       address (extension), name, or #N for device N\n"
	"  --json         one object a line, with the keys of offhook replay --format json\n"
	"  --seconds N    end after so long (watch: never; others: 30)\n"
	"  --call N       the line's N-th call instead of the newest that fits\n"
	"  --owner        watch as an owner of calls, not as a monitor\n"
	"  --api X.Y      highest version to ask for, 1.4 to 2.2 (2.2)\n"
	"  --within TIME  a script's default patience (5s)\n"
	"\n"
	"Exit code: 0 done; 1 refused, failed or not as expected; 2 a wrong command line; 3 TAPI cannot be used.\n";

static volatile LONG stopped;

static struct options {
	const char *verb, *word, *line[64], *pbx, *house;
	int lines, owner;
	DWORD seconds, patience, order;
} opt = {.patience = 5000};

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
			opt.owner = 1;
		else if (strncmp(arg[i], "--", 2) != 0 && !opt.verb)
			opt.verb = arg[i];
		else if (strncmp(arg[i], "--", 2) != 0 && !opt.word)
			opt.word = arg[i];
		else if (!v || strncmp(arg[i], "--", 2) != 0)
			return 0;
		else if (strcmp(arg[i++], "--line") == 0 && opt.lines < 64)
			opt.line[opt.lines++] = v;
		else if (strcmp(arg[i - 1], "--seconds") == 0)
			opt.seconds = strtoul(v, NULL, 10);
		else if (strcmp(arg[i - 1], "--call") == 0)
			opt.order = strtoul(v, NULL, 10);
		else if (strcmp(arg[i - 1], "--pbx") == 0)
			opt.pbx = v;
		else if (strcmp(arg[i - 1], "--harness") == 0)
			opt.house = v;
		else if (strcmp(arg[i - 1], "--within") != 0 || !duration(v, &opt.patience))
			if (strcmp(arg[i - 1], "--api") != 0 || !read_api(v))
				return 0;
	}
	return opt.verb != NULL && opt.seconds < 1000000;
}

static int open_one(const char *word, DWORD privilege)
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

	for (int i = 0; i < opt.lines; i++)
		open += open_one(opt.line[i], privilege) >= 0;
	for (DWORD i = 0; !opt.lines && i < lines_number; i++) {
		snprintf(word, sizeof word, "#%lu", i);
		if (lines[i].known)
			open += open_one(word, privilege) >= 0;
	}
	return open;
}

/* begin_anew is for when the Telephony service restarts: it asks for it (REINIT), or it is simply gone. */
static int begin_anew(DWORD privilege)
{
	fprintf(stderr, "tapiprobe: the Telephony service restarts; beginning anew\n");
	tapi_stop();
	reinit = 0;
	while (!stopped) {
		if (tapi_start() && open_lines(privilege) > 0)
			return 1;
		tapi_stop();
		for (int i = 0; i < 10 && !stopped; i++)
			Sleep(200);
	}
	return 0;
}

static int watch(void)
{
	DWORD privilege = LINECALLPRIVILEGE_MONITOR | (opt.owner ? LINECALLPRIVILEGE_OWNER : 0), from = ms_now(), asked = from, created = 0;
	int open = open_lines(privilege);

	if (!open && (opt.lines || lines_number))
		return FAILED;
	fprintf(stderr, "tapiprobe: %d line%s open\n", open, open == 1 ? "" : "s");
	watch_head();
	fflush(stdout);
	while (!stopped && (!opt.seconds || ms_now() - from < opt.seconds * 1000)) {
		created = lines_number;
		pump(500);
		if (lines_number != created && !opt.lines)
			open_lines(privilege);
		if (ms_now() - asked > 5000) {
			asked = ms_now();
			reinit |= !tapi_alive();
		}
		if (reinit && !begin_anew(privilege))
			break;
	}
	return OK;
}

static int live(int line)
{
	for (int i = 0; i < CALLS_MAX; i++)
		if (calls[i].used && calls[i].line == line)
			return 1;
	return 0;
}

static int act(void)
{
	struct action a = {.verb = opt.verb, .number = opt.word, .order = opt.order};
	DWORD from = ms_now(), all = (opt.seconds ? opt.seconds : 30) * 1000;
	char why[400];
	LONG err;

	if (opt.lines != 1) {
		fprintf(stderr, "tapiprobe: %s needs one --line\n", opt.verb);
		return USAGE;
	}
	a.line = open_one(opt.line[0], LINECALLPRIVILEGE_MONITOR | LINECALLPRIVILEGE_OWNER);
	if (a.line < 0)
		return FAILED;
	watch_head();
	while (strcmp(a.verb, "answer") == 0 && !stopped && ms_now() - from < all && !call_choose(a.line, LINECALLSTATE_OFFERING | LINECALLSTATE_ACCEPTED, a.order))
		pump(500);
	err = action_do(&a, 15000, why, sizeof why);
	if (err) {
		fprintf(stderr, "tapiprobe: %s: %s\n", a.verb, why);
		return FAILED;
	}
	pump(1000); /* what follows at once */
	while (!stopped && live(a.line) && ms_now() - from < all)
		pump(500);
	return OK;
}

static int go(void)
{
	int code = USAGE;

	if (opt.pbx && !pbx_reach(opt.pbx)) {
		fprintf(stderr, "tapiprobe: nothing answers at the PBX's control port %s\n", opt.pbx);
		return NO_TAPI;
	}
	if (opt.house && !house_reach(opt.house)) {
		fprintf(stderr, "tapiprobe: nothing answers at the harness' port %s\n", opt.house);
		return NO_TAPI;
	}
	if (!tapi_start())
		return NO_TAPI;
	if (strcmp(opt.verb, "list") == 0 && !opt.word)
		code = list(as_json);
	else if (strcmp(opt.verb, "watch") == 0 && !opt.word)
		code = watch();
	else if (strcmp(opt.verb, "script") == 0 && opt.word)
		code = script(opt.word, opt.patience);
	else if (action_known(opt.verb))
		code = act();
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
			return FAILED;
		WideCharToMultiByte(CP_UTF8, 0, wide[i], -1, arg[i], (int)size, NULL, NULL);
	}
	if (!arg)
		return FAILED;
	_setmode(_fileno(stdout), _O_BINARY); /* the same bytes as offhook's own output */
	SetConsoleOutputCP(CP_UTF8);
	if (argc == 2 && (strcmp(arg[1], "--help") == 0 || strcmp(arg[1], "--version") == 0)) {
		fputs(strcmp(arg[1], "--help") == 0 ? manual : VERSION_TEXT "\n", stdout);
		return OK;
	}
	if (!read_options(argc, arg)) {
		fputs(manual, stderr);
		return USAGE;
	}
	SetConsoleCtrlHandler(on_control, TRUE);
	code = go();
	fflush(stdout);
	return code;
}
