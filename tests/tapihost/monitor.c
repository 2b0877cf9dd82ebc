/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The monitor checks every message when it comes, with the host's lock held, on the thread of the callback. The provider's functions
 * that it calls there are a test, too (rule R-33). */

enum { OFFER, ACCEPT, TONE, DIAL, PROCEED, RING, BUSY, SPECIAL, TALK, HOLD, CONF, PENDCONF, PENDTRANS, DISC, IDLE, UNKNOWN, STATES };

static const DWORD state_bits[STATES] = {LINECALLSTATE_OFFERING, LINECALLSTATE_ACCEPTED, LINECALLSTATE_DIALTONE, LINECALLSTATE_DIALING,
	LINECALLSTATE_PROCEEDING, LINECALLSTATE_RINGBACK, LINECALLSTATE_BUSY, LINECALLSTATE_SPECIALINFO, LINECALLSTATE_CONNECTED,
	LINECALLSTATE_ONHOLD, LINECALLSTATE_CONFERENCED, LINECALLSTATE_ONHOLDPENDCONF, LINECALLSTATE_ONHOLDPENDTRANSFER,
	LINECALLSTATE_DISCONNECTED, LINECALLSTATE_IDLE, LINECALLSTATE_UNKNOWN};

static const char *const state_names[STATES] = {"OFFERING", "ACCEPTED", "DIALTONE", "DIALING", "PROCEEDING", "RINGBACK", "BUSY", "SPECIALINFO",
	"CONNECTED", "ONHOLD", "CONFERENCED", "ONHOLDPENDCONF", "ONHOLDPENDTRANSFER", "DISCONNECTED", "IDLE", "UNKNOWN"};

/* allowed_transitions is the table of decision TAPI-c.2: rows are the old state, columns the new one, in the order above. The first row
 * is a new call. */
static const char *const allowed_transitions[STATES + 1] = {
	"yyyyyyy.yyy....y", ".y......y....yyy", "........y....yyy", "...yyy..y....yyy", "....yyyyy....yyy", ".....yyyy.y..yyy",
	"......y.y.y..yyy", "........y....yyy", ".............yyy", ".........yyyyyyy", "........y.yyyyyy", "........yy...yyy",
	"........yyy..yyy", "........yyy..yyy", "..............y.", "................", "yyyyyyyyyyyyyyy."};

enum { DISTURBANCE_US = 5000000 }; /* microseconds */

static FILE *messages_file;

void monitor_messages(const char *file) { messages_file = fopen(file, "w"); }

void monitor_mark(void)
{
	if (messages_file)
		fprintf(messages_file, "mark\n");
}

static int state_index(DWORD state)
{
	for (int i = 0; i < STATES; i++)
		if (state_bits[i] == state)
			return i;
	return -1;
}

static const char *state_name(DWORD state) { return state_index(state) < 0 ? "new" : state_names[state_index(state)]; }

static int one_bit(DWORD_PTR v) { return v && (v & (v - 1)) == 0; }

/* mode_fits says whether a mode is allowed with a state. */
static int mode_fits(DWORD state, DWORD_PTR mode, DWORD version)
{
	if (mode == 0)
		return 1;
	switch (state) {
	case LINECALLSTATE_OFFERING:
		return one_bit(mode) && mode <= 2 && version >= 0x10004;
	case LINECALLSTATE_CONNECTED:
		return one_bit(mode) && (mode <= 2 ? version >= 0x10004 : mode <= 0x10 && version >= 0x20000);
	case LINECALLSTATE_DIALTONE:
	case LINECALLSTATE_SPECIALINFO:
		return one_bit(mode) && mode <= 0x10;
	case LINECALLSTATE_BUSY:
		return one_bit(mode) && mode <= 8;
	case LINECALLSTATE_DISCONNECTED:
		return one_bit(mode) && mode <= (version < 0x20000 ? 0x1000u : 0x100000u);
	case LINECALLSTATE_CONFERENCED:
		return 1;
	}
	return 0;
}

/* ---- the capabilities, for rule R-24 ---- */

static struct {
	int known;
	DWORD device, version, line_states, states, info, address_states, features, offering, connected, disconnected;
} caps;

static void read_caps(const struct line *l)
{
	DWORD size = 8192;
	LINEADDRESSCAPS *a;
	LINEDEVCAPS *d;

	if (caps.known && caps.device == l->device && caps.version == l->version)
		return;
	a = calloc(1, size), d = calloc(1, size);
	a->dwTotalSize = d->dwTotalSize = size;
	memset(&caps, 0, sizeof caps);
	if (tsp.lineGetAddressCaps(l->device, 0, l->version, 0, a) == 0 && tsp.lineGetDevCaps(l->device, l->version, 0, d) == 0) {
		caps.known = 1, caps.device = l->device, caps.version = l->version;
		caps.line_states = d->dwLineStates;
		caps.states = a->dwCallStates, caps.info = a->dwCallInfoStates, caps.address_states = a->dwAddressStates, caps.features = a->dwCallFeatures;
		caps.disconnected = a->dwDisconnectModes;
		if (l->version >= 0x10004)
			caps.offering = ~0u, caps.connected = ~0u;
	}
	free(a);
	free(d);
}

#define CHECK_ANNOUNCED(what, of, text) \
	check(24, !caps.known || ((DWORD)(what) & ~(of)) == 0, text " 0x%lx is not in the capabilities (0x%lx)", (DWORD)(what), (DWORD)(of))

/* ---- info ---- */

struct party {
	DWORD flags, size;
	char number[TEXT_SIZE], name[TEXT_SIZE];
};

static void copy_text(const LINECALLINFO *i, DWORD size, DWORD offset, char *out)
{
	int n = 0;

	if (size >= 2 && offset + size <= i->dwTotalSize)
		n = WideCharToMultiByte(CP_UTF8, 0, (WCHAR *)((BYTE *)i + offset), (int)size / 2 - 1, out, TEXT_SIZE - 1, NULL, NULL);
	out[n] = 0;
}

/* check_party_flags checks rule R-56 for one party. */
static void check_party_flags(const char *who, DWORD flags, DWORD number, DWORD name)
{
	DWORD alone = LINECALLPARTYID_BLOCKED | LINECALLPARTYID_OUTOFAREA | LINECALLPARTYID_UNKNOWN | LINECALLPARTYID_UNAVAIL;

	check(56, !(flags & alone) || one_bit(flags), "%s has flags 0x%lx", who, flags);
	check(56, !(flags & LINECALLPARTYID_ADDRESS) == !number, "%s has flags 0x%lx and a number of %lu bytes", who, flags, number);
	check(56, !(flags & LINECALLPARTYID_NAME) == !name, "%s has flags 0x%lx and a name of %lu bytes", who, flags, name);
}

#define CHECK_PARTY(n, P) \
	check_party_flags(#P, i->dw##P##IDFlags, i->dw##P##IDSize, i->dw##P##IDNameSize); \
	copy_text(i, i->dw##P##IDSize, i->dw##P##IDOffset, number); \
	copy_text(i, i->dw##P##IDNameSize, i->dw##P##IDNameOffset, name); \
	differs |= update_party(c, n, number, name)

/* party_bits has the info bits of the parties, in the order of struct call. */
static const DWORD party_bits[PARTIES] = {LINECALLINFOSTATE_CALLERID, LINECALLINFOSTATE_CALLEDID, LINECALLINFOSTATE_CONNECTEDID, LINECALLINFOSTATE_REDIRECTIONID, LINECALLINFOSTATE_REDIRECTINGID};

static DWORD update_party(struct call *c, int n, const char *number, const char *name)
{
	char now[TEXT_SIZE];

	snprintf(now, sizeof now, "%.120s \"%.120s\"", number, name);
	if (strcmp(now, c->party[n]) == 0)
		return 0;
	snprintf(c->previous_party[n], TEXT_SIZE, "%s", c->party[n]);
	snprintf(c->party[n], TEXT_SIZE, "%s", now);
	return party_bits[n];
}

/* check_info reads the call's info, checks it and gives the bits of the parties that have changed since the last time. */
static DWORD check_info(struct call *c)
{
	LINECALLINFO *i;
	char number[TEXT_SIZE], name[TEXT_SIZE];
	DWORD differs = 0;

	if (!fetch_info((DWORD)(c - calls), &i)) {
		rule_fail(33, "lineGetCallInfo fails within a callback of the call");
		return 0;
	}
	rule_ran(33);
	CHECK_PARTY(0, Caller);
	CHECK_PARTY(1, Called);
	CHECK_PARTY(2, Connected);
	CHECK_PARTY(3, Redirection);
	CHECK_PARTY(4, Redirecting);
	c->id = i->dwCallID, c->origin = i->dwOrigin;
	check(44, i->dwMediaMode == LINEMEDIAMODE_INTERACTIVEVOICE && i->dwBearerMode == LINEBEARERMODE_VOICE, "media mode 0x%lx, bearer mode 0x%lx", i->dwMediaMode, i->dwBearerMode);
	free(i);
	return differs;
}

/* ---- messages ---- */

static void check_transition(struct line *l, struct call *c, DWORD state, DWORD mode)
{
	int from = state_index(c->state), to = state_index(state);
	int same_state = c->state == state && mode != c->mode && (state == LINECALLSTATE_CONNECTED || state == LINECALLSTATE_OFFERING);

	check(48, same_state || allowed_transitions[from + 1][to] == 'y', "%s follows %s on line %s", state_name(state), state_name(c->state), l->address);
	check(49, !c->idle, "%s after IDLE", state_name(state));
	if (c->made_here || c->origin == LINECALLORIGIN_OUTBOUND)
		check(47, !(state & (LINECALLSTATE_OFFERING | LINECALLSTATE_ACCEPTED)), "an outbound call is %s", state_name(state));
	else if (c->origin)
		check(47, !(state & (LINECALLSTATE_DIALTONE | LINECALLSTATE_DIALING | LINECALLSTATE_PROCEEDING | LINECALLSTATE_RINGBACK | LINECALLSTATE_BUSY)), "an inbound call is %s", state_name(state));
}

/* check_entry_time checks rule R-51 for the time at which the state began: UTC, and not earlier than the state before. */
static void check_entry_time(struct call *c)
{
	BYTE buffer[512] = {0};
	LINECALLSTATUS *s = (LINECALLSTATUS *)buffer;
	FILETIME f = {0, 0};
	ULARGE_INTEGER t;

	s->dwTotalSize = sizeof buffer;
	if (tsp.lineGetCallStatus(c->hd, s) != 0)
		return;
	check(51, SystemTimeToFileTime(&s->tStateEntryTime, &f), "the state's entry time is invalid: %u-%u-%u", s->tStateEntryTime.wYear, s->tStateEntryTime.wMonth, s->tStateEntryTime.wDay);
	t.LowPart = f.dwLowDateTime, t.HighPart = f.dwHighDateTime;
	check(51, t.QuadPart >= c->state_entered_at, "the state's entry time goes back");
	c->state_entered_at = t.QuadPart;
}

static void check_status(struct call *c, DWORD state, DWORD mode)
{
	DWORD s = 0, m = 0, features = call_features((DWORD)(c - calls), &s, &m);

	if (features == ~0u) {
		rule_fail(51, "lineGetCallStatus fails within the message");
		return;
	}
	check(51, s == state && m == mode, "the message says %s 0x%lx, the status %s 0x%lx", state_name(state), mode, state_name(s), m);
	CHECK_ANNOUNCED(features, caps.features, "call feature");
	if (state == LINECALLSTATE_IDLE || state == LINECALLSTATE_UNKNOWN)
		return;
	check(53, features & LINECALLFEATURE_DROP, "no DROP in %s (features 0x%lx)", state_name(state), features);
}

static void on_call_state(struct line *l, struct call *c, DWORD_PTR p1, DWORD_PTR p2, DWORD_PTR p3)
{
	DWORD state = (DWORD)p1, mode = (DWORD)p2;

	check(50, one_bit(p1) && state_index(state) >= 0, "state 0x%llx", (ULONGLONG)p1);
	if (!one_bit(p1) || state_index(state) < 0)
		return;
	check(50, mode_fits(state, p2, l->version), "%s with mode 0x%llx at version 0x%lx", state_name(state), (ULONGLONG)p2, l->version);
	check(25, mode_fits(state, p2, l->version), "%s with mode 0x%llx is not of version 0x%lx", state_name(state), (ULONGLONG)p2, l->version);
	check(50, p3 == LINEMEDIAMODE_INTERACTIVEVOICE, "%s with media mode 0x%llx", state_name(state), (ULONGLONG)p3);
	CHECK_ANNOUNCED(state, caps.states, "call state");
	if (state == LINECALLSTATE_DISCONNECTED && caps.disconnected)
		CHECK_ANNOUNCED(mode, caps.disconnected, "disconnect mode");
	if (c->made_here) {
		check(37, c->announced, "%s of a call whose request is not completed", state_name(state));
		if (!c->state)
			check(37, state & (LINECALLSTATE_DIALTONE | LINECALLSTATE_DIALING | LINECALLSTATE_PROCEEDING | LINECALLSTATE_RINGBACK | LINECALLSTATE_CONNECTED | LINECALLSTATE_BUSY | LINECALLSTATE_DISCONNECTED), "the first state of a call made here is %s", state_name(state));
	}
	if (server_disturbed_at && c->untold_since < server_disturbed_at + DISTURBANCE_US) /* when the server ends, a LINE_CALLINFO may be lost; a state may not */
		c->untold_parties = 0;
	for (int n = 0; n < PARTIES && !(state & (LINECALLSTATE_PROCEEDING | LINECALLSTATE_RINGBACK)); n++) /* these follow DIALING at once */
		check(55, !(c->untold_parties & party_bits[n]) || now_us() - c->untold_since < 100000, "party 0x%lx became %s (was %s) without a LINE_CALLINFO before %s",
			party_bits[n], c->party[n], c->previous_party[n], state_name(state));
	if (!c->untold_parties)
		c->untold_since = now_us();
	c->untold_parties |= check_info(c);
	c->tellable_parties |= c->untold_parties;
	if (!c->state)
		c->untold_parties = 0; /* the first info of a call needs no LINE_CALLINFO */
	check_transition(l, c, state, mode);
	check_status(c, state, mode);
	if (l->version >= 0x20000)
		check_entry_time(c);
	c->state = state, c->mode = mode, c->states_seen |= state, c->expect_state = 0;
	if (state != LINECALLSTATE_OFFERING)
		c->ringing = 0;
	if (state == LINECALLSTATE_IDLE)
		c->idle = 1;
	if (state == LINECALLSTATE_DISCONNECTED)
		c->disconnected = 1, c->disconnected_at = now_us();
}

/* on_call_info checks that LINE_CALLINFO names all parties that changed (rule R-55) and no others (rule R-54). The LINE_CALLINFO for a
 * change that comes with a state follows that state. */
static void on_call_info(struct call *c, DWORD_PTR p1)
{
	DWORD party = 0, tapis_own = LINECALLINFOSTATE_NUMOWNERINCR | LINECALLINFOSTATE_NUMOWNERDECR | LINECALLINFOSTATE_NUMMONITORS;

	check(54, p1 != 0 && !(p1 & tapis_own), "LINE_CALLINFO says 0x%llx", (ULONGLONG)p1);
	check(54, c->state != 0 && !c->idle, "LINE_CALLINFO %s", c->idle ? "after IDLE" : "before the first state");
	CHECK_ANNOUNCED(p1, caps.info, "call info");
	c->told_info |= (DWORD)p1;
	c->untold_parties |= check_info(c);
	c->tellable_parties |= c->untold_parties;
	for (int n = 0; n < PARTIES; n++) {
		party |= party_bits[n];
		if (c->untold_parties & ~p1 & party_bits[n])
			rule_fail(55, "a party became %s (was %s) and LINE_CALLINFO says 0x%llx", c->party[n], c->previous_party[n], (ULONGLONG)p1);
	}
	check(54, !(p1 & party) || (p1 & ~(DWORD_PTR)party) || (p1 & c->tellable_parties), "LINE_CALLINFO says 0x%llx and no such party differs", (ULONGLONG)p1);
	c->untold_parties = c->tellable_parties = 0;
}

static void on_line_state(struct line *l, DWORD_PTR p1, DWORD_PTR p2, DWORD_PTR p3)
{
	CHECK_ANNOUNCED(p1, caps.line_states, "line device state");
	if (p1 & LINEDEVSTATE_RINGING) {
		int any = 0;
		struct call *rings = NULL;
		for (DWORD i = 0; i < CALLS; i++)
			if (calls[i].used && !calls[i].closed && calls[i].line == (DWORD)(l - lines) && (calls[i].state == LINECALLSTATE_OFFERING || calls[i].declined))
				any++, rings = &calls[i];
		check(57, any && p2 >= 1, "RINGING mode %llu count %llu while no call is offered", (ULONGLONG)p2, (ULONGLONG)p3);
		if (any == 1) { /* with two offered calls the message does not say which one rings */
			check(57, !rings->ringing || (int)p3 == rings->ring_count + 1, "RINGING count %llu follows %d", (ULONGLONG)p3, rings->ring_count);
			rings->ringing = 1, rings->ring_count = (int)p3;
		}
	}
	if (p1 & LINEDEVSTATE_INSERVICE)
		l->in_service = 1;
	if (p1 & LINEDEVSTATE_OUTOFSERVICE) {
		check(66, l->in_service != 0, "OUTOFSERVICE comes twice");
		l->in_service = 0;
	}
}

/* on_address_state checks rule R-69 for LINE_ADDRESSSTATE. Scenarios compare the counters with the calls (check_call_counts), when no
 * message is on its way any more. */
static void on_address_state(DWORD_PTR p1, DWORD_PTR p2)
{
	CHECK_ANNOUNCED(p2, caps.address_states, "address state");
	check(69, p2 != 0, "LINE_ADDRESSSTATE says nothing");
	check(69, p1 == 0, "LINE_ADDRESSSTATE is about address %lu of a line that has one", (DWORD)p1);
}

void monitor_event(struct line *l, struct call *c, DWORD message, DWORD_PTR p1, DWORD_PTR p2, DWORD_PTR p3)
{
	if (!l)
		return;
	read_caps(l);
	if (!c && (message == LINE_CALLSTATE || message == LINE_CALLINFO)) {
		int declined = 0;
		for (DWORD i = 0; i < CALLS; i++)
			declined |= calls[i].used && calls[i].declined && !calls[i].closed && calls[i].line == (DWORD)(l - lines);
		rule_fail(declined ? 45 : 60, "message %lu without a call", message);
		return;
	}
	if (c && message != LINE_NEWCALL) {
		if (c->closed) {
			rule_fail(60, "message %lu for a call that is closed", message);
			return;
		}
		check(45, !c->declined, "message %lu for a call that TAPI declined", message);
		if (c->expect_state)
			check(44, message == LINE_CALLSTATE, "message %lu follows LINE_NEWCALL", message);
		if (c->made_here && !c->announced)
			check(37, 0, "message %lu for a call whose request is not completed", message);
	}
	switch (message) {
	case LINE_NEWCALL:
		check_info(c);
		check(46, c->origin != 0, "a new call has no origin");
		break;
	case LINE_CALLSTATE:
		if (c)
			on_call_state(l, c, p1, p2, p3);
		break;
	case LINE_CALLINFO:
		if (c)
			on_call_info(c, p1);
		break;
	case LINE_LINEDEVSTATE:
		on_line_state(l, p1, p2, p3);
		break;
	case LINE_ADDRESSSTATE:
		on_address_state(p1, p2);
		break;
	}
	monitor_write_message(l, c, message, p1, p2);
}

/* monitor_write_message writes a message for comparison: address, message, call id, p1, p2, in numbers. */
void monitor_write_message(struct line *l, struct call *c, DWORD message, DWORD_PTR p1, DWORD_PTR p2)
{
	if (!messages_file)
		return;
	if (message == LINE_NEWCALL)
		p1 = p2 = 0;
	fprintf(messages_file, "%s %lu %lu 0x%llx 0x%llx\n", l->address, message, c ? c->id : 0, (ULONGLONG)p1, (ULONGLONG)p2);
	fflush(messages_file);
}

void monitor_completion(struct line *l, DWORD request, LONG result)
{
	if (messages_file && l) {
		fprintf(messages_file, "%s completion %s 0x%lx\n", l->address, requests[request].name, (DWORD)result);
		fflush(messages_file);
	}
}

/* monitor_end checks what can only be checked at the end of a session. */
void monitor_end(void)
{
	for (DWORD i = 0; i < CALLS; i++) {
		struct call *c = &calls[i];
		if (c->used && c->disconnected && !c->idle && !c->closed)
			check(49, now_us() - c->disconnected_at < 1000000, "no IDLE within a second after DISCONNECTED");
		c->closed = 1;
	}
	for (DWORD i = 0; i < REQUESTS; i++)
		if (requests[i].used && requests[i].returned && requests[i].return_value > 0)
			check(28, requests[i].completed, "request %lu (%s) was never completed", i, requests[i].name);
}
