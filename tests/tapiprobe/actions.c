/* SPDX-License-Identifier: MIT */
#include "probe.h"

#include <string.h>

#define LIVE (LINECALLSTATE_OFFERING | LINECALLSTATE_ACCEPTED | LINECALLSTATE_DIALTONE | LINECALLSTATE_DIALING | LINECALLSTATE_RINGBACK | \
	LINECALLSTATE_BUSY | LINECALLSTATE_SPECIALINFO | LINECALLSTATE_CONNECTED | LINECALLSTATE_PROCEEDING | LINECALLSTATE_ONHOLD | \
	LINECALLSTATE_CONFERENCED | LINECALLSTATE_ONHOLDPENDCONF | LINECALLSTATE_ONHOLDPENDTRANSFER | LINECALLSTATE_DISCONNECTED | LINECALLSTATE_UNKNOWN)
#define HELD (LINECALLSTATE_ONHOLD | LINECALLSTATE_ONHOLDPENDTRANSFER | LINECALLSTATE_ONHOLDPENDCONF)

enum { NUMBER_NONE, NUMBER_MAY, NUMBER_MUST };

static const struct verb {
	const char *name;
	DWORD states; /* the states of calls that it is for; 0: it makes a call */
	int number;
} verbs[] = {
	{"dial", 0, NUMBER_MAY}, {"pickup", 0, NUMBER_MAY},
	{"answer", LINECALLSTATE_OFFERING | LINECALLSTATE_ACCEPTED, NUMBER_NONE},
	{"drop", LIVE, NUMBER_NONE},
	{"hold", LINECALLSTATE_CONNECTED, NUMBER_NONE},
	{"unhold", HELD, NUMBER_NONE},
	{"blind-transfer", LINECALLSTATE_CONNECTED, NUMBER_MUST},
	{"setup-transfer", LINECALLSTATE_CONNECTED, NUMBER_MAY},
	{"dial-digits", LINECALLSTATE_DIALTONE | LINECALLSTATE_DIALING, NUMBER_MUST},
	{"complete-transfer", HELD, NUMBER_NONE},
};

/* requests has the requests under way. TAPI writes the handle of a new call when the program reads the reply, so a request must stay at
 * its address. */
static struct request {
	DWORD id;
	int used, replied, line;
	LONG result;
	HCALL made_call;
	struct call *call;
} requests[64];

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

int is_action(const char *verb) { return find_verb(verb) != NULL; }

int action_makes_call(const char *verb) { return find_verb(verb) && find_verb(verb)->states == 0; }

void action_replied(DWORD request, LONG result, int *line, struct call **made_call)
{
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
		struct request *r = &requests[i];
		if (!r->used || r->replied || r->id != request)
			continue;
		r->replied = 1, r->result = result, *line = r->line;
		if (result == 0 && r->made_call)
			*made_call = r->call = call_add(r->made_call, r->line, LINECALLPRIVILEGE_OWNER);
		return;
	}
}

static struct request *handle_out(int line)
{
	static size_t next;
	struct request *r = &requests[next++ % (sizeof requests / sizeof *requests)];

	*r = (struct request){.used = 1, .line = line};
	return r;
}

/* wait_reply waits for the reply to the request id that a function returned. */
static LONG wait_reply(struct request *r, LONG returned, DWORD ms, char *why, size_t size)
{
	DWORD from = ms_now();

	if (returned <= 0) {
		r->used = 0;
		snprintf(why, size, "refused at once: %s", error_name(returned));
		return returned ? returned : (LONG)~0u;
	}
	r->id = (DWORD)returned;
	while (!r->replied && ms_now() - from < ms)
		receive_messages(ms - (ms_now() - from));
	if (!r->replied) {
		snprintf(why, size, "no LINE_REPLY within %lu ms", ms);
		return (LONG)~0u;
	}
	if (r->result) {
		const char *advice = error_advice(r->result);
		snprintf(why, size, "the reply is %s%s%s", error_name(r->result), *advice ? ": " : "", advice);
	}
	return r->result;
}

static LONG setup_transfer(const struct action *a, struct call *c, const WCHAR *number, DWORD ms, char *why, size_t size)
{
	struct request *r = handle_out(a->line), *dial;
	LONG err = wait_reply(r, lineSetupTransferW(c->h, &r->made_call, NULL), ms, why, size);

	if (err || !a->number || !r->call)
		return err;
	dial = handle_out(a->line);
	return wait_reply(dial, lineDialW(r->call->h, number, 0), ms, why, size);
}

/* complete_transfer completes the transfer between the held call and the newest other call of the line. */
static LONG complete_transfer(const struct action *a, struct call *held, DWORD ms, char *why, size_t size)
{
	struct call *other = NULL;
	struct request *r;

	for (int i = 0; i < CALLS_MAX; i++)
		if (calls[i].used && &calls[i] != held && calls[i].line == a->line && (calls[i].state & LIVE & ~(DWORD)LINECALLSTATE_DISCONNECTED) &&
			(!other || calls[i].call_number > other->call_number))
			other = &calls[i];
	if (!other) {
		snprintf(why, size, "the line has no second call to join with the held one");
		return (LONG)~0u;
	}
	r = handle_out(a->line);
	return wait_reply(r, lineCompleteTransfer(held->h, other->h, NULL, LINETRANSFERMODE_TRANSFER), ms, why, size);
}

static LONG run_call_action(const struct action *a, struct call *c, const WCHAR *number, DWORD ms, char *why, size_t size)
{
	struct request *r;

	if (!(c->privilege & LINECALLPRIVILEGE_OWNER)) {
		LONG err = lineSetCallPrivilege(c->h, LINECALLPRIVILEGE_OWNER);
		if (err) {
			snprintf(why, size, "lineSetCallPrivilege: %s", error_name(err));
			return err;
		}
		c->privilege = LINECALLPRIVILEGE_OWNER;
	}
	if (strcmp(a->verb, "setup-transfer") == 0)
		return setup_transfer(a, c, number, ms, why, size);
	if (strcmp(a->verb, "complete-transfer") == 0)
		return complete_transfer(a, c, ms, why, size);
	r = handle_out(a->line);
	if (strcmp(a->verb, "answer") == 0)
		return wait_reply(r, lineAnswer(c->h, NULL, 0), ms, why, size);
	if (strcmp(a->verb, "drop") == 0)
		return wait_reply(r, lineDrop(c->h, NULL, 0), ms, why, size);
	if (strcmp(a->verb, "hold") == 0)
		return wait_reply(r, lineHold(c->h), ms, why, size);
	if (strcmp(a->verb, "unhold") == 0)
		return wait_reply(r, lineUnhold(c->h), ms, why, size);
	if (strcmp(a->verb, "dial-digits") == 0)
		return wait_reply(r, lineDialW(c->h, number, 0), ms, why, size);
	return wait_reply(r, lineBlindTransferW(c->h, number, 0), ms, why, size);
}

LONG run_action(const struct action *a, DWORD ms, char *why, size_t size)
{
	const struct verb *v = find_verb(a->verb);
	WCHAR number[TEXT_SIZE];
	struct request *r;
	struct call *c;
	char states[400];

	why[0] = 0;
	if (!v || (v->number == NUMBER_MUST && !a->number) || (v->number == NUMBER_NONE && a->number)) {
		snprintf(why, size, !v ? "no such verb" : a->number ? "this verb has no number" : "this verb needs a number");
		return (LONG)~0u;
	}
	if (!text_to(a->number ? a->number : "", number, TEXT_SIZE)) {
		snprintf(why, size, "the number is too long or no UTF-8");
		return (LONG)~0u;
	}
	if (v->states == 0) {
		r = handle_out(a->line);
		if (strcmp(a->verb, "dial") == 0)
			return wait_reply(r, lineMakeCallW(lines[a->line].h, &r->made_call, number, 0, NULL), ms, why, size);
		return wait_reply(r, linePickupW(lines[a->line].h, 0, &r->made_call, a->number ? number : NULL, NULL), ms, why, size);
	}
	c = call_find(a->line, v->states, a->call_number);
	if (!c) {
		bit_names(CALL_STATE, v->states, ' ', states, sizeof states);
		snprintf(why, size, "the line has no call in a state for this (%s)", v->states == LIVE ? "any but idle" : states);
		return (LONG)~0u;
	}
	return run_call_action(a, c, number, ms, why, size);
}

void drop_all_calls(DWORD ms)
{
	DWORD from = ms_now();
	int left;

	for (int i = 0; i < CALLS_MAX; i++)
		if (calls[i].used && (calls[i].state & LIVE) && (calls[i].privilege & LINECALLPRIVILEGE_OWNER))
			lineDrop(calls[i].h, NULL, 0);
	do {
		left = 0;
		for (int i = 0; i < CALLS_MAX; i++)
			left += calls[i].used;
		if (left)
			receive_messages(100);
	} while (left && ms_now() - from < ms);
}
