/* SPDX-License-Identifier: MIT */
/* This table has the faults: X(NAME, the rule that it breaks, the scenario of tapihost that finds it, what the provider does). The
 * makefile and a test read it. */
#ifndef FAULTS_H
#define FAULTS_H

#define FAULTS(X) \
	X(NEGOTIATES_ABOVE, 2, "session", "negotiates its highest version although the range ends below it") \
	X(ANY_DEVICE, 3, "session", "negotiates a version for device ids that it was never given") \
	X(COUNTS_PHONES, 4, "session", "counts a phone device that it does not have") \
	X(IGNORES_BASE, 5, "session", "takes the device id before its first for its first") \
	X(LEAKS_THREADS, 6, "session", "leaves a thread behind in each session") \
	X(SLOW_DROP, 7, "silence", "waits 300 ms in lineDrop") \
	X(SECOND_INIT, 8, "session", "refuses a second providerInit") \
	X(PERMANENT_ID, 9, "session", "counts the session into its permanent line ids") \
	X(SECOND_OPEN, 10, "session", "opens a line that is open") \
	X(NO_LINE_HANDLE, 11, "session", "opens lines with the handle 0") \
	X(MESSAGE_IN_OPEN, 12, "session", "sends a message from within lineOpen") \
	X(MESSAGE_AFTER_CLOSE, 61, "closing", "sends a message when lineClose has returned") \
	X(EXTENSION_ID, 13, "session", "gives an extension id although it has no extension") \
	X(UNTERMINATED_PATH, 14, "session", "gives a path without terminator") \
	X(SIZE_LEFT, 15, "structures", "leaves the size of a text that did not fit") \
	X(ITEMS_OVERLAP, 16, "structures", "puts two texts on the same bytes") \
	X(WRITES_BEHIND, 17, "structures", "writes one byte behind the buffer") \
	X(NEEDED_SHRINKS, 17, "structures", "needs only what fits") \
	X(TOO_SMALL_WRITES, 18, "structures", "writes into a buffer that is too small") \
	X(NEWEST_SIZE, 19, "structures", "writes newer members into an older structure") \
	X(ZEROES_OWNERS, 20, "structures", "zeroes a member of TAPI's") \
	X(NO_TERMINATOR, 21, "structures", "leaves out the zero at the end of a text") \
	X(ONE_ZERO, 22, "structures", "ends the device classes with one zero") \
	X(NO_VOICE, 23, "structures", "does not announce INTERACTIVEVOICE") \
	X(CAPS_NO_HOLD, 24, "inbound", "holds calls and does not announce ONHOLD") \
	X(NEW_MODE, 25, "inbound", "gives versions before 2.0 a disconnect mode of 2.0") \
	X(SHORT_PARAMS, 26, "arguments", "takes call parameters below the fixed size") \
	X(RETURNS_ZERO, 27, "inbound", "returns 0 from lineHold") \
	X(COMPLETES_TWICE, 28, "inbound", "completes lineAnswer twice") \
	X(NEVER_COMPLETES, 28, "inbound", "never completes lineHold") \
	X(NEVER_ENDS_DROP, 29, "silence", "does not complete what the PBX does not answer") \
	X(OVERLAPS, 31, "concurrent", "completes requests on another thread while an event is delivered") \
	X(LOCK_HELD, 32, "concurrent", "holds a lock while it calls back") \
	X(NO_REENTRY, 33, "inbound", "refuses lineGetCallInfo from within a callback") \
	X(ANY_HANDLE, 34, "arguments", "closes calls that it does not know") \
	X(TAKES_NULL, 35, "arguments", "takes a missing structure") \
	X(REFUSES_LATE, 36, "arguments", "completes a function that it lacks, instead of refusing it") \
	X(STATE_FIRST, 37, "outbound", "sends the first state of a call made here before the completion") \
	X(FAILED_IDLE, 39, "outbound", "sends IDLE for a call that was never made") \
	X(INFO_LATE, 40, "outbound", "knows a call made here only after its completion") \
	X(BILLING_FOR_QUIET, 41, "arguments", "refuses @ with the code for $") \
	X(ECHO_ANNOUNCED, 43, "outbound", "announces a call made here a second time") \
	X(HTCALL_IN_NEWCALL, 44, "inbound", "fills htCall in LINE_NEWCALL") \
	X(INFO_BEFORE_STATE, 44, "inbound", "sends LINE_CALLINFO before the first state") \
	X(DECLINED, 45, "inbound", "sends messages for a call that TAPI declined") \
	X(CALLER_LATE, 46, "inbound", "does not know the caller while the call is offered") \
	X(OUTBOUND_OFFERED, 47, "outbound", "sends OFFERING for a call made here") \
	X(CONNECTED_TWICE, 48, "inbound", "sends CONNECTED twice") \
	X(IDLE_TWICE, 49, "inbound", "sends IDLE twice") \
	X(NO_IDLE, 49, "inbound", "leaves a call in DISCONNECTED") \
	X(TWO_MODES, 50, "inbound", "sends CONNECTED with two modes") \
	X(PRIVILEGE, 50, "inbound", "sends a privilege where the media mode belongs") \
	X(STATUS_BEHIND, 51, "inbound", "gives the previous state in lineGetCallStatus") \
	X(NO_TIME, 51, "inbound", "does not give the time at which a state began") \
	X(NO_ANSWER, 52, "inbound", "does not offer ANSWER while a call is offered") \
	X(NO_DROP, 53, "inbound", "does not offer DROP while a call is offered") \
	X(INFO_AFTER_IDLE, 54, "inbound", "sends LINE_CALLINFO after IDLE") \
	X(INFO_OF_NOTHING, 54, "inbound", "sends LINE_CALLINFO when nothing changed") \
	X(SILENT_CHANGE, 55, "inbound", "changes the connected party without a LINE_CALLINFO") \
	X(PARTY_FLAGS, 56, "inbound", "flags a known caller as unknown, too") \
	X(RINGS_AFTER_ANSWER, 57, "inbound", "rings when the call is answered") \
	X(RING_COUNT, 57, "inbound", "rings twice with the same count") \
	X(REJECT_CONNECTS, 58, "inbound", "shows CONNECTED when a call is rejected") \
	X(COMPLETES_LATE, 60, "closing", "completes a drop when lineCloseCall has returned") \
	X(MESSAGE_FOR_CLOSED, 60, "closing", "sends a state for a call that is closed") \
	X(NOT_SHOWN_AGAIN, 62, "inbound", "does not show a call again when the line is opened again") \
	X(HOLDS_HELD, 63, "inbound", "holds a held call") \
	X(NOT_RELATED, 64, "transfer", "does not relate the calls of a transfer") \
	X(LOSES_APPSPECIFIC, 65, "inbound", "does not keep application data") \
	X(APPSPECIFIC_UNTOLD, 65, "inbound", "keeps application data without a LINE_CALLINFO") \
	X(LOST_TWICE, 66, "outage", "tells a lost session twice") \
	X(EMPTY_STATE, 69, "inbound", "sends LINE_ADDRESSSTATE without a bit") \
	X(TWO_IDS, 70, "inbound", "gives one call another id on each line")

enum {
	NONE,
#define X(name, rule, scenario, text) name,
	FAULTS(X)
#undef X
};

extern int fault; /* the one that this provider has: fault.c */

#endif
