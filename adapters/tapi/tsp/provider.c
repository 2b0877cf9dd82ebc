/* SPDX-License-Identifier: MIT */
#include "functions.h"
#include "tsp.h"

#include <string.h>

HINSTANCE module;

BOOL WINAPI DllMain(HINSTANCE self, DWORD why, LPVOID unused)
{
	(void)unused;
	if (why == DLL_PROCESS_ATTACH) {
		module = self;
		DisableThreadLibraryCalls(self);
	}
	return TRUE;
}

/* count_lines gives the number of lines as the daemon says, else as the line table says; 0 without both. */
static DWORD count_lines(DWORD provider, int *from_daemon)
{
	Request r = {.function = F_ENUM_DEVICES, .values = {provider}};
	ReceivedReply received;
	DWORD n;

	*from_daemon = 0;
	if (daemon_request(&r, &received)) {
		n = received.reply.values[0];
		*from_daemon = received.reply.result == 0;
		reply_release(&received);
		if (*from_daemon)
			return n;
	}
	state_lock();
	table_load();
	n = state.table.count;
	state_unlock();
	log_line(LOG_INFO, "the daemon is not there: the line table has %lu lines", n);
	return n;
}

LONG TSPIAPI TSPI_providerEnumDevices(DWORD provider, LPDWORD lines, LPDWORD phones, HPROVIDER handle, LINEEVENT create, PHONEEVENT phone)
{
	int daemon;

	(void)phone;
	log_line(LOG_DEBUG, "TSPI_providerEnumDevices(%lu)", provider);
	if (!lines || !phones)
		return LINEERR_INVALPOINTER;
	if (!link_start())
		return LINEERR_NOMEM;
	link_wait_first();
	*lines = count_lines(provider, &daemon);
	*phones = 0;
	state_lock();
	if (!state.initialized) {
		state.provider_handle = handle, state.create_proc = create;
		state.enumerated = daemon ? ENUMERATED_BY_DAEMON : ENUMERATED_FROM_TABLE;
	}
	state_unlock();
	return 0;
}

/* init_at_daemon begins the session at the daemon and learns the line of each device id. */
static int init_at_daemon(LONG *err)
{
	Request r = {.function = F_INIT, .values = {state.version, state.provider, state.line_base, state.lines_number}};
	ReceivedReply received;
	int ok = 0;

	if (state.enumerated != ENUMERATED_BY_DAEMON || !daemon_request(&r, &received))
		return 0;
	*err = received.reply.result;
	if (!*err && received.reply.block.at && received.reply.block.size == 4 * state.lines_number) {
		ok = 1;
		state_lock();
		for (DWORD i = 0; ok && i < state.lines_number; i++)
			ok = device_add(state.line_base + i, get_u32(received.reply.block.at + 4 * i));
		if (!ok)
			*err = LINEERR_NOMEM;
		state_unlock();
		ok = 1;
	}
	reply_release(&received);
	return ok || *err;
}

/* devices_from_table gives device ids to the lines of the table; the next hello sends them to the daemon. The lock is held. */
static LONG devices_from_table(void)
{
	if (!state.table.count)
		table_load();
	for (DWORD i = 0; i < state.lines_number; i++) {
		DWORD permanent = i < state.table.count ? state.table.lines[i].permanent : 0;
		if (!device_add(state.line_base + i, permanent))
			return LINEERR_NOMEM;
		if (!permanent)
			state.devices[state.devices_count - 1].removed = 1;
	}
	return 0;
}

LONG TSPIAPI TSPI_providerInit(DWORD version, DWORD provider, DWORD line_base, DWORD phone_base, DWORD_PTR lines, DWORD_PTR phones, ASYNC_COMPLETION prepare_completion, LPDWORD options)
{
	LONG err = 0;

	(void)phone_base, (void)phones;
	log_line(LOG_DEBUG, "TSPI_providerInit(0x%lx, %lu, base %lu, %lu lines)", version, provider, line_base, (DWORD)lines);
	if (!options)
		return LINEERR_INVALPOINTER;
	*options = 0;
	if (!link_start())
		return LINEERR_NOMEM;
	state_lock();
	if (state.initialized) {
		state_unlock();
		return 0; /* received second providerInit changes nothing */
	}
	state.version = version, state.provider = provider, state.line_base = line_base, state.lines_number = (DWORD)lines;
	state.completion_proc = prepare_completion;
	state_unlock();
	if (!init_at_daemon(&err)) {
		state_lock();
		err = devices_from_table();
		state.initialized = !err;
		link_reconnect();
		state_unlock();
		return err;
	}
	state_lock();
	state.initialized = !err;
	table_load(); /* for the time when no daemon is connected */
	state_unlock();
	return err;
}

LONG TSPIAPI TSPI_providerShutdown(DWORD version, DWORD provider)
{
	Request r = {.function = F_SHUTDOWN, .values = {version, provider}};
	ReceivedReply received;

	log_line(LOG_DEBUG, "TSPI_providerShutdown(%lu)", provider);
	if (daemon_request(&r, &received))
		reply_release(&received);
	link_stop();
	state_reset();
	log_close();
	settings_reset();
	return 0;
}

LONG TSPIAPI TSPI_providerCreateLineDevice(DWORD_PTR temporary, DWORD id)
{
	Request r = {.function = F_CREATE_LINE_DEVICE, .device = id, .values = {(DWORD)temporary}};
	ReceivedReply received;
	int ok;

	state_lock();
	ok = device_by_id(id) || device_add(id, (DWORD)temporary); /* the temporary id is the permanent line id */
	state_unlock();
	if (!ok)
		return LINEERR_NOMEM;
	if (daemon_request(&r, &received)) {
		LONG err = received.reply.result;
		reply_release(&received);
		return err;
	}
	return 0;
}

/* TSPI_providerGenericDialogData gives the provider's version and ignores what it gets: the dialogs talk to the daemon
 * themselves, under the token of the user who opened them. */
LONG TSPIAPI TSPI_providerGenericDialogData(DWORD_PTR object, DWORD type, LPVOID call_params, DWORD size)
{
	static const char text[] = "offhook.tsp " VERSION_TEXT;

	(void)object;
	if (type != TUISPIDLL_OBJECT_PROVIDERID && type != TUISPIDLL_OBJECT_LINEID)
		return LINEERR_OPERATIONUNAVAIL;
	if (!call_params)
		return LINEERR_INVALPOINTER;
	memset(call_params, 0, size);
	if (size > 0)
		memcpy(call_params, text, size < sizeof text ? size - 1 : sizeof text);
	return 0;
}

LONG TSPIAPI TSPI_providerUIIdentify(LPWSTR name)
{
	static const WCHAR file[] = L"\\offhookui.dll";
	UINT n;

	if (!name)
		return LINEERR_INVALPOINTER;
	n = GetSystemDirectoryW(name, MAX_PATH);
	if (n == 0 || n + sizeof file / sizeof *file > MAX_PATH)
		return LINEERR_OPERATIONFAILED;
	memcpy(name + n, file, sizeof file);
	return 0;
}

/* TAPI never calls the next three. The control panel offers Add, Configure and Remove because they are exported. */

LONG TSPIAPI TSPI_providerInstall(HWND owner, DWORD provider)
{
	(void)owner, (void)provider;
	return 0;
}

LONG TSPIAPI TSPI_providerConfig(HWND owner, DWORD provider)
{
	(void)owner, (void)provider;
	return 0;
}

LONG TSPIAPI TSPI_providerRemove(HWND owner, DWORD provider)
{
	(void)owner, (void)provider;
	return 0;
}
