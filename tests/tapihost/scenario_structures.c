/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <stdlib.h>
#include <string.h>

/* This scenario reads every structure at every version into buffers of every size: rules. The buffer ends at an
 * unreadable page, so that a write beyond it crashes at once; a fill pattern shows what was written. */

enum { FILL = 0xCC, SPACE = 16384, STRUCTURES = 6 };

static const DWORD versions[] = {0x10003, 0x10004, 0x20000, 0x20001, 0x20002, 0x30000, 0x30001};

static BYTE *page; /* SPACE bytes, then the unreadable page */
static DWORD open_line_index, test_call;

static const char *const names[STRUCTURES] = {"LINEDEVCAPS", "LINEADDRESSCAPS", "LINEDEVSTATUS", "LINEADDRESSSTATUS", "LINECALLINFO", "LINECALLSTATUS"};

static LONG read_structure(int s, DWORD version, void *buffer)
{
	switch (s) {
	case 0: return tsp.lineGetDevCaps(line_base, version, 0, buffer);
	case 1: return tsp.lineGetAddressCaps(line_base, 0, version, 0, buffer);
	case 2: return tsp.lineGetLineDevStatus(lines[open_line_index].hd, buffer);
	case 3: return tsp.lineGetAddressStatus(lines[open_line_index].hd, 0, buffer);
	case 4: return tsp.lineGetCallInfo(calls[test_call].hd, buffer);
	}
	return tsp.lineGetCallStatus(calls[test_call].hd, buffer);
}

/* buffer_of gives a buffer of total bytes that ends at the unreadable page. */
static BYTE *buffer_of(DWORD total)
{
	BYTE *b = page + SPACE - total;

	memset(page, FILL, SPACE);
	memcpy(b, &total, 4);
	return b;
}

/* fixed_size gives the fixed size: the smallest total that is accepted. */
static DWORD fixed_size(int s, DWORD version)
{
	for (DWORD total = 12; total < 2048; total += 4)
		if (read_structure(s, version, buffer_of(total)) == 0)
			return total;
	return 0;
}

struct item {
	DWORD size, offset;
};

/* members has the offsets of Size members, with the version that added them; text is 1 for a text, 2 for a list of texts. */
static const struct {
	WORD offset;
	DWORD since;
	BYTE text;
} members[STRUCTURES][12] = {
	{{FIELD_OFFSET(LINEDEVCAPS, dwProviderInfoSize), 0, 1}, {FIELD_OFFSET(LINEDEVCAPS, dwSwitchInfoSize), 0, 1},
		{FIELD_OFFSET(LINEDEVCAPS, dwLineNameSize), 0, 1}, {FIELD_OFFSET(LINEDEVCAPS, dwTerminalCapsSize), 0, 0},
		{FIELD_OFFSET(LINEDEVCAPS, dwTerminalTextSize), 0, 0}, {FIELD_OFFSET(LINEDEVCAPS, dwDevSpecificSize), 0, 0},
		{FIELD_OFFSET(LINEDEVCAPS, dwDeviceClassesSize), 0x20000, 2}},
	{{FIELD_OFFSET(LINEADDRESSCAPS, dwAddressSize), 0, 1}, {FIELD_OFFSET(LINEADDRESSCAPS, dwDevSpecificSize), 0, 0},
		{FIELD_OFFSET(LINEADDRESSCAPS, dwCompletionMsgTextSize), 0, 0}},
	{{FIELD_OFFSET(LINEDEVSTATUS, dwTerminalModesSize), 0, 0}, {FIELD_OFFSET(LINEDEVSTATUS, dwDevSpecificSize), 0, 0}},
	{{FIELD_OFFSET(LINEADDRESSSTATUS, dwForwardSize), 0, 0}, {FIELD_OFFSET(LINEADDRESSSTATUS, dwTerminalModesSize), 0, 0},
		{FIELD_OFFSET(LINEADDRESSSTATUS, dwDevSpecificSize), 0, 0}},
	{{FIELD_OFFSET(LINECALLINFO, dwCallerIDSize), 0, 1}, {FIELD_OFFSET(LINECALLINFO, dwCallerIDNameSize), 0, 1},
		{FIELD_OFFSET(LINECALLINFO, dwCalledIDSize), 0, 1}, {FIELD_OFFSET(LINECALLINFO, dwCalledIDNameSize), 0, 1},
		{FIELD_OFFSET(LINECALLINFO, dwConnectedIDSize), 0, 1}, {FIELD_OFFSET(LINECALLINFO, dwConnectedIDNameSize), 0, 1},
		{FIELD_OFFSET(LINECALLINFO, dwRedirectionIDSize), 0, 1}, {FIELD_OFFSET(LINECALLINFO, dwRedirectionIDNameSize), 0, 1},
		{FIELD_OFFSET(LINECALLINFO, dwRedirectingIDSize), 0, 1}, {FIELD_OFFSET(LINECALLINFO, dwRedirectingIDNameSize), 0, 1},
		{FIELD_OFFSET(LINECALLINFO, dwDisplaySize), 0, 1}, {FIELD_OFFSET(LINECALLINFO, dwUserUserInfoSize), 0, 0}},
	{{FIELD_OFFSET(LINECALLSTATUS, dwDevSpecificSize), 0, 0}},
};

/* tapi_members has the members that TAPI fills; a provider must not write them (rule R-20). */
#define PAIR(of, name) FIELD_OFFSET(of, dw##name##Size), FIELD_OFFSET(of, dw##name##Offset)
enum { TAPI_MEMBERS = 14 };
static const WORD tapi_members[STRUCTURES][TAPI_MEMBERS] = {
	[2] = {FIELD_OFFSET(LINEDEVSTATUS, dwNumOpens), FIELD_OFFSET(LINEDEVSTATUS, dwOpenMediaModes), PAIR(LINEDEVSTATUS, AppInfo)},
	[4] = {FIELD_OFFSET(LINECALLINFO, hLine), FIELD_OFFSET(LINECALLINFO, dwMonitorDigitModes), FIELD_OFFSET(LINECALLINFO, dwMonitorMediaModes),
		FIELD_OFFSET(LINECALLINFO, dwNumOwners), FIELD_OFFSET(LINECALLINFO, dwNumMonitors), PAIR(LINECALLINFO, AppName),
		PAIR(LINECALLINFO, DisplayableAddress), PAIR(LINECALLINFO, CalledParty), PAIR(LINECALLINFO, Comment)},
	[5] = {FIELD_OFFSET(LINECALLSTATUS, dwCallPrivilege)},
};

static DWORD dword_at(const BYTE *b, DWORD at_) { DWORD v; memcpy(&v, b + at_, 4); return v; }

/* check_text checks that a text is UTF-16 and terminated (rule R-21). list: several texts, the last one empty. */
static void check_text(int s, const BYTE *b, DWORD size, DWORD offset, int list)
{
	const WCHAR *w = (const WCHAR *)(b + offset);
	DWORD n = size / 2;

	check(21, size >= 2 && size % 2 == 0 && offset % 2 == 0, "%s: a text of %lu bytes at %lu", names[s], size, offset);
	if (size < 2 || size % 2)
		return;
	check(21, w[n - 1] == 0, "%s: a text does not end in a zero", names[s]);
	for (DWORD i = 0; i + 1 < n; i++) {
		check(21, list || w[i] != 0, "%s: a text has a zero within", names[s]);
		if (w[i] >= 0xD800 && w[i] < 0xDC00)
			check(21, w[i + 1] >= 0xDC00 && w[i + 1] < 0xE000, "%s: half a character", names[s]);
		else if (w[i] >= 0xDC00 && w[i] < 0xE000)
			check(21, i > 0 && w[i - 1] >= 0xD800 && w[i - 1] < 0xDC00, "%s: half a character", names[s]);
	}
}

/* check_buffer checks a filled buffer. all: the buffer was large enough for everything. */
static void check_buffer(int s, DWORD version, const BYTE *b, DWORD total, DWORD fixed, int all)
{
	DWORD needed = dword_at(b, 4), used = dword_at(b, 8);
	struct item items[12];
	int n = 0;

	check(20, dword_at(b, 0) == total, "%s: dwTotalSize became %lu", names[s], dword_at(b, 0));
	check(15, needed >= fixed && used >= fixed && used <= total && used <= needed, "%s version 0x%lx total %lu: needed %lu, used %lu, fixed %lu", names[s], version, total, needed, used, fixed);
	for (int i = 0; i < TAPI_MEMBERS; i++)
		if (tapi_members[s][i] && tapi_members[s][i] + 4u <= fixed)
			check(20, dword_at(b, tapi_members[s][i]) == 0xCCCCCCCC, "%s: TAPI's member at %u was written", names[s], tapi_members[s][i]);
	for (int i = 0; i < 12 && members[s][i].offset; i++) {
		struct item x = {0};
		if (version < members[s][i].since || members[s][i].offset + 8u > fixed)
			continue;
		x.size = dword_at(b, members[s][i].offset), x.offset = dword_at(b, members[s][i].offset + 4);
		if (x.size == 0)
			continue;
		check(16, x.offset >= fixed && x.offset + x.size <= used, "%s: an item of %lu bytes at %lu is not between %lu and %lu", names[s], x.size, x.offset, fixed, used);
		if (x.offset + x.size > total)
			continue;
		for (int k = 0; k < n; k++)
			check(16, x.offset + x.size <= items[k].offset || items[k].offset + items[k].size <= x.offset, "%s: two items overlap at %lu", names[s], x.offset);
		items[n++] = x;
		if (members[s][i].text)
			check_text(s, b, x.size, x.offset, members[s][i].text == 2);
	}
	if (all)
		check(16, used == needed, "%s: with total %lu used is %lu, needed %lu", names[s], total, used, needed);
}

static void test_structure(int s, DWORD version)
{
	DWORD fixed, needed;
	BYTE *b;

	set_crash_rule(17); /* the unreadable page begins behind the buffer */
	fixed = fixed_size(s, version);
	if (!fixed) {
		rule_fail(15, "%s: no buffer is large enough at version 0x%lx", names[s], version);
		return;
	}
	b = buffer_of(fixed);
	read_structure(s, version, b);
	needed = dword_at(b, 4);
	for (int i = 0; i < 12 && members[s][i].offset; i++)
		if (version >= members[s][i].since && members[s][i].offset + 8u <= fixed)
			check(15, dword_at(b, members[s][i].offset) == 0 && dword_at(b, members[s][i].offset + 4) == 0, "%s version 0x%lx: without room for items the one at %u has a size or an offset", names[s], version, members[s][i].offset);
	check(15, dword_at(b, 8) == fixed, "%s version 0x%lx: with the fixed size used is %lu", names[s], version, dword_at(b, 8));
	b = buffer_of(SPACE);
	read_structure(s, version, b);
	check(17, dword_at(b, 4) == needed, "%s version 0x%lx: needed is %lu with room for everything, %lu with the fixed size", names[s], version, dword_at(b, 4), needed);
	set_crash_rule(18);
	for (DWORD total = 0; total < fixed; total++) {
		LONG err;
		BYTE *small = page + SPACE - (total < 4 ? 4 : total);
		if (total < 4)
			continue; /* the buffer must hold dwTotalSize */
		memset(page, FILL, SPACE);
		memcpy(small, &total, 4);
		err = read_structure(s, version, small);
		check(18, err == (LONG)LINEERR_STRUCTURETOOSMALL, "%s version 0x%lx total %lu gives 0x%lx", names[s], version, total, (DWORD)err);
		for (DWORD i = 4; i < total; i++)
			if (small[i] != FILL) {
				rule_fail(18, "%s: byte %lu of a buffer of %lu was written", names[s], i, total);
				break;
			}
	}
	set_crash_rule(17);
	for (DWORD total = fixed; total <= needed + 8 && total < SPACE; total++) {
		LONG err;
		b = buffer_of(total);
		err = read_structure(s, version, b);
		check(17, err == 0, "%s version 0x%lx total %lu gives 0x%lx", names[s], version, total, (DWORD)err);
		if (err)
			break;
		check(17, dword_at(b, 4) == needed, "%s: needed is %lu with total %lu, %lu with the fixed size", names[s], dword_at(b, 4), total, needed);
		check_buffer(s, version, b, total, fixed, total >= needed);
		for (BYTE *p = page; p < b; p++)
			if (*p != FILL) {
				rule_fail(17, "%s: a byte before the buffer was written", names[s]);
				break;
			}
		for (DWORD i = dword_at(b, 8); i < total; i++) /* behind dwUsedSize */
			if (rule_ran(19), b[i] != FILL) {
				rule_fail(19, "%s version 0x%lx total %lu: byte %lu was written, used is %lu", names[s], version, total, i, dword_at(b, 8));
				break;
			}
	}
	set_crash_rule(0);
}

static void test_capabilities(DWORD version)
{
	BYTE *b = buffer_of(SPACE);
	const LINEDEVCAPS *d = (const LINEDEVCAPS *)b;
	const WCHAR *w, *end;
	int found = 0;

	if (read_structure(0, version, b) != 0)
		return;
	check(23, d->dwMediaModes & LINEMEDIAMODE_INTERACTIVEVOICE && d->dwBearerModes & LINEBEARERMODE_VOICE, "media modes 0x%lx, bearer modes 0x%lx", d->dwMediaModes, d->dwBearerModes);
	check(23, d->dwNumAddresses == 1 && d->dwMaxRate != 0 && d->dwRingModes >= 1 && d->dwStringFormat == STRINGFORMAT_UNICODE, "%lu addresses, rate %lu, %lu ring modes, string format %lu", d->dwNumAddresses, d->dwMaxRate, d->dwRingModes, d->dwStringFormat);
	if (version < 0x20000)
		return;
	w = (const WCHAR *)(b + d->dwDeviceClassesOffset), end = w + d->dwDeviceClassesSize / 2;
	check(22, d->dwDeviceClassesSize >= 4 && end[-1] == 0 && end[-2] == 0, "the device classes do not end in two zeros");
	for (; d->dwDeviceClassesSize && w < end && *w; w += wcslen(w) + 1)
		found |= wcscmp(w, L"tapi/line") == 0;
	check(22, found, "tapi/line is not among the device classes");
}

void scenario_structures(void)
{
	DWORD old;

	page = VirtualAlloc(NULL, SPACE + 4096, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
	VirtualProtect(page + SPACE, 4096, PAGE_NOACCESS, &old);
	for (size_t v = 0; v < sizeof versions / sizeof *versions; v++) {
		int with_call = 0;
		if (!session_begin(1, versions[v]))
			continue;
		if (!lines_number || (open_line_index = open_line(line_base, versions[v])) == ~0u) {
			session_end();
			continue;
		}
		for (int s = 0; s < 4; s++)
			test_structure(s, versions[v]);
		test_capabilities(versions[v]);
		if (pbx_connected()) {
			DWORD before = last_call();
			wait_service(open_line_index, 1, 500);
			pbx_command("inbound 0301234567 \"Vögel & Söhne 漢字 \xF0\x9F\x93\x9E\" -> %s", lines[open_line_index].address);
			with_call = wait_new_call(open_line_index, before, &test_call, patience);
		}
		for (int s = 4; with_call && s < STRUCTURES; s++)
			test_structure(s, versions[v]);
		if (with_call) {
			pbx_command("decline %s", lines[open_line_index].address);
			wait_state(test_call, LINECALLSTATE_IDLE, patience);
		}
		session_end();
	}
	VirtualFree(page, 0, MEM_RELEASE);
}
