#include "host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The monitor judges every message when it comes, with the host's lock held and on the thread of the callback: what it asks
 * of the provider there is itself a test (rule R-33). */

enum { OFFER, ACCEPT, TONE, DIAL, PROCEED, RING, BUSY, SPECIAL, TALK, HOLD, CONF, PENDCONF, PENDTRANS, DISC, IDLE, UNKNOWN, STATES };

static const DWORD bits[STATES] = {LINECALLSTATE_OFFERING, LINECALLSTATE_ACCEPTED, LINECALLSTATE_DIALTONE, LINECALLSTATE_DIALING,
	LINECALLSTATE_PROCEEDING, LINECALLSTATE_RINGBACK, LINECALLSTATE_BUSY, LINECALLSTATE_SPECIALINFO, LINECALLSTATE_CONNECTED,
	LINECALLSTATE_ONHOLD, LINECALLSTATE_CONFERENCED, LINECALLSTATE_ONHOLDPENDCONF, LINECALLSTATE_ONHOLDPENDTRANSFER,
	LINECALLSTATE_DISCONNECTED, LINECALLSTATE_IDLE, LINECALLSTATE_UNKNOWN};

static const char *const names[STATES] = {"OFFERING", "ACCEPTED", "DIALTONE", "DIALING", "PROCEEDING", "RINGBACK", "BUSY", "SPECIALINFO",
	"CONNECTED", "ONHOLD", "CONFERENCED", "ONHOLDPENDCONF", "ONHOLDPENDTRANSFER", "DISCONNECTED", "IDLE", "UNKNOWN"};

/* Rows from, columns to: the table of decision TAPI-c.2, in the order above. The first row is a new call. */
static const char *const legal[STATES + 1] = {
	"yyyyyyy.yyy....y", ".y......y....yyy", "........y....yyy", "...yyy..y....yyy", "....yyyyy....yyy", ".....yyyy.y..yyy",
	"......y.y.y..yyy", "........y....yyy", ".............yyy", ".........yyyyyyy", "........y.yyyyyy", "........yy...yyy",
	"........yyy..yyy", "........yyy..yyy", "..............y.", "................", "yyyyyyyyyyyyyyy."};

enum { AFTERMATH = 5000000 }; /* microseconds */

static FILE *messages;

void monitor_messages(const char *file) { messages = fopen(file, "w"); }

void monitor_mark(void)
{
	if (messages)
		fprintf(messages, "mark\n");
}

static int index_of(DWORD state)
{
	for (int i = 0; i < STATES; i++)
		if (bits[i] == state)
			return i;
	return -1;
}

static const char *name_of(DWORD state) { return index_of(state) < 0 ? "new" : names[index_of(state)]; }

static int one_bit(DWORD_PTR v) { return v && (v & (v - 1)) == 0; }

/* mode_fits says whether a mode word may stand beside a state. */
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
	int there;
	DWORD device, version, line_states, states, info, address_states, features, offering, connected, disconnected;
} caps;

static void learn_caps(const struct line *l)
{
	DWORD size = 8192;
	LINEADDRESSCAPS *a;
	LINEDEVCAPS *d;

	if (caps.there && caps.device == l->device && caps.version == l->version)
		return;
	a = calloc(1, size), d = calloc(1, size);
	a->dwTotalSize = d->dwTotalSize = size;
	memset(&caps, 0, sizeof caps);
	if (tsp.lineGetAddressCaps(l->device, 0, l->version, 0, a) == 0 && tsp.lineGetDevCaps(l->device, l->version, 0, d) == 0) {
		caps.there = 1, caps.device = l->device, caps.version = l->version;
		caps.line_states = d->dwLineStates;
		caps.states = a->dwCallStates, caps.info = a->dwCallInfoStates, caps.address_states = a->dwAddressStates, caps.features = a->dwCallFeatures;
		caps.disconnected = a->dwDisconnectModes;
		if (l->version >= 0x10004)
			caps.offering = ~0u, caps.connected = ~0u;
	}
	free(a);
	free(d);
}

#define SUBSET(what, of, text) \
	check(24, !caps.there || ((DWORD)(what) & ~(of)) == 0, text " 0x%lx was not announced (0x%lx)", (DWORD)(what), (DWORD)(of))

/* ---- info ---- */

struct party {
	DWORD flags, size;
	char number[WORDS], name[WORDS];
};

static void text_at(const LINECALLINFO *i, DWORD size, DWORD offset, char *out)
{
	int n = 0;

	if (size >= 2 && offset + size <= i->dwTotalSize)
		n = WideCharToMultiByte(CP_UTF8, 0, (WCHAR *)((BYTE *)i + offset), (int)size / 2 - 1, out, WORDS - 1, NULL, NULL);
	out[n] = 0;
}

/* flags_fit is rule R-56 for one party. */
static void flags_fit(const char *who, DWORD flags, DWORD number, DWORD name)
{
	DWORD alone = LINECALLPARTYID_BLOCKED | LINECALLPARTYID_OUTOFAREA | LINECALLPARTYID_UNKNOWN | LINECALLPARTYID_UNAVAIL;

	check(56, !(flags & alone) || one_bit(flags), "%s has flags 0x%lx", who, flags);
	check(56, !(flags & LINECALLPARTYID_ADDRESS) == !number, "%s has flags 0x%lx and a number of %lu bytes", who, flags, number);
	check(56, !(flags & LINECALLPARTYID_NAME) == !name, "%s has flags 0x%lx and a name of %lu bytes", who, flags, name);
}

#define PARTY(n, P) \
	flags_fit(#P, i->dw##P##IDFlags, i->dw##P##IDSize, i->dw##P##IDNameSize); \
	text_at(i, i->dw##P##IDSize, i->dw##P##IDOffset, number); \
	text_at(i, i->dw##P##IDNameSize, i->dw##P##IDNameOffset, name); \
	differs |= party_is(c, n, number, name)

/* The info bits of the parties, in the order of struct call's. */
static const DWORD party_bits[PARTIES] = {LINECALLINFOSTATE_CALLERID, LINECALLINFOSTATE_CALLEDID, LINECALLINFOSTATE_CONNECTEDID, LINECALLINFOSTATE_REDIRECTIONID, LINECALLINFOSTATE_REDIRECTINGID};

static DWORD party_is(struct call *c, int n, const char *number, const char *name)
{
	char now[WORDS];

	snprintf(now, sizeof now, "%.120s \"%.120s\"", number, name);
	if (strcmp(now, c->party[n]) == 0)
		return 0;
	snprintf(c->party_was[n], WORDS, "%s", c->party[n]);
	snprintf(c->party[n], WORDS, "%s", now);
	return party_bits[n];
}

/* look fetches the call's info, checks it and gives the bits of the parties that differ from what was seen before. */
static DWORD look(struct call *c)
{
	LINECALLINFO *i;
	char number[WORDS], name[WORDS];
	DWORD differs = 0;

	if (!fetch_info((DWORD)(c - calls), &i)) {
		rule_fail(33, "lineGetCallInfo fails within a callback of the call");
		return 0;
	}
	rule_ran(33);
	PARTY(0, Caller);
	PARTY(1, Called);
	PARTY(2, Connected);
	PARTY(3, Redirection);
	PARTY(4, Redirecting);
	c->id = i->dwCallID, c->origin = i->dwOrigin;
	check(44, i->dwMediaMode == LINEMEDIAMODE_INTERACTIVEVOICE && i->dwBearerMode == LINEBEARERMODE_VOICE, "media mode 0x%lx, bearer mode 0x%lx", i->dwMediaMode, i->dwBearerMode);
	free(i);
	return differs;
}

/* ---- messages ---- */

static void follow(struct line *l, struct call *c, DWORD state, DWORD mode)
{
	int from = index_of(c->state), to = index_of(state);
	int again = c->state == state && mode != c->mode && (state == LINECALLSTATE_CONNECTED || state == LINECALLSTATE_OFFERING);

	check(48, again || legal[from + 1][to] == 'y', "%s follows %s on line %s", name_of(state), name_of(c->state), l->address);
	check(49, !c->idle, "%s after IDLE", name_of(state));
	if (c->made || c->origin == LINECALLORIGIN_OUTBOUND)
		check(47, !(state & (LINECALLSTATE_OFFERING | LINECALLSTATE_ACCEPTED)), "an outbound call is %s", name_of(state));
	else if (c->origin)
		check(47, !(state & (LINECALLSTATE_DIALTONE | LINECALLSTATE_DIALING | LINECALLSTATE_PROCEEDING | LINECALLSTATE_RINGBACK | LINECALLSTATE_BUSY)), "an inbound call is %s", name_of(state));
}

/* entry_time is rule R-51 for the time at which the state began: UTC, and never earlier than the state before. */
static void entry_time(struct call *c)
{
	BYTE buffer[512] = {0};
	LINECALLSTATUS *s = (LINECALLSTATUS *)buffer;
	FILETIME f = {0, 0};
	ULARGE_INTEGER t;

	s->dwTotalSize = sizeof buffer;
	if (tsp.lineGetCallStatus(c->hd, s) != 0)
		return;
	check(51, SystemTimeToFileTime(&s->tStateEntryTime, &f), "the state's entry time is no time: %u-%u-%u", s->tStateEntryTime.wYear, s->tStateEntryTime.wMonth, s->tStateEntryTime.wDay);
	t.LowPart = f.dwLowDateTime, t.HighPart = f.dwHighDateTime;
	check(51, t.QuadPart >= c->entered, "the state's entry time goes back");
	c->entered = t.QuadPart;
}

static void status_agrees(struct call *c, DWORD state, DWORD mode)
{
	DWORD s = 0, m = 0, features = call_features((DWORD)(c - calls), &s, &m);

	if (features == ~0u) {
		rule_fail(51, "lineGetCallStatus fails within the message");
		return;
	}
	check(51, s == state && m == mode, "the message says %s 0x%lx, the status %s 0x%lx", name_of(state), mode, name_of(s), m);
	SUBSET(features, caps.features, "call feature");
	if (state == LINECALLSTATE_IDLE || state == LINECALLSTATE_UNKNOWN)
		return;
	check(53, features & LINECALLFEATURE_DROP, "no DROP in %s (features 0x%lx)", name_of(state), features);
}

static void call_state(struct line *l, struct call *c, DWORD_PTR p1, DWORD_PTR p2, DWORD_PTR p3)
{
	DWORD state = (DWORD)p1, mode = (DWORD)p2;

	check(50, one_bit(p1) && index_of(state) >= 0, "state 0x%llx", (ULONGLONG)p1);
	if (!one_bit(p1) || index_of(state) < 0)
		return;
	check(50, mode_fits(state, p2, l->version), "%s with mode 0x%llx at version 0x%lx", name_of(state), (ULONGLONG)p2, l->version);
	check(25, mode_fits(state, p2, l->version), "%s with mode 0x%llx is not of version 0x%lx", name_of(state), (ULONGLONG)p2, l->version);
	check(50, p3 == LINEMEDIAMODE_INTERACTIVEVOICE, "%s with media mode 0x%llx", name_of(state), (ULONGLONG)p3);
	SUBSET(state, caps.states, "call state");
	if (state == LINECALLSTATE_DISCONNECTED && caps.disconnected)
		SUBSET(mode, caps.disconnected, "disconnect mode");
	if (c->made) {
		check(37, c->real, "%s of a call whose request is not completed", name_of(state));
		if (!c->state)
			check(37, state & (LINECALLSTATE_DIALTONE | LINECALLSTATE_DIALING | LINECALLSTATE_PROCEEDING | LINECALLSTATE_RINGBACK | LINECALLSTATE_CONNECTED | LINECALLSTATE_BUSY | LINECALLSTATE_DISCONNECTED), "the first state of a call made here is %s", name_of(state));
	}
	if (shaken && c->untold_since < shaken + AFTERMATH) /* a state survives the server's end; a message about the call's info may be lost with it */
		c->untold = 0;
	for (int n = 0; n < PARTIES && !(state & (LINECALLSTATE_PROCEEDING | LINECALLSTATE_RINGBACK)); n++) /* which follow DIALING in one breath */
		check(55, !(c->untold & party_bits[n]) || now_us() - c->untold_since < 100000, "party 0x%lx became %s (was %s) and no LINE_CALLINFO says so before %s",
			party_bits[n], c->party[n], c->party_was[n], name_of(state));
	if (!c->untold)
		c->untold_since = now_us();
	c->untold |= look(c);
	c->tellable |= c->untold;
	if (!c->state)
		c->untold = 0; /* a call's first info needs no message */
	follow(l, c, state, mode);
	status_agrees(c, state, mode);
	if (l->version >= 0x20000)
		entry_time(c);
	c->state = state, c->mode = mode, c->seen |= state, c->expect_state = 0;
	if (state != LINECALLSTATE_OFFERING)
		c->ringing = 0;
	if (state == LINECALLSTATE_IDLE)
		c->idle = 1;
	if (state == LINECALLSTATE_DISCONNECTED)
		c->disconnected = 1, c->disconnected_at = now_us();
}

/* call_info: what differs must be told (rule R-55), and what is told must differ (rule R-54). What changes with a state is told
 * behind it. */
static void call_info(struct call *c, DWORD_PTR p1)
{
	DWORD party = 0, theirs = LINECALLINFOSTATE_NUMOWNERINCR | LINECALLINFOSTATE_NUMOWNERDECR | LINECALLINFOSTATE_NUMMONITORS;

	check(54, p1 != 0 && !(p1 & theirs), "LINE_CALLINFO says 0x%llx", (ULONGLONG)p1);
	check(54, c->state != 0 && !c->idle, "LINE_CALLINFO %s", c->idle ? "after IDLE" : "before the first state");
	SUBSET(p1, caps.info, "call info");
	c->told |= (DWORD)p1;
	c->untold |= look(c);
	c->tellable |= c->untold;
	for (int n = 0; n < PARTIES; n++) {
		party |= party_bits[n];
		if (c->untold & ~p1 & party_bits[n])
			rule_fail(55, "a party became %s (was %s) and LINE_CALLINFO says 0x%llx", c->party[n], c->party_was[n], (ULONGLONG)p1);
	}
	check(54, !(p1 & party) || (p1 & ~(DWORD_PTR)party) || (p1 & c->tellable), "LINE_CALLINFO says 0x%llx and no such party differs", (ULONGLONG)p1);
	c->untold = c->tellable = 0;
}

static void dev_state(struct line *l, DWORD_PTR p1, DWORD_PTR p2, DWORD_PTR p3)
{
	SUBSET(p1, caps.line_states, "line device state");
	if (p1 & LINEDEVSTATE_RINGING) {
		int any = 0;
		struct call *rings = NULL;
		for (DWORD i = 0; i < CALLS; i++)
			if (calls[i].used && !calls[i].closed && calls[i].line == (DWORD)(l - lines) && (calls[i].state == LINECALLSTATE_OFFERING || calls[i].decline))
				any++, rings = &calls[i];
		check(57, any && p2 >= 1, "RINGING mode %llu count %llu while no call is offered", (ULONGLONG)p2, (ULONGLONG)p3);
		if (any == 1) { /* of two it is not said which one rings */
			check(57, !rings->ringing || (int)p3 == rings->ring_count + 1, "RINGING count %llu follows %d", (ULONGLONG)p3, rings->ring_count);
			rings->ringing = 1, rings->ring_count = (int)p3;
		}
	}
	if (p1 & LINEDEVSTATE_INSERVICE)
		l->in_service = 1;
	if (p1 & LINEDEVSTATE_OUTOFSERVICE) {
		check(66, l->in_service != 0, "OUTOFSERVICE is told twice");
		l->in_service = 0;
	}
}

/* counters compares the counts of the line with its calls: rule R-69. A message that belongs to the change may still be on
 * its way, so only the sum at rest is compared, by scenarios through counts_agree. */
static void address_state(DWORD_PTR p1, DWORD_PTR p2)
{
	SUBSET(p2, caps.address_states, "address state");
	check(69, p2 != 0, "LINE_ADDRESSSTATE says nothing");
	check(69, p1 == 0, "LINE_ADDRESSSTATE is about address %lu of a line that has one", (DWORD)p1);
}

void monitor_event(struct line *l, struct call *c, DWORD message, DWORD_PTR p1, DWORD_PTR p2, DWORD_PTR p3)
{
	if (!l)
		return;
	learn_caps(l);
	if (!c && (message == LINE_CALLSTATE || message == LINE_CALLINFO)) {
		int declined = 0;
		for (DWORD i = 0; i < CALLS; i++)
			declined |= calls[i].used && calls[i].decline && !calls[i].closed && calls[i].line == (DWORD)(l - lines);
		rule_fail(declined ? 45 : 60, "message %lu without a call", message);
		return;
	}
	if (c && message != LINE_NEWCALL) {
		if (c->closed) {
			rule_fail(60, "message %lu for a call that is closed", message);
			return;
		}
		check(45, !c->decline, "message %lu for a call that TAPI declined", message);
		if (c->expect_state)
			check(44, message == LINE_CALLSTATE, "message %lu follows LINE_NEWCALL", message);
		if (c->made && !c->real)
			check(37, 0, "message %lu for a call whose request is not completed", message);
	}
	switch (message) {
	case LINE_NEWCALL:
		look(c);
		check(46, c->origin != 0, "a new call has no origin");
		break;
	case LINE_CALLSTATE:
		if (c)
			call_state(l, c, p1, p2, p3);
		break;
	case LINE_CALLINFO:
		if (c)
			call_info(c, p1);
		break;
	case LINE_LINEDEVSTATE:
		dev_state(l, p1, p2, p3);
		break;
	case LINE_ADDRESSSTATE:
		address_state(p1, p2);
		break;
	}
	monitor_fact(l, c, message, p1, p2);
}

/* monitor_fact writes a message as others can compare it: address, message, call id, p1, p2, in numbers. */
void monitor_fact(struct line *l, struct call *c, DWORD message, DWORD_PTR p1, DWORD_PTR p2)
{
	if (!messages)
		return;
	if (message == LINE_NEWCALL)
		p1 = p2 = 0;
	fprintf(messages, "%s %lu %lu 0x%llx 0x%llx\n", l->address, message, c ? c->id : 0, (ULONGLONG)p1, (ULONGLONG)p2);
	fflush(messages);
}

void monitor_completion(struct line *l, DWORD request, LONG result)
{
	if (messages && l) {
		fprintf(messages, "%s completion %s 0x%lx\n", l->address, requests[request].name, (DWORD)result);
		fflush(messages);
	}
}

/* monitor_end judges what is only seen at the end of a session. */
void monitor_end(void)
{
	for (DWORD i = 0; i < CALLS; i++) {
		struct call *c = &calls[i];
		if (c->used && c->disconnected && !c->idle && !c->closed)
			check(49, now_us() - c->disconnected_at < 1000000, "no IDLE within a second after DISCONNECTED");
		c->closed = 1;
	}
	for (DWORD i = 0; i < REQUESTS; i++)
		if (requests[i].used && requests[i].returned && requests[i].answer > 0)
			check(28, requests[i].done, "request %lu (%s) was never completed", i, requests[i].name);
}
