/* SPDX-License-Identifier: MIT */
#include "probe.h"

#include <stdlib.h>
#include <string.h>

struct message **received_messages;
DWORD received_count;
int keep_messages, as_json, suppress_output, telephony_restarts;

extern void action_replied(DWORD request, LONG result, int *line, struct call **made);

DWORD ms_now(void) { return GetTickCount(); } /* wraps after 49 days; only differences are used */

/* ---- one message as a row ---- */

static void party_text(const char *number, const char *name, char *out, size_t size)
{
	char raw[2 * TEXT_SIZE + 8];

	if (*name && strcmp(name, number) != 0)
		snprintf(raw, sizeof raw, "%s \"%s\"", *number ? number : "?", name);
	else
		snprintf(raw, sizeof raw, "%s", *number ? number : "?");
	text_plain(raw, out, size);
}

static void detail_text(const struct message *m, char *out, size_t size)
{
	const char *mode;

	out[0] = 0;
	switch (m->message) {
	case LINE_CALLSTATE:
		mode = mode_name((DWORD)m->p1, (DWORD)m->p2);
		snprintf(out, size, "%s%s%s", state_name((DWORD)m->p1), *mode ? " " : "", mode);
		break;
	case LINE_CALLINFO:
		bit_names(CALL_INFO, (DWORD)m->p1, '|', out, size);
		break;
	case LINE_LINEDEVSTATE:
		bit_names(LINE_STATE, (DWORD)m->p1, '|', out, size);
		break;
	case LINE_ADDRESSSTATE:
		bit_names(ADDRESS_STATE, (DWORD)m->p2, '|', out, size);
		break;
	case LINE_REPLY:
		snprintf(out, size, "%lu: %s", m->request, m->result ? error_name(m->result) : "0");
		break;
	case LINE_APPNEWCALL:
		bit_names(PRIVILEGE, (DWORD)m->p3, '|', out, size);
		break;
	}
}

void print_table_head(void)
{
	if (!as_json && !suppress_output)
		printf("%-12s  %-8s  %-17s  %-28s  %-10s %-10s %-10s  %s\n", "time", "line", "message", "what", "P1", "P2", "P3", "call, caller > called = connected");
}

static void print_row(const struct message *m)
{
	FILETIME local;
	char at[32], what[400], line[4 * TEXT_SIZE] = "-", a[2 * TEXT_SIZE], b[2 * TEXT_SIZE], c[2 * TEXT_SIZE];

	FileTimeToLocalFileTime(&m->at, &local);
	clock_text(local, 0, at, sizeof at);
	detail_text(m, what, sizeof what);
	if (m->line >= 0)
		text_plain(lines[m->line].address[0] ? lines[m->line].address : lines[m->line].name, line, sizeof line);
	printf("%s  %-8s  %-17s  %-28s  0x%-8llx 0x%-8llx 0x%-8llx", at, line, message_tapi_name(m->message), what, (ULONGLONG)m->p1, (ULONGLONG)m->p2, (ULONGLONG)m->p3);
	if (m->call)
		printf("  %lu", m->call);
	if (m->info) {
		party_text(m->info->caller, m->info->caller_name, a, sizeof a);
		party_text(m->info->called, m->info->called_name, b, sizeof b);
		party_text(m->info->connected, m->info->connected_name, c, sizeof c);
		printf(" %s > %s = %s", a, b, c);
	}
	printf("\n");
}

/* ---- one message as JSON, with the keys of offhook replay --format json ---- */

static void json_list(const char *key, enum family f, DWORD bits)
{
	char words[800], *w = words;

	bit_names(f, bits, ' ', words, sizeof words);
	printf(",\"%s\":[", key);
	while (*w) {
		size_t n = strcspn(w, " ");
		printf("%s\"%.*s\"", w == words ? "" : ",", (int)n, w);
		w += n + (w[n] == ' ');
	}
	printf("]");
}

static void json_text(const char *key, const char *value)
{
	printf(",\"%s\":", key);
	json_string(stdout, value);
}

static void json_info(const struct message *m)
{
	const struct parties *p = m->info;
	char words[200];

	bit_names(CALL_ORIGIN, p->origin, '|', words, sizeof words);
	json_text("origin", words);
	bit_names(CALL_REASON, p->reason, '|', words, sizeof words);
	json_text("reason", words);
	json_text("caller", p->caller);
	json_text("callerName", p->caller_name);
	json_text("called", p->called);
	json_text("calledName", p->called_name);
	json_text("connected", p->connected);
	json_text("connectedName", p->connected_name);
	json_text("redirecting", p->redirecting);
	json_text("redirection", p->redirection);
	json_list("features", CALL_FEATURE, m->features);
	if (*p->display)
		json_text("display", p->display);
}

static void print_json(const struct message *m)
{
	char at[40];
	const char *mode;

	clock_text(m->at, 1, at, sizeof at);
	printf("{\"kind\":\"line\",\"at\":\"%s\"", at);
	if (m->line >= 0)
		json_text("line", lines[m->line].address[0] ? lines[m->line].address : lines[m->line].name);
	json_text("msg", message_name(m->message));
	if (m->call)
		printf(",\"call\":%lu", m->call);
	switch (m->message) {
	case LINE_CALLSTATE:
		json_text("state", state_name((DWORD)m->p1));
		mode = mode_name((DWORD)m->p1, (DWORD)m->p2);
		if (*mode)
			json_text("mode", mode);
		break;
	case LINE_CALLINFO:
		json_list("bits", CALL_INFO, (DWORD)m->p1);
		break;
	case LINE_LINEDEVSTATE:
		json_list("bits", LINE_STATE, (DWORD)m->p1);
		if (m->p1 & LINEDEVSTATE_RINGING)
			printf(",\"ringMode\":%lu,\"ringCount\":%lu", (DWORD)m->p2, (DWORD)m->p3);
		break;
	case LINE_ADDRESSSTATE:
		json_list("bits", ADDRESS_STATE, (DWORD)m->p2);
		break;
	case LINE_REPLY:
		printf(",\"request\":%lu", m->request);
		json_text("result", m->result == 0 ? "0" : strncmp(error_name(m->result), "LINEERR_", 8) == 0 ? error_name(m->result) + 8 : error_name(m->result));
		break;
	}
	if (m->info)
		json_info(m);
	json_text("tapi", message_tapi_name(m->message));
	printf(",\"p1\":\"0x%llx\",\"p2\":\"0x%llx\",\"p3\":\"0x%llx\"", (ULONGLONG)m->p1, (ULONGLONG)m->p2, (ULONGLONG)m->p3);
	printf("%s}\n", m->from_tapi ? ",\"by\":\"tapi\"" : "");
}

/* ---- receiving messages ---- */

static void store_message(const struct message *m)
{
	struct message **more, *copy;

	if (!keep_messages || received_count >= MESSAGES_MAX)
		return;
	if (received_count % 256 == 0) {
		more = realloc(received_messages, (received_count + 256) * sizeof *received_messages);
		if (!more)
			return;
		received_messages = more;
	}
	copy = malloc(sizeof *copy);
	if (!copy)
		return;
	*copy = *m;
	if (m->info && (copy->info = malloc(sizeof *m->info)) != NULL)
		*copy->info = *m->info;
	received_messages[received_count++] = copy;
}

static void add_call_info(struct message *m, struct call *c, struct parties *p)
{
	if (!c)
		return;
	m->line = c->line, m->call_number = c->call_number;
	if (m->message == LINE_CALLSTATE) { /* TAPI repeats a state when a program's privilege changes */
		m->from_tapi = c->state == m->p1 && c->mode == m->p2 && m->p3 != 0;
		c->state = (DWORD)m->p1, c->mode = (DWORD)m->p2;
	}
	if (m->message == LINE_CALLINFO)
		m->from_tapi = m->p1 && !(m->p1 & ~(DWORD_PTR)(LINECALLINFOSTATE_NUMOWNERINCR | LINECALLINFOSTATE_NUMOWNERDECR | LINECALLINFOSTATE_NUMMONITORS | LINECALLINFOSTATE_MONITORMODES));
	if (call_parties(c->h, p) == 0) {
		c->id = p->id;
		if (m->message == LINE_CALLSTATE || m->message == LINE_CALLINFO)
			m->info = p;
	}
	call_status(c, 0);
	m->call = c->id, m->features = c->features;
}

static void on_device_message(struct message *m, const LINEMESSAGE *in)
{
	m->line = line_by_handle((HLINE)in->hDevice);
	if (m->message == LINE_LINEDEVSTATE) {
		if (m->p1 & LINEDEVSTATE_REINIT)
			telephony_restarts = 1;
		m->from_tapi = m->p1 && !(m->p1 & ~(DWORD_PTR)(LINEDEVSTATE_OPEN | LINEDEVSTATE_CLOSE | LINEDEVSTATE_REINIT));
	}
	if (m->message == LINE_CLOSE && m->line >= 0) {
		calls_close(m->line);
		lines[m->line].open = 0; /* the handle is invalid already */
	}
	if (m->message == LINE_CREATE && line_read_caps((DWORD)m->p1))
		m->line = (int)m->p1;
	if (m->message == LINE_REMOVE && m->p1 < lines_number) {
		m->line = (int)m->p1;
		lines[m->line].removed = 1, lines[m->line].known = 0;
	}
}

static void on_message(const LINEMESSAGE *in)
{
	static struct parties p;
	struct message m = {.message = in->dwMessageID, .device = in->hDevice, .p1 = in->dwParam1, .p2 = in->dwParam2, .p3 = in->dwParam3, .line = -1};
	struct call *c = NULL;

	GetSystemTimeAsFileTime(&m.at);
	switch (m.message) {
	case LINE_APPNEWCALL:
		m.line = line_by_handle((HLINE)in->hDevice);
		if (m.line >= 0)
			add_call_info(&m, c = call_add((HCALL)m.p2, m.line, (DWORD)m.p3), &p);
		break;
	case LINE_CALLSTATE:
	case LINE_CALLINFO:
	case LINE_DEVSPECIFIC:
	case LINE_GENERATE:
	case LINE_MONITORDIGITS:
	case LINE_MONITORMEDIA:
		c = call_by_handle((HCALL)in->hDevice);
		if (!c && m.message == LINE_CALLSTATE && m.p3 && in->dwCallbackInstance < lines_number)
			c = call_add((HCALL)in->hDevice, (int)in->dwCallbackInstance, (DWORD)m.p3); /* handed over by another program */
		add_call_info(&m, c, &p);
		break;
	case LINE_REPLY:
		m.request = (DWORD)m.p1, m.result = (LONG)m.p2, m.p2 = (DWORD)m.p2;
		action_replied(m.request, m.result, &m.line, &c);
		if (c)
			m.call_number = c->call_number;
		break;
	default:
		on_device_message(&m, in);
	}
	store_message(&m);
	if (!suppress_output)
		(as_json ? print_json : print_row)(&m);
	if (c && m.message == LINE_CALLSTATE && (m.p1 & LINECALLSTATE_IDLE))
		call_close(c);
}

DWORD receive_messages(DWORD ms)
{
	DWORD n = 0;
	LINEMESSAGE m;

	if (WaitForSingleObject(tapi_event, ms) != WAIT_OBJECT_0)
		return 0;
	while (n < 1000 && app && lineGetMessage(app, &m, 0) == 0) {
		on_message(&m);
		n++;
	}
	if (n == 0)
		Sleep(ms < 20 ? ms : 20); /* the event is set without a message */
	fflush(stdout);
	return n;
}
