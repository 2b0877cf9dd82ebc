/* SPDX-License-Identifier: MIT */
/* This provider stands between the host and a good provider, whose file FAULTY_PROVIDER names. It forwards everything, except for one
 * fault (faults.h), which the name of its own file selects: NO_IDLE.tsp. So the authors of any provider can see that tapihost finds
 * faults on top of their provider.
 *
 *	fault.c      the choice of the fault
 *	good.c       the good provider
 *	lines.c      functions for sessions and lines
 *	calls.c      functions for calls
 *	structs.c    functions that fill structures
 *	events.c     the callbacks
 */
#ifndef SHIM_H
#define SHIM_H

#include <windows.h>
#define TAPI_CURRENT_VERSION 0x00030001
#include <tapi.h>
#include <tspi.h>
#include "faults.h"

#define FORWARDED(X) \
	X(lineAnswer, (DRV_REQUESTID id, HDRVCALL c, LPCSTR i, DWORD n), (id, c, i, n)) \
	X(lineBlindTransfer, (DRV_REQUESTID id, HDRVCALL c, LPCWSTR to, DWORD country), (id, c, to, country)) \
	X(lineClose, (HDRVLINE l), (l)) \
	X(lineCloseCall, (HDRVCALL c), (c)) \
	X(lineCompleteTransfer, (DRV_REQUESTID id, HDRVCALL c, HDRVCALL o, HTAPICALL h, LPHDRVCALL n, DWORD m), (id, c, o, h, n, m)) \
	X(lineConditionalMediaDetection, (HDRVLINE l, DWORD m, LPLINECALLPARAMS const p), (l, m, p)) \
	X(lineDial, (DRV_REQUESTID id, HDRVCALL c, LPCWSTR to, DWORD country), (id, c, to, country)) \
	X(lineDrop, (DRV_REQUESTID id, HDRVCALL c, LPCSTR i, DWORD n), (id, c, i, n)) \
	X(lineGetAddressCaps, (DWORD d, DWORD a, DWORD v, DWORD e, LPLINEADDRESSCAPS x), (d, a, v, e, x)) \
	X(lineGetAddressID, (HDRVLINE l, LPDWORD id, DWORD m, LPCWSTR a, DWORD n), (l, id, m, a, n)) \
	X(lineGetAddressStatus, (HDRVLINE l, DWORD a, LPLINEADDRESSSTATUS x), (l, a, x)) \
	X(lineGetCallAddressID, (HDRVCALL c, LPDWORD id), (c, id)) \
	X(lineGetCallInfo, (HDRVCALL c, LPLINECALLINFO x), (c, x)) \
	X(lineGetCallStatus, (HDRVCALL c, LPLINECALLSTATUS x), (c, x)) \
	X(lineGetDevCaps, (DWORD d, DWORD v, DWORD e, LPLINEDEVCAPS x), (d, v, e, x)) \
	X(lineGetExtensionID, (DWORD d, DWORD v, LPLINEEXTENSIONID x), (d, v, x)) \
	X(lineGetID, (HDRVLINE l, DWORD a, HDRVCALL c, DWORD s, LPVARSTRING x, LPCWSTR k, HANDLE p), (l, a, c, s, x, k, p)) \
	X(lineGetLineDevStatus, (HDRVLINE l, LPLINEDEVSTATUS x), (l, x)) \
	X(lineGetNumAddressIDs, (HDRVLINE l, LPDWORD n), (l, n)) \
	X(lineHold, (DRV_REQUESTID id, HDRVCALL c), (id, c)) \
	X(lineMakeCall, (DRV_REQUESTID id, HDRVLINE l, HTAPICALL h, LPHDRVCALL c, LPCWSTR to, DWORD country, LPLINECALLPARAMS const p), (id, l, h, c, to, country, p)) \
	X(lineNegotiateTSPIVersion, (DWORD d, DWORD low, DWORD high, LPDWORD v), (d, low, high, v)) \
	X(lineOpen, (DWORD d, HTAPILINE h, LPHDRVLINE l, DWORD v, LINEEVENT e), (d, h, l, v, e)) \
	X(linePickup, (DRV_REQUESTID id, HDRVLINE l, DWORD a, HTAPICALL h, LPHDRVCALL c, LPCWSTR to, LPCWSTR g), (id, l, a, h, c, to, g)) \
	X(lineRedirect, (DRV_REQUESTID id, HDRVCALL c, LPCWSTR to, DWORD country), (id, c, to, country)) \
	X(lineSetAppSpecific, (HDRVCALL c, DWORD a), (c, a)) \
	X(lineSetDefaultMediaDetection, (HDRVLINE l, DWORD m), (l, m)) \
	X(lineSetMediaMode, (HDRVCALL c, DWORD m), (c, m)) \
	X(lineSetStatusMessages, (HDRVLINE l, DWORD s, DWORD a), (l, s, a)) \
	X(lineSetupTransfer, (DRV_REQUESTID id, HDRVCALL c, HTAPICALL h, LPHDRVCALL o, LPLINECALLPARAMS const p), (id, c, h, o, p)) \
	X(lineSwapHold, (DRV_REQUESTID id, HDRVCALL c, HDRVCALL o), (id, c, o)) \
	X(lineUnhold, (DRV_REQUESTID id, HDRVCALL c), (id, c)) \
	X(providerCreateLineDevice, (DWORD_PTR t, DWORD d), (t, d)) \
	X(providerEnumDevices, (DWORD p, LPDWORD l, LPDWORD ph, HPROVIDER h, LINEEVENT e, PHONEEVENT pe), (p, l, ph, h, e, pe)) \
	X(providerInit, (DWORD v, DWORD p, DWORD lb, DWORD pb, DWORD_PTR l, DWORD_PTR ph, ASYNC_COMPLETION a, LPDWORD o), (v, p, lb, pb, l, ph, a, o)) \
	X(providerShutdown, (DWORD v, DWORD p), (v, p)) \
	X(providerUIIdentify, (LPWSTR path), (path))

/* These are the good provider's functions. */
#define X(name, params, args) LONG TSPIAPI good_##name params;
FORWARDED(X)
#undef X

enum { CALLS = 4096, REQUESTS = 65536 };

/* SeenCall is what the shim knows of a call. */
typedef struct {
	HTAPICALL host_handle;
	HDRVCALL driver_handle;
	HTAPILINE line;
	int made_here, completed;
	DWORD state, mode, previous_state;
	ULONGLONG completed_at;
} SeenCall;

extern SeenCall seen_calls[CALLS];
extern DWORD sessions, line_version;
extern int opened_before;
extern ULONGLONG opened_at;
extern HTAPILINE last_host_handle; /* of the last line that was opened */
extern CRITICAL_SECTION shared_lock;
extern LINEEVENT host_event;
extern ASYNC_COMPLETION host_completion;
extern const char *request_name[REQUESTS]; /* the name of a request's function */
extern HTAPICALL request_call[REQUESTS];

SeenCall *call_by_host_handle(HTAPICALL host_handle);
SeenCall *call_by_driver_handle(HDRVCALL driver_handle);
SeenCall *remember_call(HTAPICALL host_handle, HDRVCALL driver_handle, HTAPILINE line);
void CALLBACK on_event(HTAPILINE l, HTAPICALL c, DWORD m, DWORD_PTR p1, DWORD_PTR p2, DWORD_PTR p3);
void CALLBACK on_completion(DRV_REQUESTID id, LONG result);
void complete_later(DRV_REQUESTID id, LONG result, DWORD ms); /* completes on a thread of its own */
int in_callback(void);                                   /* whether this thread is in a callback */

#endif
