/* SPDX-License-Identifier: MIT */
/* relay is a tapi32.dll with the Telephony service in the same process. It loads the provider that RELAY_TSP names and passes requests
 * and messages on, as tapisrv does for one program. It trusts its provider and its program: it runs programs end to end where there
 * is no Telephony service; tapihost checks providers. */
#ifndef RELAY_H
#define RELAY_H

#include "fake.h"
#include <tspi.h>

enum { LINES = 512, CALLS = 8192, REQUESTS = 256 };

#define FUNCTIONS(X) \
	X(lineAnswer) X(lineBlindTransfer) X(lineClose) X(lineCloseCall) X(lineCompleteTransfer) X(lineDial) X(lineDrop) X(lineGetAddressCaps) \
	X(lineGetCallInfo) X(lineGetCallStatus) X(lineGetDevCaps) X(lineGetLineDevStatus) X(lineHold) X(lineMakeCall) \
	X(lineNegotiateTSPIVersion) X(lineOpen) X(linePickup) X(lineSetDefaultMediaDetection) X(lineSetStatusMessages) X(lineSetupTransfer) \
	X(lineUnhold) X(providerCreateLineDevice) X(providerEnumDevices) X(providerInit) X(providerShutdown)

struct functions {
#define X(f) __typeof__(&TSPI_##f) f;
	FUNCTIONS(X)
#undef X
};

struct line {
	int open;
	HDRVLINE hd;
	DWORD privilege, version;
	DWORD_PTR instance;
};

struct call {
	int used, state_told; /* state_told: the program got the first state, and with it its privilege */
	DWORD line;
	HDRVCALL hd;
};

struct request {
	DWORD id;
	HCALL *handle_out;
	DWORD call; /* the call that the request makes; 0: none */
	DWORD line;
};

extern struct functions tsp;
extern struct line lines[LINES];
extern struct call calls[CALLS];
extern struct request requests[REQUESTS];
extern CRITICAL_SECTION lock; /* not held while the provider is called */
extern DWORD devices;

/* APP_ gives the program's handles, TSPI_ the provider's, for the same index. */
#define APP_LINE(i) ((HLINE)(ULONG_PTR)(0x1000 + (i)))
#define APP_CALL(i) ((HCALL)(ULONG_PTR)(0x40000 + (i)))
#define TSPI_LINE(i) ((HTAPILINE)(ULONG_PTR)(0x10000 + (i)))
#define TSPI_CALL(i) ((HTAPICALL)(ULONG_PTR)(0x20000 + (i)))

struct line *app_line(HLINE h);
struct call *app_call(HCALL h);
DWORD call_new(DWORD line);

void CALLBACK on_event(HTAPILINE hl, HTAPICALL hc, DWORD message, DWORD_PTR p1, DWORD_PTR p2, DWORD_PTR p3);
void CALLBACK on_completion(DRV_REQUESTID id, LONG result);

#endif
