/* SPDX-License-Identifier: MIT */
#include "fake.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

/* canned is a tapi32.dll with three lines. The environment variable CANNED selects its behaviour, which may be that of a bad provider:
 * structures that grow while they are read, offsets beyond the end, endless texts, unknown messages.
 *
 *   CANNED=plain      an inbound call with a name when a line is opened; calls that are made are answered
 *   CANNED=hostile    the same, and everything above
 *   CANNED=growing    every structure needs more each time it is read
 *   CANNED=refuses    lineInitializeEx fails
 *   CANNED=silent     requests are accepted and never completed
 *   CANNED=gone       LINEDEVSTATE_REINIT comes after a line was opened
 */

enum { DEVICES = 3, CALL_INBOUND = 0x40001, CALL_MADE = 0x40002 };

static const WCHAR *const names[DEVICES] = {L"Ida Lund (41)", L"J\x00f6rg Vogel (45)", L"A\x0009tab and a \xD83D\xDE00 (46)"};
static const WCHAR *const addresses[DEVICES] = {L"41", L"45", L"46"};
static WCHAR mode[16];
static DWORD state[2], reads, requests;
static int mode_is(const WCHAR *word) { return wcscmp(mode, word) == 0; }

/* ---- structures ---- */

/* add_text appends a text when it fits, and adds its size to dwNeededSize in any case. */
static void add_text(void *structure, DWORD *size, DWORD *offset, const WCHAR *text)
{
	DWORD *head = structure, bytes = ((DWORD)wcslen(text) + 1) * 2;

	head[1] += bytes;
	if (head[0] - head[2] < bytes)
		return;
	memcpy((BYTE *)structure + head[2], text, bytes);
	*size = bytes, *offset = head[2];
	head[2] += bytes;
}

static LONG structure_begin(void *structure, DWORD fixed)
{
	DWORD *head = structure, total = head[0];

	head[1] = fixed;
	if (total < fixed)
		return LINEERR_STRUCTURETOOSMALL;
	memset((BYTE *)structure + 12, 0, fixed - 12);
	head[0] = total, head[2] = fixed;
	return 0;
}

static LONG structure_end(void *structure)
{
	DWORD *head = structure;

	if (mode_is(L"growing"))
		head[1] = head[0] + 64 + reads++ % 7;
	if (mode_is(L"hostile") && reads++ % 5 == 0)
		head[2] = 0x7FFFFFFF, head[1] = 0xFFFFFFFF;
	return 0;
}

LONG WINAPI lineGetDevCapsW(HLINEAPP app, DWORD device, DWORD version, DWORD ext, LPLINEDEVCAPS d)
{
	(void)app, (void)version, (void)ext;
	if (device >= DEVICES)
		return LINEERR_BADDEVICEID;
	if (structure_begin(d, sizeof *d))
		return LINEERR_STRUCTURETOOSMALL;
	add_text(d, &d->dwProviderInfoSize, &d->dwProviderInfoOffset, L"canned provider");
	add_text(d, &d->dwLineNameSize, &d->dwLineNameOffset, names[device]);
	d->dwPermanentLineID = 7 + device, d->dwNumAddresses = 1, d->dwMaxNumActiveCalls = 8, d->dwRingModes = 1;
	d->dwMediaModes = LINEMEDIAMODE_INTERACTIVEVOICE, d->dwLineFeatures = LINEFEATURE_MAKECALL, d->dwLineStates = 0xFFFFFFFF;
	if (mode_is(L"hostile") && device == 1)
		d->dwProviderInfoOffset = 0xFFFFFFF0, d->dwProviderInfoSize = 0x20;
	return structure_end(d);
}

LONG WINAPI lineGetAddressCapsW(HLINEAPP app, DWORD device, DWORD address, DWORD version, DWORD ext, LPLINEADDRESSCAPS a)
{
	(void)app, (void)address, (void)version, (void)ext;
	if (structure_begin(a, sizeof *a))
		return LINEERR_STRUCTURETOOSMALL;
	add_text(a, &a->dwAddressSize, &a->dwAddressOffset, addresses[device % DEVICES]);
	a->dwCallFeatures = LINECALLFEATURE_ANSWER | LINECALLFEATURE_DROP, a->dwMaxNumOnHoldCalls = 4;
	return structure_end(a);
}

LONG WINAPI lineGetLineDevStatusW(HLINE h, LPLINEDEVSTATUS s)
{
	(void)h;
	if (structure_begin(s, sizeof *s))
		return LINEERR_STRUCTURETOOSMALL;
	s->dwDevStatusFlags = LINEDEVSTATUSFLAGS_CONNECTED | LINEDEVSTATUSFLAGS_INSERVICE;
	return structure_end(s);
}

LONG WINAPI lineGetCallInfoW(HCALL h, LPLINECALLINFO i)
{
	static WCHAR endless[200000];

	if (structure_begin(i, sizeof *i))
		return LINEERR_STRUCTURETOOSMALL;
	if (!endless[0])
		wmemset(endless, L'x', sizeof endless / sizeof *endless - 1);
	i->dwCallID = (DWORD)(ULONG_PTR)h & 0xFF, i->dwOrigin = (ULONG_PTR)h == CALL_MADE ? LINECALLORIGIN_OUTBOUND : LINECALLORIGIN_EXTERNAL;
	i->dwReason = LINECALLREASON_DIRECT;
	add_text(i, &i->dwCallerIDSize, &i->dwCallerIDOffset, L"00497115550199");
	add_text(i, &i->dwCallerIDNameSize, &i->dwCallerIDNameOffset, mode_is(L"hostile") ? endless : L"Vogt \"& Sons\" \x00e4\x0001");
	add_text(i, &i->dwCalledIDSize, &i->dwCalledIDOffset, L"41");
	if (mode_is(L"hostile"))
		i->dwConnectedIDOffset = i->dwUsedSize - 1, i->dwConnectedIDSize = 3, i->dwRedirectingIDOffset = 1, i->dwRedirectingIDSize = 0xFFFFFFFF;
	return structure_end(i);
}

LONG WINAPI lineGetCallStatus(HCALL h, LPLINECALLSTATUS s)
{
	if (structure_begin(s, sizeof *s))
		return LINEERR_STRUCTURETOOSMALL;
	s->dwCallState = state[(ULONG_PTR)h == CALL_MADE], s->dwCallPrivilege = LINECALLPRIVILEGE_OWNER;
	s->dwCallFeatures = LINECALLFEATURE_ANSWER | LINECALLFEATURE_DROP;
	return structure_end(s);
}

LONG WINAPI lineGetNewCalls(HLINE h, DWORD address, DWORD select, LPLINECALLLIST l)
{
	(void)h, (void)address, (void)select;
	if (structure_begin(l, sizeof *l))
		return LINEERR_STRUCTURETOOSMALL;
	if (mode_is(L"hostile"))
		l->dwCallsNumEntries = 0x10000000, l->dwCallsSize = 0x40000000, l->dwCallsOffset = sizeof *l;
	return structure_end(l);
}

LONG WINAPI lineGetProviderListW(DWORD version, LPLINEPROVIDERLIST l)
{
	LINEPROVIDERENTRY e = {.dwPermanentProviderID = 3};

	(void)version;
	if (structure_begin(l, sizeof *l))
		return LINEERR_STRUCTURETOOSMALL;
	l->dwNeededSize += sizeof e;
	if (l->dwTotalSize >= l->dwNeededSize) {
		DWORD at = l->dwUsedSize;
		l->dwUsedSize += sizeof e, l->dwNumProviders = mode_is(L"hostile") ? 0xFFFFFFFF : 1, l->dwProviderListOffset = at, l->dwProviderListSize = sizeof e;
		add_text(l, &e.dwProviderFilenameSize, &e.dwProviderFilenameOffset, L"canned.tsp");
		memcpy((BYTE *)l + at, &e, sizeof e);
	}
	return structure_end(l);
}

/* ---- the session ---- */

LONG WINAPI lineInitializeExW(LPHLINEAPP app, HINSTANCE instance, LINECALLBACK callback, LPCWSTR name, LPDWORD number, LPDWORD version, LPLINEINITIALIZEEXPARAMS p)
{
	(void)instance, (void)callback, (void)name, (void)version;
	GetEnvironmentVariableW(L"CANNED", mode, sizeof mode / sizeof *mode);
	if (mode_is(L"refuses"))
		return LINEERR_NODRIVER;
	*app = FAKE_APP, *number = mode_is(L"hostile") ? 0xFFFFFFFF : DEVICES;
	return queue_open(&p->Handles.hEvent) ? 0 : (LONG)LINEERR_NOMEM;
}

LONG WINAPI lineShutdown(HLINEAPP app)
{
	(void)app;
	queue_close();
	return 0;
}

LONG WINAPI lineNegotiateAPIVersion(HLINEAPP app, DWORD device, DWORD low, DWORD high, LPDWORD version, LPLINEEXTENSIONID ext)
{
	(void)app, (void)low;
	memset(ext, 0, sizeof *ext);
	*version = high;
	return device < DEVICES ? 0 : (LONG)LINEERR_BADDEVICEID;
}

static void post_call_state(DWORD call, DWORD now, DWORD how, DWORD privilege)
{
	state[call == CALL_MADE] = now;
	queue_post(call, LINE_CALLSTATE, 0, now, how, privilege, NULL, 0);
}

static void post_strange_messages(void)
{
	for (DWORD m = 0; m < 600; m++) { /* every message number, also unused ones, with handles that do not exist */
		if (m != LINE_CLOSE && m != LINE_CREATE)
			queue_post(0x9999, m, 0xFFFFFFFF, 0xFFFFFFFF, ~(DWORD_PTR)0, 1, NULL, 0);
	}
	queue_post(0, LINE_CREATE, 0, 0xFFFFFFFE, 0, 0, NULL, 0);
	queue_post(CALL_INBOUND, LINE_CALLINFO, 0, 0xFFFFFFFF, 0, 0, NULL, 0);
	queue_post(CALL_INBOUND, LINE_CALLSTATE, 0, 0x80000300, 0xFFFFFFFF, 0, NULL, 0);
	queue_post(CALL_INBOUND, LINE_CALLSTATE, 0, 0, 0, 0, NULL, 0);
}

LONG WINAPI lineOpenW(HLINEAPP app, DWORD device, LPHLINE h, DWORD version, DWORD ext, DWORD_PTR instance, DWORD privilege, DWORD media, LPLINECALLPARAMS const params)
{
	(void)app, (void)version, (void)ext, (void)media, (void)params;
	*h = (HLINE)(ULONG_PTR)(0x1000 + device);
	if (device)
		return device == 2 ? (LONG)LINEERR_ALLOCATED : 0;
	queue_post((DWORD_PTR)*h, LINE_APPNEWCALL, instance, 0, CALL_INBOUND, privilege & 6, NULL, 0);
	post_call_state(CALL_INBOUND, LINECALLSTATE_OFFERING, LINEOFFERINGMODE_ACTIVE, 4);
	queue_post((DWORD_PTR)*h, LINE_LINEDEVSTATE, instance, LINEDEVSTATE_RINGING, 1, 0, NULL, 0);
	queue_post((DWORD_PTR)*h, LINE_ADDRESSSTATE, instance, 0, LINEADDRESSSTATE_NUMCALLS | LINEADDRESSSTATE_INUSEONE, 0, NULL, 0);
	queue_post(CALL_INBOUND, LINE_CALLINFO, instance, LINECALLINFOSTATE_NUMOWNERINCR, 0, 0, NULL, 0);
	if (mode_is(L"hostile"))
		post_strange_messages();
	if (mode_is(L"gone"))
		queue_post(0, LINE_LINEDEVSTATE, 0, LINEDEVSTATE_REINIT, 0, 0, NULL, 0);
	return 0;
}

LONG WINAPI lineClose(HLINE h) { return h ? 0 : (LONG)LINEERR_INVALLINEHANDLE; }

LONG WINAPI lineSetStatusMessages(HLINE h, DWORD states, DWORD address)
{
	(void)h, (void)states, (void)address;
	return 0;
}

LONG WINAPI lineDeallocateCall(HCALL h) { return h ? 0 : (LONG)LINEERR_INVALCALLHANDLE; }

LONG WINAPI lineSetCallPrivilege(HCALL h, DWORD privilege)
{
	(void)privilege;
	return h ? 0 : (LONG)LINEERR_INVALCALLHANDLE;
}

/* ---- requests ---- */

static LONG post_reply(LONG result, HCALL *handle_out)
{
	LONG id = (LONG)++requests;

	if (!mode_is(L"silent"))
		queue_post(0, LINE_REPLY, 0, (DWORD_PTR)id, (DWORD_PTR)result, 0, handle_out, (HCALL)(ULONG_PTR)CALL_MADE);
	return id;
}

LONG WINAPI lineMakeCallW(HLINE h, LPHCALL handle_out, LPCWSTR to, DWORD country, LPLINECALLPARAMS const params)
{
	LONG id;

	(void)country, (void)params;
	if (!h || !to[0])
		return LINEERR_INVALADDRESS;
	if (wcscmp(to, L"000") == 0)
		return post_reply(LINEERR_ADDRESSBLOCKED, NULL);
	id = post_reply(0, handle_out);
	post_call_state(CALL_MADE, LINECALLSTATE_DIALING, 0, 4);
	post_call_state(CALL_MADE, LINECALLSTATE_CONNECTED, LINECONNECTEDMODE_ACTIVE, 0);
	post_call_state(CALL_MADE, LINECALLSTATE_DISCONNECTED, LINEDISCONNECTMODE_NORMAL, 0);
	post_call_state(CALL_MADE, LINECALLSTATE_IDLE, 0, 0);
	return id;
}

LONG WINAPI lineAnswer(HCALL h, LPCSTR info, DWORD size)
{
	LONG id = post_reply(0, NULL);

	(void)info, (void)size;
	post_call_state((DWORD)(ULONG_PTR)h, LINECALLSTATE_CONNECTED, LINECONNECTEDMODE_ACTIVE, 0);
	return id;
}

LONG WINAPI lineDrop(HCALL h, LPCSTR info, DWORD size)
{
	LONG id = post_reply(0, NULL);

	(void)info, (void)size;
	post_call_state((DWORD)(ULONG_PTR)h, LINECALLSTATE_IDLE, 0, 0);
	return id;
}

#define UNAVAILABLE(function, declared) \
	LONG WINAPI function declared { return LINEERR_OPERATIONUNAVAIL; }
#pragma GCC diagnostic ignored "-Wunused-parameter"
UNAVAILABLE(lineHold, (HCALL h))
UNAVAILABLE(lineUnhold, (HCALL h))
UNAVAILABLE(lineBlindTransferW, (HCALL h, LPCWSTR to, DWORD country))
UNAVAILABLE(lineDialW, (HCALL h, LPCWSTR to, DWORD country))
UNAVAILABLE(linePickupW, (HLINE h, DWORD address, LPHCALL handle_out, LPCWSTR to, LPCWSTR group))
UNAVAILABLE(lineSetupTransferW, (HCALL h, LPHCALL handle_out, LPLINECALLPARAMS const params))
UNAVAILABLE(lineCompleteTransfer, (HCALL h, HCALL consult, LPHCALL conference, DWORD mode))
