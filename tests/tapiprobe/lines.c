/* SPDX-License-Identifier: MIT */
#include "probe.h"

#include <stdlib.h>
#include <string.h>

struct line *lines;
DWORD lines_number, api_high = API_HIGH;
HLINEAPP app;
HANDLE tapi_event;

static void print_error(const char *what, LONG err)
{
	const char *advice = error_advice(err);

	fprintf(stderr, "tapiprobe: %s: %s%s%s\n", what, error_name(err), *advice ? ": " : "", advice);
}

int tapi_start(void)
{
	LINEINITIALIZEEXPARAMS p = {.dwTotalSize = sizeof p, .dwNeededSize = sizeof p, .dwUsedSize = sizeof p, .dwOptions = LINEINITIALIZEEXOPTION_USEEVENT};
	DWORD version = api_high, number = 0;
	LONG err = 0;

	for (int tries = 0; tries < 10; tries++) { /* while the service restarts it returns REINIT */
		err = lineInitializeExW(&app, GetModuleHandleW(NULL), NULL, L"tapiprobe", &number, &version, &p);
		if (err != (LONG)LINEERR_REINIT)
			break;
		Sleep(1000);
	}
	if (err) {
		app = 0;
		print_error("lineInitializeEx", err);
		return 0;
	}
	tapi_event = p.Handles.hEvent;
	if (number > LINES_MAX)
		number = LINES_MAX;
	free(lines);
	lines = calloc(number ? number : 1, sizeof *lines);
	if (!lines) {
		tapi_stop();
		return 0;
	}
	lines_number = number;
	for (DWORD i = 0; i < number; i++)
		line_read_caps(i);
	return 1;
}

void tapi_stop(void)
{
	calls_close(-1);
	for (DWORD i = 0; i < lines_number; i++)
		line_close((int)i);
	if (app)
		lineShutdown(app); /* closes the event as well */
	app = 0, tapi_event = NULL;
}

int tapi_alive(void)
{
	LINEEXTENSIONID none;
	DWORD v;
	LONG err = lineNegotiateAPIVersion(app, 0, API_LOW, api_high, &v, &none);

	return err == 0 || err == (LONG)LINEERR_INCOMPATIBLEAPIVERSION || err == (LONG)LINEERR_NODEVICE || err == (LONG)LINEERR_BADDEVICEID ||
		err == (LONG)LINEERR_NODRIVER;
}

static LONG get_dev_caps(const void *of, void *into)
{
	const struct line *l = of;
	return lineGetDevCapsW(app, l->device, l->api, 0, into);
}

static LONG get_address_caps(const void *of, void *into)
{
	const struct line *l = of;
	return lineGetAddressCapsW(app, l->device, 0, l->api, 0, into);
}

int line_read_caps(DWORD device)
{
	LINEEXTENSIONID none;
	LINEDEVCAPS *d;
	LINEADDRESSCAPS *a;
	struct line *l;
	LONG err;

	if (device >= LINES_MAX)
		return 0;
	if (device >= lines_number) { /* LINE_CREATE */
		struct line *more = realloc(lines, (device + 1) * sizeof *lines);
		if (!more)
			return 0;
		memset(more + lines_number, 0, (device + 1 - lines_number) * sizeof *lines);
		lines = more, lines_number = device + 1;
	}
	l = &lines[device];
	l->device = device, l->known = 0, l->removed = 0;
	l->refused = lineNegotiateAPIVersion(app, device, API_LOW, api_high, &l->api, &none);
	if (l->refused)
		return 0;
	d = read_structure(get_dev_caps, l, sizeof *d, sizeof *d + 512, &l->refused);
	if (!d)
		return 0;
	field_text(d, d->dwLineNameOffset, d->dwLineNameSize, l->name, sizeof l->name);
	field_text(d, d->dwProviderInfoOffset, d->dwProviderInfoSize, l->provider, sizeof l->provider);
	l->permanent = d->dwPermanentLineID, l->media = d->dwMediaModes;
	free(d);
	a = read_structure(get_address_caps, l, sizeof *a, sizeof *a + 512, &err);
	if (a)
		field_text(a, a->dwAddressOffset, a->dwAddressSize, l->address, sizeof l->address);
	free(a);
	l->known = 1;
	return 1;
}

int line_find(const char *word)
{
	if (word[0] == '#') {
		unsigned long n = strtoul(word + 1, NULL, 10);
		return n < lines_number && lines[n].known ? (int)n : -1;
	}
	for (DWORD i = 0; i < lines_number; i++)
		if (lines[i].known && strcmp(lines[i].address, word) == 0)
			return (int)i;
	for (DWORD i = 0; i < lines_number; i++)
		if (lines[i].known && strcmp(lines[i].name, word) == 0)
			return (int)i;
	return -1;
}

int line_by_handle(HLINE h)
{
	for (DWORD i = 0; h && i < lines_number; i++)
		if (lines[i].open && lines[i].h == h)
			return (int)i;
	return -1;
}

LONG line_open(int i, DWORD privilege)
{
	struct line *l = &lines[i];
	DWORD media = l->media & LINEMEDIAMODE_INTERACTIVEVOICE ? LINEMEDIAMODE_INTERACTIVEVOICE : l->media & ~(DWORD)LINEMEDIAMODE_UNKNOWN;
	LONG err;

	if (l->open)
		return 0;
	if (!l->known)
		return l->refused ? l->refused : (LONG)LINEERR_BADDEVICEID;
	err = lineOpenW(app, l->device, &l->h, l->api, 0, (DWORD_PTR)i, privilege, privilege & LINECALLPRIVILEGE_OWNER ? media : 0, NULL);
	if (err)
		return err;
	l->open = 1, l->privilege = privilege, l->calls_seen = 0;
	if (lineSetStatusMessages(l->h, 0x1FFFFFF, 0x1FF)) /* every bit up to TAPI 2.1 */
		lineSetStatusMessages(l->h, LINEDEVSTATE_RINGING | LINEDEVSTATE_INSERVICE | LINEDEVSTATE_OUTOFSERVICE, 0);
	calls_add_existing(i);
	return 0;
}

void line_close(int i)
{
	if (!lines[i].open)
		return;
	lines[i].open = 0;
	calls_close(i);
	lineClose(lines[i].h);
}

static LONG get_status(const void *of, void *into) { return lineGetLineDevStatusW(((const struct line *)of)->h, into); }

int line_in_service(int i)
{
	LONG err;
	LINEDEVSTATUS *s = lines[i].open ? read_structure(get_status, &lines[i], sizeof *s, sizeof *s + 256, &err) : NULL;
	int in = s && (s->dwDevStatusFlags & LINEDEVSTATUSFLAGS_INSERVICE);

	free(s);
	return in;
}
