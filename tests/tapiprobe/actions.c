#include "probe.h"

#include <string.h>

#define LIVE (LINECALLSTATE_OFFERING | LINECALLSTATE_ACCEPTED | LINECALLSTATE_DIALTONE | LINECALLSTATE_DIALING | LINECALLSTATE_RINGBACK | \
	LINECALLSTATE_BUSY | LINECALLSTATE_SPECIALINFO | LINECALLSTATE_CONNECTED | LINECALLSTATE_PROCEEDING | LINECALLSTATE_ONHOLD | \
	LINECALLSTATE_CONFERENCED | LINECALLSTATE_ONHOLDPENDCONF | LINECALLSTATE_ONHOLDPENDTRANSFER | LINECALLSTATE_DISCONNECTED | LINECALLSTATE_UNKNOWN)
#define HELD (LINECALLSTATE_ONHOLD | LINECALLSTATE_ONHOLDPENDTRANSFER | LINECALLSTATE_ONHOLDPENDCONF)

enum { NUMBER_NONE, NUMBER_MAY, NUMBER_MUST };

static const struct verb {
	const char *name;
	DWORD states; /* which calls it fits; 0: it makes one */
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

/* Requests under way. TAPI writes the handle of a call it makes while it hands out the reply, so its place must last. */
static struct request {
	DWORD id;
	int used, done, line;
	LONG result;
	HCALL made;
	struct call *call;
} requests[64];

static const struct verb *verb_of(const char *name)
{
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

int action_known(const char *verb) { return verb_of(verb) != NULL; }

int action_calls(const char *verb) { return verb_of(verb) && verb_of(verb)->states == 0; }

void action_replied(DWORD request, LONG result, int *line, struct call **made)
{
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
		struct request *r = &requests[i];
		if (!r->used || r->done || r->id != request)
			continue;
		r->done = 1, r->result = result, *line = r->line;
		if (result == 0 && r->made)
			*made = r->call = call_add(r->made, r->line, LINECALLPRIVILEGE_OWNER);
		return;
	}
}

static struct request *place(int line)
{
	static size_t next;
	struct request *r = &requests[next++ % (sizeof requests / sizeof *requests)];

	*r = (struct request){.used = 1, .line = line};
	return r;
}

/* finish waits for the reply to what a function returned. */
static LONG finish(struct request *r, LONG answer, DWORD ms, char *why, size_t size)
{
	DWORD from = ms_now();

	if (answer <= 0) {
		r->used = 0;
		snprintf(why, size, "refused at once: %s", error_name(answer));
		return answer ? answer : (LONG)~0u;
	}
	r->id = (DWORD)answer;
	while (!r->done && ms_now() - from < ms)
		pump(ms - (ms_now() - from));
	if (!r->done) {
		snprintf(why, size, "no LINE_REPLY within %lu ms", ms);
		return (LONG)~0u;
	}
	if (r->result) {
		const char *advice = error_advice(r->result);
		snprintf(why, size, "the reply is %s%s%s", error_name(r->result), *advice ? ": " : "", advice);
	}
	return r->result;
}

static LONG consult(const struct action *a, struct call *c, const WCHAR *number, DWORD ms, char *why, size_t size)
{
	struct request *r = place(a->line), *dial;
	LONG err = finish(r, lineSetupTransferW(c->h, &r->made, NULL), ms, why, size);

	if (err || !a->number || !r->call)
		return err;
	dial = place(a->line);
	return finish(dial, lineDialW(r->call->h, number, 0), ms, why, size);
}

/* complete joins the held call and the newest other one of the line. */
static LONG complete(const struct action *a, struct call *held, DWORD ms, char *why, size_t size)
{
	struct call *other = NULL;
	struct request *r;

	for (int i = 0; i < CALLS_MAX; i++)
		if (calls[i].used && &calls[i] != held && calls[i].line == a->line && (calls[i].state & LIVE & ~(DWORD)LINECALLSTATE_DISCONNECTED) &&
			(!other || calls[i].order > other->order))
			other = &calls[i];
	if (!other) {
		snprintf(why, size, "the line has no second call to join with the held one");
		return (LONG)~0u;
	}
	r = place(a->line);
	return finish(r, lineCompleteTransfer(held->h, other->h, NULL, LINETRANSFERMODE_TRANSFER), ms, why, size);
}

static LONG on_call(const struct action *a, struct call *c, const WCHAR *number, DWORD ms, char *why, size_t size)
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
		return consult(a, c, number, ms, why, size);
	if (strcmp(a->verb, "complete-transfer") == 0)
		return complete(a, c, ms, why, size);
	r = place(a->line);
	if (strcmp(a->verb, "answer") == 0)
		return finish(r, lineAnswer(c->h, NULL, 0), ms, why, size);
	if (strcmp(a->verb, "drop") == 0)
		return finish(r, lineDrop(c->h, NULL, 0), ms, why, size);
	if (strcmp(a->verb, "hold") == 0)
		return finish(r, lineHold(c->h), ms, why, size);
	if (strcmp(a->verb, "unhold") == 0)
		return finish(r, lineUnhold(c->h), ms, why, size);
	if (strcmp(a->verb, "dial-digits") == 0)
		return finish(r, lineDialW(c->h, number, 0), ms, why, size);
	return finish(r, lineBlindTransferW(c->h, number, 0), ms, why, size);
}

LONG action_do(const struct action *a, DWORD ms, char *why, size_t size)
{
	const struct verb *v = verb_of(a->verb);
	WCHAR number[WORDS];
	struct request *r;
	struct call *c;
	char states[400];

	why[0] = 0;
	if (!v || (v->number == NUMBER_MUST && !a->number) || (v->number == NUMBER_NONE && a->number)) {
		snprintf(why, size, !v ? "no such verb" : a->number ? "it takes no number" : "it needs a number");
		return (LONG)~0u;
	}
	if (!text_to(a->number ? a->number : "", number, WORDS)) {
		snprintf(why, size, "the number is too long or no UTF-8");
		return (LONG)~0u;
	}
	if (v->states == 0) {
		r = place(a->line);
		if (strcmp(a->verb, "dial") == 0)
			return finish(r, lineMakeCallW(lines[a->line].h, &r->made, number, 0, NULL), ms, why, size);
		return finish(r, linePickupW(lines[a->line].h, 0, &r->made, a->number ? number : NULL, NULL), ms, why, size);
	}
	c = call_choose(a->line, v->states, a->order);
	if (!c) {
		bit_names(CALL_STATE, v->states, ' ', states, sizeof states);
		snprintf(why, size, "the line has no call in a state for that (%s)", v->states == LIVE ? "any but idle" : states);
		return (LONG)~0u;
	}
	return on_call(a, c, number, ms, why, size);
}

void drop_all(DWORD ms)
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
			pump(100);
	} while (left && ms_now() - from < ms);
}
