/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <stdlib.h>
#include <string.h>
#include <tlhelp32.h>

/* This scenario checks versions, devices and sessions: rules. */

static const DWORD versions[] = {0x10003, 0x10004, 0x20000, 0x20001, 0x20002, 0x30000, 0x30001, 0x30002, 0x40000};

enum { VERSIONS = sizeof versions / sizeof *versions };

/* test_negotiation tries every pair of versions for one device id, or for the provider as a whole. */
static void test_negotiation(int rule, DWORD device)
{
	DWORD lowest = 0, highest = 0, v;

	for (int i = 0; i < VERSIONS; i++)
		if (tsp.lineNegotiateTSPIVersion(device, versions[i], versions[i], &v) == 0) {
			highest = versions[i];
			if (!lowest)
				lowest = versions[i];
		}
	check(rule, highest != 0, "device %lx: no single version is supported", device);
	for (int lo = 0; lo < VERSIONS; lo++)
		for (int hi = 0; hi < VERSIONS; hi++) {
			LONG err;
			DWORD best = 0;
			for (int i = lo; i <= hi; i++)
				if (versions[i] >= lowest && versions[i] <= highest)
					best = versions[i];
			v = 0xDEAD;
			err = tsp.lineNegotiateTSPIVersion(device, versions[lo], versions[hi], &v);
			if (best)
				check(rule, err == 0 && v == best, "[0x%lx, 0x%lx] gives 0x%lx, version 0x%lx instead of 0x%lx", versions[lo], versions[hi], (DWORD)err, v, best);
			else
				check(rule, err == (LONG)LINEERR_INCOMPATIBLEAPIVERSION, "[0x%lx, 0x%lx] gives 0x%lx instead of INCOMPATIBLEAPIVERSION", versions[lo], versions[hi], (DWORD)err);
		}
}

static LONG dev_caps(DWORD device, LINEDEVCAPS **caps)
{
	LONG err;

	*caps = calloc(1, 8192);
	(*caps)->dwTotalSize = 8192;
	err = tsp.lineGetDevCaps(device, host_version, 0, *caps);
	if (err) {
		free(*caps);
		*caps = NULL;
	}
	return err;
}

static void test_device_ids(DWORD base)
{
	LINEDEVCAPS *caps;
	DWORD v;

	for (DWORD i = 0; i < lines_number; i++) {
		check(5, dev_caps(base + i, &caps) == 0, "GetDevCaps(%lu) fails with base %lu and %lu lines", base + i, base, lines_number);
		free(caps);
	}
	check(5, dev_caps(base - 1, &caps) == (LONG)LINEERR_BADDEVICEID, "GetDevCaps(%lu) is not BADDEVICEID", base - 1);
	check(5, dev_caps(base + lines_number, &caps) == (LONG)LINEERR_BADDEVICEID, "GetDevCaps(%lu) is not BADDEVICEID", base + lines_number);
	if (lines_number) {
		test_negotiation(3, base);
		test_negotiation(3, base + lines_number - 1);
	}
	check(3, tsp.lineNegotiateTSPIVersion(base - 1, 0x10003, 0x30001, &v) == (LONG)LINEERR_BADDEVICEID, "device id %lu is negotiated", base - 1);
	check(3, tsp.lineNegotiateTSPIVersion(base + lines_number, 0x10003, 0x30001, &v) == (LONG)LINEERR_BADDEVICEID, "device id %lu is negotiated", base + lines_number);
}

static DWORD count_resources(DWORD what)
{
	HANDLE snap;
	THREADENTRY32 t = {.dwSize = sizeof t};
	DWORD n = 0, self = GetCurrentProcessId();

	if (what == 0) {
		GetProcessHandleCount(GetCurrentProcess(), &n);
		return n;
	}
	snap = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
	if (snap == INVALID_HANDLE_VALUE)
		return 0;
	for (BOOL ok = Thread32First(snap, &t); ok; ok = Thread32Next(snap, &t))
		n += t.th32OwnerProcessID == self;
	CloseHandle(snap);
	return n;
}

static void test_many_sessions(void)
{
	DWORD threads, handles, before = 0;
	int n = 100;

	for (int i = 0; i < 3 && session_begin(line_base, host_version); i++) {
		before = lines_number;
		session_end();
	}
	Sleep(50);
	threads = count_resources(1), handles = count_resources(0);
	for (int i = 0; i < n; i++) {
		if (!session_begin(line_base, host_version)) {
			rule_fail(6, "session %d cannot be begun", i + 4);
			return;
		}
		check(6, lines_number == before, "session %d has %lu lines, the first %lu", i + 4, lines_number, before);
		session_end();
	}
	Sleep(100);
	check(6, count_resources(1) <= threads + 2, "%lu threads after %d sessions, %lu before", count_resources(1), n, threads);
	check(6, count_resources(0) <= handles + 20, "%lu handles after %d sessions, %lu before", count_resources(0), n, handles);
}

static void test_permanent_ids(void)
{
	DWORD ids[LINES], number = lines_number;
	LINEDEVCAPS *caps;

	for (DWORD i = 0; i < number && i < LINES; i++) {
		ids[i] = dev_caps(line_base + i, &caps) == 0 ? caps->dwPermanentLineID : 0;
		for (DWORD k = 0; k < i; k++)
			check(9, ids[k] != ids[i], "devices %lu and %lu have the permanent id %lu", line_base + k, line_base + i, ids[i]);
		free(caps);
	}
	session_end();
	if (!session_begin(line_base + 100, host_version))
		return;
	for (DWORD i = 0; i < number && i < lines_number; i++) {
		DWORD id = dev_caps(line_base + i, &caps) == 0 ? caps->dwPermanentLineID : 0;
		check(9, id == ids[i] && id, "line %lu has the permanent id %lu, in the session before %lu", i, id, ids[i]);
		free(caps);
	}
}

static void test_second_open(void)
{
	DWORD a, hub = 0;
	HDRVLINE second = NULL;
	LINEEXTENSIONID ext;
	LONG err;

	if (!lines_number || (a = open_line(line_base, host_version)) == ~0u) {
		rule_not_run(10, "there is no line to open");
		return;
	}
	err = tsp.lineOpen(line_base, (HTAPILINE)(ULONG_PTR)0x4242, &second, host_version, (LINEEVENT)(void *)1);
	check(10, err == (LONG)LINEERR_ALLOCATED, "a second lineOpen gives 0x%lx", (DWORD)err);
	check(10, tsp.lineGetNumAddressIDs(lines[a].hd, &hub) == 0 && hub == 1, "after a second lineOpen the first does not work");
	close_line(a);
	a = open_line(line_base, host_version);
	check(10, a != ~0u, "a line cannot be opened again");
	if (a != ~0u)
		close_line(a);
	if (tsp.lineGetExtensionID) {
		memset(&ext, 0xCC, sizeof ext);
		err = tsp.lineGetExtensionID(line_base, host_version, &ext);
		check(13, err == 0 && !ext.dwExtensionID0 && !ext.dwExtensionID1 && !ext.dwExtensionID2 && !ext.dwExtensionID3, "GetExtensionID gives 0x%lx and an extension", (DWORD)err);
	}
}

static void test_ui_path(void)
{
	WCHAR name[MAX_PATH + 8];
	size_t n = 0;

	if (!tsp.providerUIIdentify)
		return;
	memset(name, 0xAB, sizeof name);
	check(14, tsp.providerUIIdentify(name) == 0, "providerUIIdentify fails");
	while (n < MAX_PATH && name[n])
		n++;
	check(14, n > 0 && n < MAX_PATH, "the path of the dialogs is not terminated within %d", MAX_PATH);
	for (int i = MAX_PATH; i < MAX_PATH + 8; i++)
		check(14, name[i] == 0xABAB, "providerUIIdentify writes behind MAX_PATH characters");
}

void scenario_session(void)
{
	static const DWORD bases[] = {1000, 7, 1};
	DWORD options, number;
	LINEDEVCAPS *caps;

	test_negotiation(2, 0xFFFFFFFF);
	test_ui_path();
	for (int i = 0; i < 3; i++) {
		if (!session_begin(bases[i], 0x00030001))
			return;
		test_device_ids(bases[i]);
		number = lines_number;
		options = 0;
		check(8, tsp.providerInit(host_version, 1, 500, 0, number, 0, NULL, &options) == 0, "a second providerInit fails");
		if (number) {
			check(8, dev_caps(bases[i], &caps) == 0, "after a second providerInit the device %lu is gone", bases[i]);
			free(caps);
		}
		session_end();
	}
	test_many_sessions();
	if (!session_begin(7, 0x00030001))
		return;
	test_permanent_ids();
	test_second_open();
	session_end();
}
