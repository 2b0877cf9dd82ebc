/* SPDX-License-Identifier: MIT */
#include "functions.h"
#include "tsp.h"

#include <string.h>

/* The daemon answers what TAPI asks about a line; while none is connected, the line table does. */

static const DWORD versions[] = {0x00010003, 0x00010004, 0x00020000, 0x00020001, 0x00020002, 0x00030000, 0x00030001};

enum { VERSIONS = sizeof versions / sizeof versions[0] };

static int version_supported(DWORD version)
{
	for (int i = 0; i < VERSIONS; i++)
		if (versions[i] == version)
			return 1;
	return 0;
}

/* check_device says whether a device id may be used, and gives its permanent line id. */
static LONG check_device(DWORD id, DWORD *permanent)
{
	LONG err = LINEERR_BADDEVICEID;
	Device *d;

	state_lock();
	d = device_by_id(id);
	if (d) {
		err = d->removed ? (LONG)LINEERR_NODEVICE : 0;
		*permanent = d->permanent;
	}
	state_unlock();
	return err;
}

/* answer_from_table fills TAPI's buffer from the line table. */
static LONG answer_from_table(DWORD permanent, DWORD version, uint8_t structure, LPVOID buffer)
{
	TableLine *l;
	Image m;
	LONG err = LINEERR_OPERATIONFAILED;

	state_lock(); /* held while TAPI's buffer is filled: table_load could free the table otherwise */
	if (!state.table.count)
		table_load();
	l = table_line_of(permanent);
	if (l && table_image(l, version, structure, &m))
		err = image_copy_checked(&m, buffer);
	state_unlock();
	return err;
}

/* answer_from_daemon fills TAPI's buffer with the structure that the daemon replies. 1 when there is a reply, with its err. */
static int answer_from_daemon(const Request *r, LPVOID buffer, LONG *err)
{
	ReceivedReply received;

	if (!daemon_request(r, &received))
		return 0;
	*err = received.reply.result;
	if (!*err)
		*err = received.reply.count > 0 ? image_copy_checked(&received.reply.images[0], buffer) : (LONG)LINEERR_OPERATIONFAILED;
	reply_release(&received);
	return 1;
}

LONG TSPIAPI TSPI_lineNegotiateTSPIVersion(DWORD id, DWORD low, DWORD high, LPDWORD version)
{
	DWORD unused;
	LONG err = id == 0xFFFFFFFFu ? 0 : check_device(id, &unused);

	if (err)
		return err;
	if (!version)
		return LINEERR_INVALPOINTER;
	for (int i = VERSIONS - 1; i >= 0; i--)
		if (versions[i] >= low && versions[i] <= high) {
			*version = versions[i];
			return 0;
		}
	return LINEERR_INCOMPATIBLEAPIVERSION;
}

LONG TSPIAPI TSPI_lineGetDevCaps(DWORD id, DWORD version, DWORD ext, LPLINEDEVCAPS caps)
{
	Request r = {.function = F_GET_DEV_CAPS, .device = id, .values = {version, ext}};
	DWORD permanent;
	LONG err = check_device(id, &permanent);

	if (err)
		return err;
	if (!version_supported(version))
		return LINEERR_INCOMPATIBLEAPIVERSION;
	if (!caps)
		return LINEERR_INVALPOINTER;
	return answer_from_daemon(&r, caps, &err) ? err : answer_from_table(permanent, version, S_DEVCAPS, caps);
}

LONG TSPIAPI TSPI_lineGetAddressCaps(DWORD id, DWORD address, DWORD version, DWORD ext, LPLINEADDRESSCAPS caps)
{
	Request r = {.function = F_GET_ADDRESS_CAPS, .device = id, .values = {address, version, ext}};
	DWORD permanent;
	LONG err = check_device(id, &permanent);

	if (err)
		return err;
	if (address != 0)
		return LINEERR_INVALADDRESSID;
	if (!version_supported(version))
		return LINEERR_INCOMPATIBLEAPIVERSION;
	if (!caps)
		return LINEERR_INVALPOINTER;
	return answer_from_daemon(&r, caps, &err) ? err : answer_from_table(permanent, version, S_ADDRESSCAPS, caps);
}

/* open_at_daemon opens the line at the daemon and gives its result. Without a daemon it gives 0, and the line's
 * daemon_handle stays 0. */
static LONG open_at_daemon(DWORD id, DWORD version, DWORD line)
{
	Request r = {.function = F_OPEN, .device = id, .values = {version}};
	ReceivedReply received;
	LONG err;

	if (!daemon_request_handle(&r, &received, line, 0))
		return 0;
	err = received.reply.result;
	reply_release(&received);
	return err;
}

/* in_service_at_daemon asks the daemon whether the line is in service; the next hello sends that as what TAPI knows. */
static int in_service_at_daemon(DWORD daemon_handle)
{
	Request r = {.function = F_GET_LINE_DEV_STATUS, .line = daemon_handle};
	ReceivedReply received;
	int in = 0;

	if (daemon_handle && daemon_request(&r, &received)) {
		if (!received.reply.result && received.reply.count > 0)
			in = (image_u32(&received.reply.images[0], FIELD_OFFSET(LINEDEVSTATUS, dwDevStatusFlags)) & LINEDEVSTATUSFLAGS_INSERVICE) != 0;
		reply_release(&received);
	}
	return in;
}

LONG TSPIAPI TSPI_lineOpen(DWORD id, HTAPILINE ht, LPHDRVLINE handle_out, DWORD version, LINEEVENT event)
{
	DWORD permanent, handle, daemon_handle;
	LONG err = check_device(id, &permanent);
	Line *l;

	log_line(LOG_DEBUG, "TSPI_lineOpen(%lu, version 0x%lx)", id, version);
	if (err)
		return err;
	if (!handle_out || !event)
		return LINEERR_INVALPOINTER;
	if (!version_supported(version))
		return LINEERR_INCOMPATIBLEAPIVERSION;
	state_lock();
	for (DWORD i = 0; i < state.lines_count; i++)
		if (state.lines[i].used && state.lines[i].device == id)
			err = LINEERR_ALLOCATED;
	l = err ? NULL : line_new(&handle);
	if (l) {
		l->tapi_handle = ht, l->event_proc = event, l->device = id, l->permanent = permanent, l->version = version;
		l->line_states = l->address_states = 0xFFFFFFFFu;
		l->messages_from = (ULONGLONG)-1; /* no message before the daemon's handle is entered */
		l->opening = 1;
	}
	state_unlock();
	if (!l)
		return err ? err : (LONG)LINEERR_NOMEM;
	err = open_at_daemon(id, version, handle);
	state_lock();
	l = line_by_handle(handle);
	l->opening = 0, daemon_handle = l->daemon_handle;
	if (err)
		line_free(l);
	state_unlock();
	if (err)
		return err;
	STORE_HANDLE(handle_out, handle);
	if (daemon_handle) {
		int in = in_service_at_daemon(daemon_handle);
		state_lock();
		l = line_by_handle(handle);
		if (l)
			l->in_service = in;
		state_unlock();
	}
	state_lock();
	l = line_by_handle(handle);
	if (l)
		l->messages_from = GetTickCount64() + OPEN_DELAY;
	if (!daemon_handle && !state.connected && state.reconnect)
		SetEvent(state.reconnect);
	else if (!daemon_handle)
		link_reconnect(); /* received daemon connected in between and does not know the line */
	WakeAllConditionVariable(&state.changed);
	state_unlock();
	return 0;
}

/* open_line gives the daemon's handle, the permanent line id and the version of an open line. */
static LONG open_line(HDRVLINE hd, DWORD *daemon_handle, DWORD *permanent, DWORD *version)
{
	LONG err = LINEERR_INVALLINEHANDLE;
	Line *l;

	state_lock();
	l = line_by_handle(HANDLE_NUMBER(hd));
	if (l && !l->closing) {
		*daemon_handle = l->daemon_handle, *permanent = l->permanent, *version = l->version;
		err = 0;
	}
	state_unlock();
	return err;
}

LONG TSPIAPI TSPI_lineGetLineDevStatus(HDRVLINE line, LPLINEDEVSTATUS status)
{
	Request r = {.function = F_GET_LINE_DEV_STATUS};
	DWORD permanent, version;
	LONG err = open_line(line, (DWORD *)&r.line, &permanent, &version);

	if (err)
		return err;
	if (!status)
		return LINEERR_INVALPOINTER;
	return answer_from_daemon(&r, status, &err) ? err : answer_from_table(permanent, version, S_DEVSTATUS, status);
}

LONG TSPIAPI TSPI_lineGetAddressStatus(HDRVLINE line, DWORD address, LPLINEADDRESSSTATUS status)
{
	Request r = {.function = F_GET_ADDRESS_STATUS, .values = {address}};
	DWORD permanent, version;
	LONG err = open_line(line, (DWORD *)&r.line, &permanent, &version);

	if (err)
		return err;
	if (address != 0)
		return LINEERR_INVALADDRESSID;
	if (!status)
		return LINEERR_INVALPOINTER;
	return answer_from_daemon(&r, status, &err) ? err : answer_from_table(permanent, version, S_ADDRESSSTATUS, status);
}

LONG TSPIAPI TSPI_lineGetAddressID(HDRVLINE line, LPDWORD address, DWORD mode, LPCWSTR text, DWORD size)
{
	Request r = {.function = F_GET_ADDRESS_ID, .values = {mode}};
	DWORD permanent, version;
	ReceivedReply received;
	LONG err = open_line(line, (DWORD *)&r.line, &permanent, &version);

	if (err)
		return err;
	if (!address || !text)
		return LINEERR_INVALPOINTER;
	r.text = utf16_block(text);
	if (r.text.size > size && size >= sizeof(WCHAR)) /* the text need not end in a zero */
		r.text.size = size & ~1u;
	if (!daemon_request(&r, &received))
		return LINEERR_INVALADDRESS;
	err = received.reply.result;
	if (!err)
		*address = received.reply.values[0];
	reply_release(&received);
	return err;
}

LONG TSPIAPI TSPI_lineGetNumAddressIDs(HDRVLINE line, LPDWORD number)
{
	DWORD daemon_handle, permanent, version;
	LONG err = open_line(line, &daemon_handle, &permanent, &version);

	if (err)
		return err;
	if (!number)
		return LINEERR_INVALPOINTER;
	*number = 1;
	return 0;
}

LONG TSPIAPI TSPI_lineGetExtensionID(DWORD id, DWORD version, LPLINEEXTENSIONID ext)
{
	DWORD permanent;
	LONG err = check_device(id, &permanent);

	if (err)
		return err;
	if (!version_supported(version))
		return LINEERR_INCOMPATIBLEAPIVERSION;
	if (!ext)
		return LINEERR_INVALPOINTER;
	memset(ext, 0, sizeof *ext);
	return 0;
}

/* send_setting sends what TAPI sets for a line. Without a daemon it does nothing: the next hello sends it. */
static LONG send_setting(Request *r)
{
	ReceivedReply received;
	LONG err = 0;

	if (r->line && daemon_request(r, &received)) {
		err = received.reply.result;
		reply_release(&received);
	}
	return err;
}

LONG TSPIAPI TSPI_lineSetDefaultMediaDetection(HDRVLINE line, DWORD modes)
{
	Request r = {.function = F_SET_DEFAULT_MEDIA, .values = {modes}};
	DWORD permanent, version;
	LONG err = open_line(line, (DWORD *)&r.line, &permanent, &version);
	Line *l;

	if (err || (err = send_setting(&r)))
		return err;
	state_lock();
	l = line_by_handle(HANDLE_NUMBER(line));
	if (l)
		l->media = modes;
	state_unlock();
	return 0;
}

LONG TSPIAPI TSPI_lineSetStatusMessages(HDRVLINE line, DWORD line_states, DWORD address_states)
{
	Request r = {.function = F_SET_STATUS_MESSAGES, .values = {line_states, address_states}};
	DWORD permanent, version;
	LONG err = open_line(line, (DWORD *)&r.line, &permanent, &version);
	Line *l;

	if (err || (err = send_setting(&r)))
		return err;
	state_lock();
	l = line_by_handle(HANDLE_NUMBER(line));
	if (l)
		l->line_states = line_states, l->address_states = address_states;
	state_unlock();
	return 0;
}

LONG TSPIAPI TSPI_lineGetID(HDRVLINE line, DWORD address, HDRVCALL call, DWORD select, LPVARSTRING id, LPCWSTR class, HANDLE process)
{
	Request r = {.function = F_GET_ID, .values = {address, select}, .text = utf16_block(class)};
	DWORD permanent, version;
	LONG err = 0;
	Call *c;

	(void)process;
	if (select == LINECALLSELECT_CALL) {
		state_lock();
		c = call_by_handle(HANDLE_NUMBER(call));
		r.call = c ? c->daemon_handle : 0;
		state_unlock();
		if (!c)
			return LINEERR_INVALCALLHANDLE;
	} else if ((err = open_line(line, (DWORD *)&r.line, &permanent, &version)))
		return err;
	if (!id)
		return LINEERR_INVALPOINTER;
	return answer_from_daemon(&r, id, &err) ? err : (LONG)LINEERR_NODEVICE;
}

LONG TSPIAPI TSPI_lineGetDevConfig(DWORD id, LPVARSTRING config, LPCWSTR class)
{
	Request r = {.function = F_GET_DEV_CONFIG, .device = id, .text = utf16_block(class)};
	DWORD permanent;
	LONG err = check_device(id, &permanent);

	if (err)
		return err;
	return answer_from_daemon(&r, config, &err) ? err : (LONG)LINEERR_OPERATIONUNAVAIL;
}

LONG TSPIAPI TSPI_lineSetDevConfig(DWORD id, LPVOID const config, DWORD size, LPCWSTR class)
{
	DWORD permanent;
	LONG err = check_device(id, &permanent);

	(void)config, (void)size, (void)class;
	return err ? err : (LONG)LINEERR_OPERATIONUNAVAIL;
}

LONG TSPIAPI TSPI_lineGetIcon(DWORD id, LPCWSTR class, LPHICON icon)
{
	DWORD permanent;
	LONG err = check_device(id, &permanent);

	(void)class, (void)icon;
	return err ? err : (LONG)LINEERR_OPERATIONUNAVAIL; /* TAPI shows an icon of its own */
}

LONG TSPIAPI TSPI_lineGetCallHubTracking(HDRVLINE line, LPLINECALLHUBTRACKINGINFO info)
{
	(void)line, (void)info;
	return LINEERR_OPERATIONUNAVAIL;
}

LONG TSPIAPI TSPI_lineSetCallHubTracking(HDRVLINE line, LPLINECALLHUBTRACKINGINFO info)
{
	(void)line, (void)info;
	return LINEERR_OPERATIONUNAVAIL;
}
