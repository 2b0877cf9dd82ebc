#include "functions.h"
#include "tsp.h"

#include <string.h>

/* What TAPI asks of a line is answered by the daemon, and while it is not there from the line table. */

static const DWORD versions[] = {0x00010003, 0x00010004, 0x00020000, 0x00020001, 0x00020002, 0x00030000, 0x00030001};

enum { VERSIONS = sizeof versions / sizeof versions[0] };

static int supported(DWORD version)
{
	for (int i = 0; i < VERSIONS; i++)
		if (versions[i] == version)
			return 1;
	return 0;
}

/* device says whether a device id may be used, and whose it is. */
static LONG device(DWORD id, DWORD *permanent)
{
	LONG err = LINEERR_BADDEVICEID;
	Device *d;

	lock();
	d = device_at(id);
	if (d) {
		err = d->removed ? (LONG)LINEERR_NODEVICE : 0;
		*permanent = d->permanent;
	}
	unlock();
	return err;
}

/* from_table answers a question from the line table. */
static LONG from_table(DWORD permanent, DWORD version, uint8_t structure, LPVOID buffer)
{
	TableLine *l;
	Image m;
	LONG err = LINEERR_OPERATIONFAILED;

	lock(); /* held while TAPI's buffer is filled: the table may be read anew otherwise */
	if (!state.table.count)
		table_load();
	l = table_line(permanent);
	if (l && table_image(l, version, structure, &m))
		err = copy_out(&m, buffer);
	unlock();
	return err;
}

/* structure asks the daemon for one. 1: it answered, with err. */
static int from_daemon(const Request *r, LPVOID buffer, LONG *err)
{
	Answer a;

	if (!ask(r, &a))
		return 0;
	*err = a.reply.result;
	if (!*err)
		*err = a.reply.count > 0 ? copy_out(&a.reply.images[0], buffer) : (LONG)LINEERR_OPERATIONFAILED;
	answer_drop(&a);
	return 1;
}

LONG TSPIAPI TSPI_lineNegotiateTSPIVersion(DWORD id, DWORD low, DWORD high, LPDWORD version)
{
	DWORD unused;
	LONG err = id == 0xFFFFFFFFu ? 0 : device(id, &unused);

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
	LONG err = device(id, &permanent);

	if (err)
		return err;
	if (!supported(version))
		return LINEERR_INCOMPATIBLEAPIVERSION;
	if (!caps)
		return LINEERR_INVALPOINTER;
	return from_daemon(&r, caps, &err) ? err : from_table(permanent, version, S_DEVCAPS, caps);
}

LONG TSPIAPI TSPI_lineGetAddressCaps(DWORD id, DWORD address, DWORD version, DWORD ext, LPLINEADDRESSCAPS caps)
{
	Request r = {.function = F_GET_ADDRESS_CAPS, .device = id, .values = {address, version, ext}};
	DWORD permanent;
	LONG err = device(id, &permanent);

	if (err)
		return err;
	if (address != 0)
		return LINEERR_INVALADDRESSID;
	if (!supported(version))
		return LINEERR_INCOMPATIBLEAPIVERSION;
	if (!caps)
		return LINEERR_INVALPOINTER;
	return from_daemon(&r, caps, &err) ? err : from_table(permanent, version, S_ADDRESSCAPS, caps);
}

/* opened is the daemon's word on lineOpen; the line's wire handle stays 0 while it is not there. */
static LONG opened(DWORD id, DWORD version, DWORD line)
{
	Request r = {.function = F_OPEN, .device = id, .values = {version}};
	Answer a;
	LONG err;

	if (!ask_new(&r, &a, line, 0))
		return 0;
	err = a.reply.result;
	answer_drop(&a);
	return err;
}

/* serves asks whether the line is in service now: what the next hello says that TAPI knows. */
static int serves(DWORD wire)
{
	Request r = {.function = F_GET_LINE_DEV_STATUS, .line = wire};
	Answer a;
	int in = 0;

	if (wire && ask(&r, &a)) {
		if (!a.reply.result && a.reply.count > 0)
			in = (image_u32(&a.reply.images[0], FIELD_OFFSET(LINEDEVSTATUS, dwDevStatusFlags)) & LINEDEVSTATUSFLAGS_INSERVICE) != 0;
		answer_drop(&a);
	}
	return in;
}

LONG TSPIAPI TSPI_lineOpen(DWORD id, HTAPILINE ht, LPHDRVLINE place, DWORD version, LINEEVENT event)
{
	DWORD permanent, handle, wire;
	LONG err = device(id, &permanent);
	Line *l;

	log_line(LOG_DEBUG, "TSPI_lineOpen(%lu, version 0x%lx)", id, version);
	if (err)
		return err;
	if (!place || !event)
		return LINEERR_INVALPOINTER;
	if (!supported(version))
		return LINEERR_INCOMPATIBLEAPIVERSION;
	lock();
	for (DWORD i = 0; i < state.lines_count; i++)
		if (state.lines[i].used && state.lines[i].device == id)
			err = LINEERR_ALLOCATED;
	l = err ? NULL : line_new(&handle);
	if (l) {
		l->ht = ht, l->event = event, l->device = id, l->permanent = permanent, l->version = version;
		l->line_states = l->address_states = 0xFFFFFFFFu;
		l->ready = (ULONGLONG)-1; /* nothing before the daemon's handle is entered */
		l->opening = 1;
	}
	unlock();
	if (!l)
		return err ? err : (LONG)LINEERR_NOMEM;
	err = opened(id, version, handle);
	lock();
	l = line_at(handle);
	l->opening = 0, wire = l->wire;
	if (err)
		line_free(l);
	unlock();
	if (err)
		return err;
	OUT_HANDLE(place, handle);
	if (wire) {
		int in = serves(wire);
		lock();
		l = line_at(handle);
		if (l)
			l->in_service = in;
		unlock();
	}
	lock();
	l = line_at(handle);
	if (l)
		l->ready = GetTickCount64() + OPEN_TIME;
	if (!wire && !state.connected && state.again)
		SetEvent(state.again);
	else if (!wire)
		link_renew(); /* it came back in between and does not know the line */
	WakeAllConditionVariable(&state.changed);
	unlock();
	return 0;
}

/* on_line gives a line's handle on the wire, whose it is and its version. */
static LONG on_line(HDRVLINE hd, DWORD *wire, DWORD *permanent, DWORD *version)
{
	LONG err = LINEERR_INVALLINEHANDLE;
	Line *l;

	lock();
	l = line_at(IN_HANDLE(hd));
	if (l && !l->closing) {
		*wire = l->wire, *permanent = l->permanent, *version = l->version;
		err = 0;
	}
	unlock();
	return err;
}

LONG TSPIAPI TSPI_lineGetLineDevStatus(HDRVLINE line, LPLINEDEVSTATUS status)
{
	Request r = {.function = F_GET_LINE_DEV_STATUS};
	DWORD permanent, version;
	LONG err = on_line(line, (DWORD *)&r.line, &permanent, &version);

	if (err)
		return err;
	if (!status)
		return LINEERR_INVALPOINTER;
	return from_daemon(&r, status, &err) ? err : from_table(permanent, version, S_DEVSTATUS, status);
}

LONG TSPIAPI TSPI_lineGetAddressStatus(HDRVLINE line, DWORD address, LPLINEADDRESSSTATUS status)
{
	Request r = {.function = F_GET_ADDRESS_STATUS, .values = {address}};
	DWORD permanent, version;
	LONG err = on_line(line, (DWORD *)&r.line, &permanent, &version);

	if (err)
		return err;
	if (address != 0)
		return LINEERR_INVALADDRESSID;
	if (!status)
		return LINEERR_INVALPOINTER;
	return from_daemon(&r, status, &err) ? err : from_table(permanent, version, S_ADDRESSSTATUS, status);
}

LONG TSPIAPI TSPI_lineGetAddressID(HDRVLINE line, LPDWORD address, DWORD mode, LPCWSTR text, DWORD size)
{
	Request r = {.function = F_GET_ADDRESS_ID, .values = {mode}};
	DWORD permanent, version;
	Answer a;
	LONG err = on_line(line, (DWORD *)&r.line, &permanent, &version);

	if (err)
		return err;
	if (!address || !text)
		return LINEERR_INVALPOINTER;
	r.text = wide(text);
	if (r.text.size > size && size >= sizeof(WCHAR)) /* it need not end in a zero */
		r.text.size = size & ~1u;
	if (!ask(&r, &a))
		return LINEERR_INVALADDRESS;
	err = a.reply.result;
	if (!err)
		*address = a.reply.values[0];
	answer_drop(&a);
	return err;
}

LONG TSPIAPI TSPI_lineGetNumAddressIDs(HDRVLINE line, LPDWORD number)
{
	DWORD wire, permanent, version;
	LONG err = on_line(line, &wire, &permanent, &version);

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
	LONG err = device(id, &permanent);

	if (err)
		return err;
	if (!supported(version))
		return LINEERR_INCOMPATIBLEAPIVERSION;
	if (!ext)
		return LINEERR_INVALPOINTER;
	memset(ext, 0, sizeof *ext);
	return 0;
}

/* told sends what TAPI wants of a line; while the daemon is away it is kept for the next hello. */
static LONG told(Request *r)
{
	Answer a;
	LONG err = 0;

	if (r->line && ask(r, &a)) {
		err = a.reply.result;
		answer_drop(&a);
	}
	return err;
}

LONG TSPIAPI TSPI_lineSetDefaultMediaDetection(HDRVLINE line, DWORD modes)
{
	Request r = {.function = F_SET_DEFAULT_MEDIA, .values = {modes}};
	DWORD permanent, version;
	LONG err = on_line(line, (DWORD *)&r.line, &permanent, &version);
	Line *l;

	if (err || (err = told(&r)))
		return err;
	lock();
	l = line_at(IN_HANDLE(line));
	if (l)
		l->media = modes;
	unlock();
	return 0;
}

LONG TSPIAPI TSPI_lineSetStatusMessages(HDRVLINE line, DWORD line_states, DWORD address_states)
{
	Request r = {.function = F_SET_STATUS_MESSAGES, .values = {line_states, address_states}};
	DWORD permanent, version;
	LONG err = on_line(line, (DWORD *)&r.line, &permanent, &version);
	Line *l;

	if (err || (err = told(&r)))
		return err;
	lock();
	l = line_at(IN_HANDLE(line));
	if (l)
		l->line_states = line_states, l->address_states = address_states;
	unlock();
	return 0;
}

LONG TSPIAPI TSPI_lineGetID(HDRVLINE line, DWORD address, HDRVCALL call, DWORD select, LPVARSTRING id, LPCWSTR class, HANDLE process)
{
	Request r = {.function = F_GET_ID, .values = {address, select}, .text = wide(class)};
	DWORD permanent, version;
	LONG err = 0;
	Call *c;

	(void)process;
	if (select == LINECALLSELECT_CALL) {
		lock();
		c = call_at(IN_HANDLE(call));
		r.call = c ? c->wire : 0;
		unlock();
		if (!c)
			return LINEERR_INVALCALLHANDLE;
	} else if ((err = on_line(line, (DWORD *)&r.line, &permanent, &version)))
		return err;
	if (!id)
		return LINEERR_INVALPOINTER;
	return from_daemon(&r, id, &err) ? err : (LONG)LINEERR_NODEVICE;
}

LONG TSPIAPI TSPI_lineGetDevConfig(DWORD id, LPVARSTRING config, LPCWSTR class)
{
	Request r = {.function = F_GET_DEV_CONFIG, .device = id, .text = wide(class)};
	DWORD permanent;
	LONG err = device(id, &permanent);

	if (err)
		return err;
	return from_daemon(&r, config, &err) ? err : (LONG)LINEERR_OPERATIONUNAVAIL;
}

LONG TSPIAPI TSPI_lineSetDevConfig(DWORD id, LPVOID const config, DWORD size, LPCWSTR class)
{
	DWORD permanent;
	LONG err = device(id, &permanent);

	(void)config, (void)size, (void)class;
	return err ? err : (LONG)LINEERR_OPERATIONUNAVAIL;
}

LONG TSPIAPI TSPI_lineGetIcon(DWORD id, LPCWSTR class, LPHICON icon)
{
	DWORD permanent;
	LONG err = device(id, &permanent);

	(void)class, (void)icon;
	return err ? err : (LONG)LINEERR_OPERATIONUNAVAIL; /* TAPI has one of its own */
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
