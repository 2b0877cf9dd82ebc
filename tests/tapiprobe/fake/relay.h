/* relay: a tapi32.dll that is the Telephony service in one process. It loads the provider that RELAY_TSP names and hands
 * requests and messages through, as tapisrv does for one program. It believes its provider and its program: it exists to run
 * programs end to end where there is no Telephony service; tapihost is what judges a provider. */
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
	int used, told; /* told: the program had its first state, and with it its privilege */
	DWORD line;
	HDRVCALL hd;
};

struct request {
	DWORD id;
	HCALL *place;
	DWORD call; /* that it makes; 0: none */
	DWORD line;
};

extern struct functions tsp;
extern struct line lines[LINES];
extern struct call calls[CALLS];
extern struct request requests[REQUESTS];
extern CRITICAL_SECTION lock; /* never held while the provider is called */
extern DWORD devices;

/* The program's and the provider's names for the same things. */
#define APP_LINE(i) ((HLINE)(ULONG_PTR)(0x1000 + (i)))
#define APP_CALL(i) ((HCALL)(ULONG_PTR)(0x40000 + (i)))
#define OUR_LINE(i) ((HTAPILINE)(ULONG_PTR)(0x10000 + (i)))
#define OUR_CALL(i) ((HTAPICALL)(ULONG_PTR)(0x20000 + (i)))

struct line *app_line(HLINE h);
struct call *app_call(HCALL h);
DWORD call_new(DWORD line);

void CALLBACK on_event(HTAPILINE hl, HTAPICALL hc, DWORD message, DWORD_PTR p1, DWORD_PTR p2, DWORD_PTR p3);
void CALLBACK on_completion(DRV_REQUESTID id, LONG result);

#endif
