#include "functions.h"
#include "tsp.h"

#include <stdlib.h>
#include <string.h>

/* What TAPI asks of a call is answered from the last delivered copy, without the daemon. */

static Copy *copy_of(HDRVCALL call, int info, LONG *err)
{
	Copy *copy = NULL;
	Call *c;

	*err = LINEERR_INVALCALLHANDLE;
	lock();
	c = call_at(IN_HANDLE(call));
	if (c && !c->dead) { /* one that is being closed may still be asked about from a callback under way */
		copy = copy_share(info ? c->info : c->status);
		*err = copy ? 0 : (LONG)LINEERR_INVALCALLSTATE; /* its request is not completed */
	}
	unlock();
	return copy;
}

static LONG get_copy(HDRVCALL call, int info, LPVOID buffer)
{
	LONG err;
	Copy *copy = copy_of(call, info, &err);

	if (!err)
		err = copy_out(&copy->image, buffer);
	copy_drop(copy);
	return err;
}

LONG TSPIAPI TSPI_lineGetCallInfo(HDRVCALL call, LPLINECALLINFO info) { return get_copy(call, 1, info); }

LONG TSPIAPI TSPI_lineGetCallStatus(HDRVCALL call, LPLINECALLSTATUS status) { return get_copy(call, 0, status); }

LONG TSPIAPI TSPI_lineGetCallAddressID(HDRVCALL call, LPDWORD id)
{
	LONG err = LINEERR_INVALCALLHANDLE;

	if (!id)
		return LINEERR_INVALPOINTER;
	lock();
	if (call_at(IN_HANDLE(call)))
		err = 0;
	unlock();
	if (!err)
		*id = 0;
	return err;
}

LONG TSPIAPI TSPI_lineGetCallIDs(HDRVCALL call, LPDWORD address, LPDWORD id, LPDWORD related)
{
	LONG err;
	Copy *copy;

	if (!address || !id || !related)
		return LINEERR_INVALPOINTER;
	copy = copy_of(call, 1, &err);
	if (!err) {
		*address = 0;
		*id = image_u32(&copy->image, FIELD_OFFSET(LINECALLINFO, dwCallID));
		*related = image_u32(&copy->image, FIELD_OFFSET(LINECALLINFO, dwRelatedCallID));
	}
	copy_drop(copy);
	return err;
}

/* tell_closed tells the daemon, whose answer does not matter: the handle ends here. */
static void tell_closed(uint16_t function, DWORD line, DWORD call)
{
	Request r = {.function = function, .line = line, .call = call};
	Answer a;

	if ((line || call) && ask(&r, &a))
		answer_drop(&a);
}

LONG TSPIAPI TSPI_lineCloseCall(HDRVCALL call)
{
	DWORD handle = IN_HANDLE(call), wire = 0;
	Call *c;

	log_line(LOG_DEBUG, "TSPI_lineCloseCall(0x%lx)", handle);
	lock();
	c = call_at(handle);
	if (!c || c->closing) {
		unlock();
		return LINEERR_INVALCALLHANDLE;
	}
	c->closing = 1;
	wire = c->wire;
	unlock();
	tell_closed(F_CLOSE_CALL, 0, wire);
	settle(0, handle);
	lock();
	c = call_at(handle);
	if (c)
		call_free(c);
	unlock();
	return 0;
}

LONG TSPIAPI TSPI_lineClose(HDRVLINE line)
{
	DWORD handle = IN_HANDLE(line), wire;
	Line *l;

	log_line(LOG_DEBUG, "TSPI_lineClose(0x%lx)", handle);
	lock();
	l = line_at(handle);
	if (!l || l->closing) {
		unlock();
		return LINEERR_INVALLINEHANDLE;
	}
	l->closing = 1;
	wire = l->wire;
	for (DWORD i = 0; i < state.calls_count; i++)
		if (state.calls[i].used && state.calls[i].line == handle)
			state.calls[i].closing = 1;
	unlock();
	tell_closed(F_CLOSE, wire, 0);
	settle(handle, 0);
	lock();
	for (DWORD i = 0; i < state.calls_count; i++)
		if (state.calls[i].used && state.calls[i].line == handle)
			call_free(&state.calls[i]);
	l = line_at(handle);
	if (l)
		line_free(l);
	unlock();
	return 0;
}
