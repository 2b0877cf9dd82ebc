/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* This scenario checks arguments, without a PBX: rules. */

static void test_random_handles(void)
{
	unsigned seed = 4711;
	BYTE buffer[512];
	DWORD n;

	for (int i = 0; i < 10000; i++) {
		HDRVCALL call;
		HDRVLINE line;
		DWORD id;
		LONG err;
		seed = seed * 1103515245 + 12345;
		call = (HDRVCALL)(ULONG_PTR)(i < 3 ? (ULONG_PTR)0 - (ULONG_PTR)(i & 1) : (ULONG_PTR)seed << (i % 5 == 0 ? 8 : 0));
		line = (HDRVLINE)(ULONG_PTR)call;
		if (line == lines[test_line].hd)
			continue;
		memset(buffer, 0, sizeof buffer);
		*(DWORD *)buffer = sizeof buffer;
		switch (i % 6) {
		case 0: err = tsp.lineGetCallInfo(call, (LINECALLINFO *)buffer); break;
		case 1: err = tsp.lineGetCallStatus(call, (LINECALLSTATUS *)buffer); break;
		case 2: err = tsp.lineCloseCall(call); break;
		case 3: err = tsp.lineGetNumAddressIDs(line, &n); break;
		case 4: err = tsp.lineGetLineDevStatus(line, (LINEDEVSTATUS *)buffer); break;
		default:
			id = request_new("lineDrop", test_line, 0);
			err = request_returned(id, tsp.lineDrop(id, call, NULL, 0));
		}
		check(34, err == (LONG)(i % 6 == 3 || i % 6 == 4 ? LINEERR_INVALLINEHANDLE : LINEERR_INVALCALLHANDLE), "handle %p with function %d gives 0x%lx", (void *)call, i % 6, (DWORD)err);
	}
}

static void test_missing_pointers(void)
{
	check(35, tsp.lineGetNumAddressIDs(lines[test_line].hd, NULL) == (LONG)LINEERR_INVALPOINTER, "lineGetNumAddressIDs takes NULL");
	check(35, tsp.lineGetLineDevStatus(lines[test_line].hd, NULL) == (LONG)LINEERR_INVALPOINTER, "lineGetLineDevStatus takes NULL");
	check(35, tsp.lineGetDevCaps(line_base, host_version, 0, NULL) == (LONG)LINEERR_INVALPOINTER, "lineGetDevCaps takes NULL");
	{
		DWORD id = request_new("lineMakeCall", test_line, 0);
		LONG err = request_returned(id, tsp.lineMakeCall(id, lines[test_line].hd, (HTAPICALL)(ULONG_PTR)0x9999, NULL, L"1234", 0, NULL));
		check(35, err == (LONG)LINEERR_INVALPOINTER, "lineMakeCall without a place for the handle gives 0x%lx", (DWORD)err);
	}
}

/* test_call_params gives LINECALLPARAMS that end at an unreadable page. */
static void test_call_params(void)
{
	BYTE *page = VirtualAlloc(NULL, 8192, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
	DWORD old;

	VirtualProtect(page + 4096, 4096, PAGE_NOACCESS, &old);
	set_crash_rule(26);
	for (DWORD total = 4; total <= 240; total += 4) {
		LINECALLPARAMS *p = (LINECALLPARAMS *)(page + 4096 - total);
		DWORD request, call;
		LONG err;
		memset(page, 0, 4096);
		p->dwTotalSize = total;
		if (total >= 112) {
			p->dwBearerMode = LINEBEARERMODE_VOICE, p->dwMediaMode = LINEMEDIAMODE_INTERACTIVEVOICE;
			p->dwMinRate = p->dwMaxRate = 0, p->dwCallParamFlags = 0, p->dwAddressMode = LINEADDRESSMODE_ADDRESSID;
		}
		err = make_call(test_line, L"", p, &call, &request);
		if (total < 112)
			check(26, err == (LONG)LINEERR_INVALCALLPARAMS, "call parameters of %lu bytes give 0x%lx", total, (DWORD)err);
		if (err > 0) {
			wait_completed(request, patience);
			close_call(call);
		}
	}
	for (unsigned seed = 1, i = 0; i < 300; i++) { /* with any content, the provider must not crash */
		LINECALLPARAMS *p = (LINECALLPARAMS *)(page + 4096 - 240);
		DWORD request, call;
		for (int k = 0; k < 240; k++) {
			seed = seed * 1103515245 + 12345;
			((BYTE *)p)[k] = (BYTE)(seed >> 16);
		}
		p->dwTotalSize = 240;
		if (make_call(test_line, L"", p, &call, &request) > 0) {
			wait_completed(request, patience);
			close_call(call);
		}
		rule_ran(26);
	}
	set_crash_rule(0);
	VirtualFree(page, 0, MEM_RELEASE);
}

/* test_unsupported_functions checks that the provider refuses at once what it exports and does not support (rule R-36). TAPI refuses
 * functions that it does not export. */
static void test_unsupported_functions(void)
{
	typedef LONG(TSPIAPI * plain)(DRV_REQUESTID, HDRVCALL);
	typedef LONG(TSPIAPI * with_block)(DRV_REQUESTID, HDRVCALL, LPCSTR, DWORD);
	static const char *const names[] = {"lineSecureCall", "lineReleaseUserUserInfo", "lineRemoveFromConference", "lineAccept", "lineSendUserUserInfo"};

	for (int i = 0; i < 5; i++) {
		FARPROC f = optional_function(names[i]);
		DWORD id;
		LONG err;
		rule_ran(36);
		if (!f)
			continue;
		id = request_new(names[i], test_line, 0);
		err = request_returned(id, i < 3 ? ((plain)(void (*)(void))f)(id, NULL) : ((with_block)(void (*)(void))f)(id, NULL, NULL, 0));
		check(36, err == (LONG)LINEERR_OPERATIONUNAVAIL || err == (LONG)LINEERR_INVALCALLHANDLE, "TSPI_%s without a call gives 0x%lx", names[i], (DWORD)err);
	}
}

void scenario_arguments(void)
{
	if (!begin_with_line(0x30001)) {
		rule_not_run(34, "there is no line to open");
		return;
	}
	set_crash_rule(34);
	test_random_handles();
	set_crash_rule(35);
	test_missing_pointers();
	test_call_params();
	test_unsupported_functions();
	{
		static const struct { const WCHAR *to; DWORD err; } bad[] = {{L"W123", LINEERR_DIALDIALTONE}, {L"1@2", LINEERR_DIALQUIET}, {L"1$2", LINEERR_DIALBILLING}, {L"1?2", LINEERR_DIALPROMPT}, {L"1$2@3", LINEERR_DIALBILLING}};
		for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
			LONG err = make_call(test_line, bad[i].to, NULL, NULL, NULL);
			check(41, err == (LONG)bad[i].err, "dialling %ls gives 0x%lx", bad[i].to, (DWORD)err);
		}
	}
	session_end();
}
