/* SPDX-License-Identifier: MIT */
#include "functions.h"
#include "tsp.h"

#include <stdlib.h>
#include <string.h>

/* The last delivered copy answers what TAPI asks about a call, without the daemon. */

static Copy *copy_of(HDRVCALL call, int info, LONG *err)
{
	Copy *copy = NULL;
	Call *c;

	*err = LINEERR_INVALCALLHANDLE;
	state_lock();
	c = call_by_handle(HANDLE_NUMBER(call));
	if (c && !c->failed) { /* received callback under way may still ask about a call that is being closed */
		copy = copy_share(info ? c->info : c->status);
		*err = copy ? 0 : (LONG)LINEERR_INVALCALLSTATE; /* the request that makes it has not completed */
	}
	state_unlock();
	return copy;
}

static LONG answer_from_copy(HDRVCALL call, int info, LPVOID buffer)
{
	LONG err;
	Copy *copy = copy_of(call, info, &err);

	if (!err)
		err = image_copy_checked(&copy->image, buffer);
	copy_release(copy);
	return err;
}

LONG TSPIAPI TSPI_lineGetCallInfo(HDRVCALL call, LPLINECALLINFO info) { return answer_from_copy(call, 1, info); }

LONG TSPIAPI TSPI_lineGetCallStatus(HDRVCALL call, LPLINECALLSTATUS status) { return answer_from_copy(call, 0, status); }

LONG TSPIAPI TSPI_lineGetCallAddressID(HDRVCALL call, LPDWORD id)
{
	LONG err = LINEERR_INVALCALLHANDLE;

	if (!id)
		return LINEERR_INVALPOINTER;
	state_lock();
	if (call_by_handle(HANDLE_NUMBER(call)))
		err = 0;
	state_unlock();
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
	copy_release(copy);
	return err;
}

/* close_at_daemon closes a line or call at the daemon and ignores the result: the provider's handle ends in any case. */
static void close_at_daemon(uint16_t function, DWORD line, DWORD call)
{
	Request r = {.function = function, .line = line, .call = call};
	ReceivedReply received;

	if ((line || call) && daemon_request(&r, &received))
		reply_release(&received);
}

LONG TSPIAPI TSPI_lineCloseCall(HDRVCALL call)
{
	DWORD handle = HANDLE_NUMBER(call), daemon_handle = 0;
	Call *c;

	log_line(LOG_DEBUG, "TSPI_lineCloseCall(0x%lx)", handle);
	state_lock();
	c = call_by_handle(handle);
	if (!c || c->closing) {
		state_unlock();
		return LINEERR_INVALCALLHANDLE;
	}
	c->closing = 1;
	daemon_handle = c->daemon_handle;
	state_unlock();
	close_at_daemon(F_CLOSE_CALL, 0, daemon_handle);
	finish_callbacks(0, handle);
	state_lock();
	c = call_by_handle(handle);
	if (c)
		call_free(c);
	state_unlock();
	return 0;
}

LONG TSPIAPI TSPI_lineClose(HDRVLINE line)
{
	DWORD handle = HANDLE_NUMBER(line), daemon_handle;
	Line *l;

	log_line(LOG_DEBUG, "TSPI_lineClose(0x%lx)", handle);
	state_lock();
	l = line_by_handle(handle);
	if (!l || l->closing) {
		state_unlock();
		return LINEERR_INVALLINEHANDLE;
	}
	l->closing = 1;
	daemon_handle = l->daemon_handle;
	for (DWORD i = 0; i < state.calls_count; i++)
		if (state.calls[i].used && state.calls[i].line == handle)
			state.calls[i].closing = 1;
	state_unlock();
	close_at_daemon(F_CLOSE, daemon_handle, 0);
	finish_callbacks(handle, 0);
	state_lock();
	for (DWORD i = 0; i < state.calls_count; i++)
		if (state.calls[i].used && state.calls[i].line == handle)
			call_free(&state.calls[i]);
	l = line_by_handle(handle);
	if (l)
		line_free(l);
	state_unlock();
	return 0;
}
