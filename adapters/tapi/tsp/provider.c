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

/* counted is how many lines there are: by the daemon's word, else by the line table. 0 when neither is there. */
static DWORD counted(DWORD provider, int *from_daemon)
{
	Request r = {.function = F_ENUM_DEVICES, .values = {provider}};
	Answer a;
	DWORD n;

	*from_daemon = 0;
	if (ask(&r, &a)) {
		n = a.reply.values[0];
		*from_daemon = a.reply.result == 0;
		answer_drop(&a);
		if (*from_daemon)
			return n;
	}
	lock();
	table_load();
	n = state.table.count;
	unlock();
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
	link_first();
	*lines = counted(provider, &daemon);
	*phones = 0;
	lock();
	if (!state.initialized) {
		state.handle = handle, state.create = create;
		state.enumerated = daemon ? 2 : 1;
	}
	unlock();
	return 0;
}

/* introduce tells the daemon of the session and learns which line each device id is. */
static int introduce(LONG *err)
{
	Request r = {.function = F_INIT, .values = {state.version, state.provider, state.line_base, state.lines_number}};
	Answer a;
	int ok = 0;

	if (state.enumerated != 2 || !ask(&r, &a))
		return 0;
	*err = a.reply.result;
	if (!*err && a.reply.block.at && a.reply.block.size == 4 * state.lines_number) {
		ok = 1;
		lock();
		for (DWORD i = 0; ok && i < state.lines_number; i++)
			ok = device_add(state.line_base + i, get_u32(a.reply.block.at + 4 * i));
		if (!ok)
			*err = LINEERR_NOMEM;
		unlock();
		ok = 1;
	}
	answer_drop(&a);
	return ok || *err;
}

/* from_table gives the lines of the table their device ids; the next hello tells the daemon. The lock is held. */
static LONG number_from_table(void)
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

LONG TSPIAPI TSPI_providerInit(DWORD version, DWORD provider, DWORD line_base, DWORD phone_base, DWORD_PTR lines, DWORD_PTR phones, ASYNC_COMPLETION completion, LPDWORD options)
{
	LONG err = 0;

	(void)phone_base, (void)phones;
	log_line(LOG_DEBUG, "TSPI_providerInit(0x%lx, %lu, base %lu, %lu lines)", version, provider, line_base, (DWORD)lines);
	if (!options)
		return LINEERR_INVALPOINTER;
	*options = 0;
	if (!link_start())
		return LINEERR_NOMEM;
	lock();
	if (state.initialized) {
		unlock();
		return 0; /* a second one changes nothing */
	}
	state.version = version, state.provider = provider, state.line_base = line_base, state.lines_number = (DWORD)lines;
	state.completion = completion;
	unlock();
	if (!introduce(&err)) {
		lock();
		err = number_from_table();
		state.initialized = !err;
		link_renew();
		unlock();
		return err;
	}
	lock();
	state.initialized = !err;
	table_load(); /* for the time when the daemon is gone */
	unlock();
	return err;
}

LONG TSPIAPI TSPI_providerShutdown(DWORD version, DWORD provider)
{
	Request r = {.function = F_SHUTDOWN, .values = {version, provider}};
	Answer a;

	log_line(LOG_DEBUG, "TSPI_providerShutdown(%lu)", provider);
	if (ask(&r, &a))
		answer_drop(&a);
	link_stop();
	state_reset();
	log_close();
	settings_forget();
	return 0;
}

LONG TSPIAPI TSPI_providerCreateLineDevice(DWORD_PTR temporary, DWORD id)
{
	Request r = {.function = F_CREATE_LINE_DEVICE, .device = id, .values = {(DWORD)temporary}};
	Answer a;
	int ok;

	lock();
	ok = device_at(id) || device_add(id, (DWORD)temporary); /* the temporary id is the permanent line id */
	unlock();
	if (!ok)
		return LINEERR_NOMEM;
	if (ask(&r, &a)) {
		LONG err = a.reply.result;
		answer_drop(&a);
		return err;
	}
	return 0;
}

/* Configuration does not pass through here: the dialogs talk to the daemon under their user's own token. What is told
 * is the provider's version, and nothing is taken. */
LONG TSPIAPI TSPI_providerGenericDialogData(DWORD_PTR object, DWORD type, LPVOID params, DWORD size)
{
	static const char text[] = "offhook.tsp " VERSION_TEXT;

	(void)object;
	if (type != TUISPIDLL_OBJECT_PROVIDERID && type != TUISPIDLL_OBJECT_LINEID)
		return LINEERR_OPERATIONUNAVAIL;
	if (!params)
		return LINEERR_INVALPOINTER;
	memset(params, 0, size);
	if (size > 0)
		memcpy(params, text, size < sizeof text ? size - 1 : sizeof text);
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

/* TAPI never calls these three: that they are there makes the control panel offer Add, Configure and Remove. */

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
