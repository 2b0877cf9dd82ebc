/* SPDX-License-Identifier: MIT */
#include "shim.h"

#include <string.h>

/* This file has the functions that fill structures. */

static void take_shared_lock(void)
{
	if (fault == LOCK_HELD) {
		EnterCriticalSection(&shared_lock);
		LeaveCriticalSection(&shared_lock);
	}
}

/* FITS says whether a member lies within the caller's buffer. */
#define FITS(x, member) ((x)->dwTotalSize >= FIELD_OFFSET(__typeof__(*(x)), member) + sizeof(DWORD))

LONG TSPIAPI TSPI_lineGetDevCaps(DWORD d, DWORD v, DWORD e, LPLINEDEVCAPS x)
{
	LONG err;

	if (fault == TAKES_NULL && !x)
		return 0;
	err = good_lineGetDevCaps(d, v, e, x);
	if (fault == IGNORES_BASE && err == (LONG)LINEERR_BADDEVICEID)
		return good_lineGetDevCaps(d + 1, v, e, x);
	if (fault == TOO_SMALL_WRITES && err == (LONG)LINEERR_STRUCTURETOOSMALL && x->dwTotalSize >= 8)
		x->dwNeededSize = 300;
	if (err)
		return err;
	if (fault == PERMANENT_ID)
		x->dwPermanentLineID += sessions;
	if (fault == SIZE_LEFT && x->dwLineNameSize == 0)
		x->dwLineNameSize = 10, x->dwLineNameOffset = x->dwUsedSize;
	if (fault == ITEMS_OVERLAP && x->dwLineNameSize && x->dwProviderInfoSize)
		x->dwProviderInfoOffset = x->dwLineNameOffset;
	if (fault == WRITES_BEHIND && x->dwNeededSize > x->dwTotalSize)
		*((volatile BYTE *)x + x->dwTotalSize) = 0;
	if (fault == NEEDED_SHRINKS)
		x->dwNeededSize = x->dwUsedSize;
	if (fault == NEWEST_SIZE && v < 0x20000 && x->dwTotalSize >= x->dwUsedSize + 4)
		*(DWORD *)((BYTE *)x + x->dwUsedSize) = 0;
	if (fault == NO_TERMINATOR && x->dwLineNameSize)
		*(WCHAR *)((BYTE *)x + x->dwLineNameOffset + x->dwLineNameSize - 2) = L'x';
	if (fault == ONE_ZERO && v >= 0x20000 && FITS(x, dwDeviceClassesSize) && x->dwDeviceClassesSize)
		x->dwDeviceClassesSize -= 2;
	if (fault == NO_VOICE)
		x->dwMediaModes = LINEMEDIAMODE_UNKNOWN;
	return 0;
}

LONG TSPIAPI TSPI_lineGetAddressCaps(DWORD d, DWORD a, DWORD v, DWORD e, LPLINEADDRESSCAPS x)
{
	LONG err = good_lineGetAddressCaps(d, a, v, e, x);

	if (fault == CAPS_NO_HOLD && !err)
		x->dwCallStates &= ~(DWORD)LINECALLSTATE_ONHOLD;
	return err;
}

LONG TSPIAPI TSPI_lineGetAddressStatus(HDRVLINE l, DWORD a, LPLINEADDRESSSTATUS x) { return good_lineGetAddressStatus(l, a, x); }

LONG TSPIAPI TSPI_lineGetLineDevStatus(HDRVLINE l, LPLINEDEVSTATUS x)
{
	take_shared_lock();
	return good_lineGetLineDevStatus(l, x);
}

LONG TSPIAPI TSPI_lineGetCallInfo(HDRVCALL c, LPLINECALLINFO x)
{
	SeenCall *s = call_by_driver_handle(c);
	LONG err;

	take_shared_lock();
	if (fault == NO_REENTRY && in_callback())
		return LINEERR_OPERATIONFAILED;
	if (fault == INFO_LATE && s && s->made_here && (!s->completed || GetTickCount64() - s->completed_at < 100))
		return LINEERR_INVALCALLHANDLE;
	err = good_lineGetCallInfo(c, x);
	if (err)
		return err;
	if (fault == ZEROES_OWNERS)
		x->dwNumOwners = 0;
	if (fault == CALLER_LATE && x->dwOrigin != LINECALLORIGIN_OUTBOUND && (!s || s->state == 0 || s->state == LINECALLSTATE_OFFERING))
		x->dwCallerIDFlags = LINECALLPARTYID_UNKNOWN, x->dwCallerIDSize = x->dwCallerIDNameSize = 0;
	if (fault == PARTY_FLAGS && x->dwCallerIDSize)
		x->dwCallerIDFlags |= LINECALLPARTYID_UNKNOWN;
	if (fault == TWO_IDS)
		x->dwCallID += (DWORD)(ULONG_PTR)c;
	if (fault == NOT_RELATED)
		x->dwRelatedCallID = 0;
	return 0;
}

LONG TSPIAPI TSPI_lineGetCallStatus(HDRVCALL c, LPLINECALLSTATUS x)
{
	SeenCall *s = call_by_driver_handle(c);
	LONG err;

	take_shared_lock();
	if (fault == INFO_LATE && s && s->made_here && (!s->completed || GetTickCount64() - s->completed_at < 100))
		return LINEERR_INVALCALLHANDLE;
	err = good_lineGetCallStatus(c, x);
	if (err)
		return err;
	if (fault == STATUS_BEHIND && s && s->previous_state)
		x->dwCallState = s->previous_state;
	if (fault == NO_TIME && FITS(x, tStateEntryTime))
		memset(&x->tStateEntryTime, 0, sizeof x->tStateEntryTime);
	if (fault == NO_ANSWER)
		x->dwCallFeatures &= ~(DWORD)LINECALLFEATURE_ANSWER;
	if (fault == NO_DROP && x->dwCallState == LINECALLSTATE_OFFERING)
		x->dwCallFeatures &= ~(DWORD)LINECALLFEATURE_DROP;
	return 0;
}
