/* SPDX-License-Identifier: MIT */
#include "host.h"

/* This scenario checks rule R-71: an added line gets a device id that TAPI chooses, far from the others; a removed line's calls end
 * before LINE_REMOVE, and no message follows it. */

enum { FAR_ID = 5000 };

static LONG caps_of(DWORD device)
{
	BYTE b[2048] = {0};

	((LINEDEVCAPS *)b)->dwTotalSize = sizeof b;
	return tsp.lineGetDevCaps(device, 0x30001, 0, (LINEDEVCAPS *)b);
}

static int test_line_added(DWORD *line)
{
	DWORD v = 0;
	LONG err;

	created_device = 0;
	if (!harness_command("line add"))
		return 0;
	check(71, wait_device(&created_device, 0, 20000), "a line came and there is no LINE_CREATE");
	if (!created_device)
		return 0;
	err = tsp.providerCreateLineDevice(created_device, FAR_ID);
	check(71, err == 0, "providerCreateLineDevice(%lu, %d) gives 0x%lx", created_device, FAR_ID, (DWORD)err);
	err = tsp.lineNegotiateTSPIVersion(FAR_ID, 0x10003, 0x30001, &v);
	check(71, err == 0 && v == 0x30001, "the new device negotiates 0x%lx: 0x%lx", v, (DWORD)err);
	check(71, caps_of(FAR_ID) == 0, "the new device has no capabilities: 0x%lx", (DWORD)caps_of(FAR_ID));
	*line = open_line(FAR_ID, 0x30001);
	check(71, *line != ~0u, "the new device cannot be opened");
	return *line != ~0u;
}

static void test_line_removed(DWORD line, DWORD call)
{
	LONG err;

	removed_device = ~0u;
	if (!harness_command("line remove"))
		return;
	check(71, wait_device(&removed_device, ~0u, 20000), "a line went and there is no LINE_REMOVE");
	check(71, removed_device == FAR_ID, "LINE_REMOVE is about device %lu", removed_device);
	check(71, !call || calls[call].idle, "LINE_REMOVE came before the line's call was IDLE");
	close_line(line);
	err = caps_of(FAR_ID);
	check(71, err == (LONG)LINEERR_BADDEVICEID || err == (LONG)LINEERR_NODEVICE, "a removed device answers 0x%lx", (DWORD)err);
	wait_quiet(300);
}

void scenario_devices(void)
{
	DWORD before, line, call = 0;

	if (!pbx_connected() || !harness_connected() || !harness_command("line remove")) {
		rule_not_run(71, "no --harness that adds and removes lines");
		return;
	}
	if (!session_begin(7, 0x30001))
		return;
	for (DWORD i = 0; i < lines_number; i++)
		open_line(line_base + i, 0x30001);
	if (test_line_added(&line)) {
		wait_service(line, 1, 2000);
		before = last_call();
		check(71, pbx_command("inbound 00497115550199 -> %s", lines[line].address) && wait_new_call(line, before, &call, patience), "no call on the new device");
		test_line_removed(line, call);
	}
	session_end();
	pbx_command("all decline");
	harness_command("line add");
}
